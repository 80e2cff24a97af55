// Sends headlines to an endpoint with InvokeEndpoint, and explains errors.
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { UserError } from '../../../platform/errors';
import { predictThrough } from '../../contract/predictor';
import type { Predictor } from '../../contract/session';
import type { AwsContext } from '../account/context';
import { isDenied, isGone } from '../account/serviceErrors';
import { findEndpoint } from './parts';
import { describeEnded } from './switchOff';

/** The fields of the runtime's errors that this file reads. */
interface InvocationError extends Error {
  OriginalStatusCode?: number;
  OriginalMessage?: string;
  LogStreamArn?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

export function createAwsPredictor(context: AwsContext, name: string): Predictor {
  return predictThrough(async (body) => {
    try {
      const { Body } = await context.clients.runtime.send(
        new InvokeEndpointCommand({
          EndpointName: name,
          ContentType: 'application/json',
          Accept: 'application/json',
          Body: body,
        }),
      );
      return JSON.parse(Buffer.from(Body ?? []).toString());
    } catch (error) {
      const missing = (await isMissing(context, name, error)) && missingSentence(context, name);
      throw explain(name, error as InvocationError, missing);
    }
  });
}

/** Returns whether the endpoint is gone. A policy that goes by tags denies invoking it then. */
async function isMissing(context: AwsContext, name: string, error: unknown): Promise<boolean> {
  if (!isDenied(error)) return isGone(error);
  return await findEndpoint(context, name).then(
    (found) => found === undefined,
    () => false,
  );
}

function missingSentence(context: AwsContext, name: string): string {
  return describeEnded(context, name) ?? `Endpoint "${name}" no longer exists. Deploy it again.`;
}

/** @param missing the sentence about an endpoint that is gone */
function explain(name: string, error: InvocationError, missing: string | false): Error {
  const { message, OriginalStatusCode, OriginalMessage, LogStreamArn, $metadata } = error;
  const words = `SageMaker says: ${message} (request ${$metadata?.requestId})`;
  const cause = { cause: error };
  if (missing) {
    return new UserError(`${missing} ${words}`, cause);
  }
  switch ($metadata?.httpStatusCode) {
    case 424:
      return new UserError(
        `The container of endpoint ${name} responded with ${OriginalStatusCode}: ${containerError(OriginalMessage)}` +
          `${LogStreamArn ? ` Its log: ${LogStreamArn}.` : ''} (request ${$metadata.requestId})`,
        cause,
      );
    case 429:
      return new UserError(
        `Endpoint ${name} is overloaded or, if serverless, still starting. Wait a few seconds and try again. If the error ` +
          `persists, deploy it with more concurrency or on a larger instance. ${words}`,
        cause,
      );
    case 503:
      return new UserError(
        `Endpoint ${name} is unavailable: it is being updated, or has no healthy instance. Try again in a minute. If the ` +
          `error persists, read its log. ${words}`,
        cause,
      );
    default:
      return error;
  }
}

/** Returns the message in the container's response, {"error": "…"}. */
function containerError(text = ''): string {
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text;
  } catch {
    return text;
  }
}
