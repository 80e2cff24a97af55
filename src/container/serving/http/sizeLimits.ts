// Limits on the size of requests and responses, and every error 413.
import { RequestError } from './requestError';

/** In bytes: the largest request body that SageMaker's API model allows. */
export const defaultMaxPayloadBytes = 6_291_456;

/** In MiB: the size of a batch transform's requests, as in /execution-parameters. */
export const payloadMegabytes = 1;

/** In bytes. The answer to many very short headlines is a hundred times as long as the request. */
export const longestAnswer = 268_435_456;

export function bodyTooLarge(maxBytes: number): RequestError {
  return new RequestError(413, `The body is larger than ${maxBytes} bytes. Send fewer headlines at a time.`);
}

export const answerTooLong = new RequestError(
  413,
  `The response would be longer than ${longestAnswer} bytes. Send fewer headlines at a time.`,
);

export const tooManyExtensions = new RequestError(413, 'The chunks have too many extensions. Send none.');
