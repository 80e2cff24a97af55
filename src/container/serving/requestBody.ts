// Step 8: the body of a request as it arrives, in chunks as small and as late as the client likes → one Buffer.
import type { IncomingMessage } from 'node:http';
import { RequestError } from './requestError';

export interface BodyOptions {
  /** A larger body is refused. */
  maxBytes: number;
  /** Told of bytes that are held until the body is whole: positive when they come, negative when they go. */
  hold(bytes: number): void;
  /** The error with which so many bytes more are refused, if they are; `own` are held already for the same request. */
  refusal(bytes: number, own: number): RequestError | undefined;
}

const nothing: Buffer = Buffer.alloc(0);

/** Collects a body, and calls `done` or `fail`, once; neither where the client goes away before. */
export function collectBody(
  request: IncomingMessage,
  { maxBytes, hold, refusal }: BodyOptions,
  done: (body: Buffer) => void,
  fail: (error: RequestError) => void,
): void {
  let body = nothing;
  let length = 0;
  let isOver = false;

  const stop = () => {
    isOver = true;
    hold(-length);
    body = nothing;
  };
  request.on('data', (chunk: Buffer) => {
    if (isOver) return;
    const total = length + chunk.length;
    const problem = total > maxBytes ? tooLarge(maxBytes) : length > 0 && refusal(chunk.length, length);
    if (problem) {
      stop();
      fail(problem);
      return;
    }
    body = length === 0 ? chunk : append(body, length, chunk);
    length = total;
    hold(chunk.length);
  });
  request.on('end', () => {
    if (isOver) return;
    const whole = body.subarray(0, length);
    stop();
    done(whole);
  });
  request.on('close', () => {
    if (!isOver) stop();
  });
}

/** Into a buffer that doubles, since a Buffer for each of many tiny chunks would take far more than their bytes. */
function append(body: Buffer, length: number, chunk: Buffer): Buffer {
  const total = length + chunk.length;
  // The first chunk is as long as it is; what is made here is longer.
  const larger = total <= body.length ? body : Buffer.allocUnsafe(2 * total);
  if (larger !== body) body.copy(larger, 0, 0, length);
  chunk.copy(larger, length);
  return larger;
}

export function tooLarge(maxBytes: number): RequestError {
  return new RequestError(413, `The body is larger than ${maxBytes} bytes. Send fewer headlines at a time.`);
}
