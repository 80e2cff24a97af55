// SageMaker's runtime.
import { fetchWithin, invocationSeconds } from '../../platform/fetchWithin';
import { accountId } from '../runs/arn';
import type { Account } from '../services/account';
import { type Answer, json, jsonType, refuse } from './answer';

/** Sends a request to an endpoint's container, as SageMaker's runtime does. */
export async function invoke({ endpoints }: Account, name: string, body: Buffer): Promise<Answer> {
  const url = endpoints.find(name)?.url();
  if (!url) return refuse('ValidationError', `Endpoint ${name} of account ${accountId} not found.`);
  const response = await fetchWithin(invocationSeconds, `${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(body),
  });
  const text = await response.text();
  if (response.ok) return { status: 200, headers: { 'content-type': 'application/json' }, body: text };
  const error = {
    Message: `Received client error (${response.status}) from primary with message "${text}".`,
    OriginalStatusCode: response.status,
    OriginalMessage: text,
  };
  return { ...json(error), status: 424, headers: { ...jsonType, 'x-amzn-errortype': 'ModelError' } };
}
