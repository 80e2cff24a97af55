// Faults that a test injects into the server.
import type { IncomingMessage } from 'node:http';
import { type Answer, refuse } from './answer';

/** A fault that a test injects: an error response, a connection cut in the middle of the request, or a lost response. */
export type Fault =
  | { status: number; type: string; message?: string; headers?: Record<string, string> }
  | 'cut'
  | 'lost';

/** Returns the error in the service's format: JSON for SageMaker's runtime and services with X-Amz-Target, XML for others. */
export function inject(
  { type, status, message = 'injected', headers }: Exclude<Fault, string>,
  request: IncomingMessage,
): Answer {
  const { url = '', method } = request;
  const answer = speaksJson(request)
    ? refuse(type, message, status)
    : refuseInXml({ type, status, message }, { method, isS3: url !== '/' });
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Returns whether a request is to SageMaker's runtime, the scheduler or a service with X-Amz-Target. */
export function speaksJson({ headers, url = '' }: IncomingMessage): boolean {
  return headers['x-amz-target'] !== undefined || /^\/(endpoints|schedules)\b/.test(url);
}

/** Returns an error document of S3, or with one more element around it of IAM and STS. */
function refuseInXml(
  { type, status, message }: { type: string; status: number; message: string },
  { method, isS3 }: { method: string | undefined; isS3: boolean },
): Answer {
  const error = `<Error><Code>${type}</Code><Message>${message}</Message></Error>`;
  const body = !isS3 ? `<ErrorResponse>${error}</ErrorResponse>` : error;
  return { status, headers: { 'content-type': 'text/xml' }, body: method === 'HEAD' ? '' : body };
}
