// Headlines → predictions through InvokeEndpoint; what can go wrong there, in words that say what to do.
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { UserError } from '../../../platform/errors';
import { predictThrough } from '../../contract/predictor';
import type { Predictor } from '../../contract/session';
import { isGone } from '../account/answers';
import type { AwsContext } from '../account/context';

/** As much of the runtime's errors as is read here. */
interface InvocationError extends Error {
  OriginalStatusCode?: number;
  OriginalMessage?: string;
  LogStreamArn?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

export function createAwsPredictor({ clients }: AwsContext, name: string): Predictor {
  return predictThrough(async (body) => {
    try {
      const { Body } = await clients.runtime.send(
        new InvokeEndpointCommand({
          EndpointName: name,
          ContentType: 'application/json',
          Accept: 'application/json',
          Body: body,
        }),
      );
      return JSON.parse(Buffer.from(Body ?? []).toString());
    } catch (error) {
      throw explain(name, error as InvocationError);
    }
  });
}

function explain(name: string, error: InvocationError): Error {
  const { message, OriginalStatusCode, OriginalMessage, LogStreamArn, $metadata } = error;
  const words = `SageMaker’s words: ${message} (request ${$metadata?.requestId})`;
  if (isGone(error)) {
    return new UserError(`There is no endpoint "${name}" any more. Deploy it again. ${words}`);
  }
  switch ($metadata?.httpStatusCode) {
    case 424:
      return new UserError(
        `The container of endpoint ${name} answered ${OriginalStatusCode}: ${containerWords(OriginalMessage)}` +
          `${LogStreamArn ? ` Its log: ${LogStreamArn}.` : ''} (request ${$metadata.requestId})`,
      );
    case 429:
      return new UserError(
        `Endpoint ${name} is not ready, or has more requests than it can take; a serverless one warms up. Wait a ` +
          `few seconds and ask again; if it stays so, deploy it with more concurrency or a larger machine. ${words}`,
      );
    case 503:
      return new UserError(
        `Endpoint ${name} cannot answer just now: it is being updated, or has no healthy machine. Ask again in a ` +
          `minute; if it stays so, look into its log. ${words}`,
      );
    default:
      return error;
  }
}

/** The container answers {"error": "…"}. */
function containerWords(text = ''): string {
  try {
    return (JSON.parse(text) as { error?: string }).error ?? text;
  } catch {
    return text;
  }
}
