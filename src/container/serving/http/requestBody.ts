// Collects the chunks of a request's body into one Buffer, however small and late they are.
import type { IncomingMessage } from 'node:http';
import type { RequestError } from './requestError';
import { bodyTooLarge } from './sizeLimits';

interface BodyOptions {
  /** A larger body gets 413. */
  maxBytes: number;
  /** Counts bytes held until the body is whole: positive when they arrive, negative when they are released. */
  hold(bytes: number): void;
  /** Returns the error for `bytes` more, if the server is too busy for them; the same request holds `own` already. */
  rejection(bytes: number, own: number): RequestError | undefined;
}

const nothing: Buffer = Buffer.alloc(0);

/** Collects a body and calls `done` or `fail`, once; neither if the client leaves first. */
export function collectBody(
  request: IncomingMessage,
  { maxBytes, hold, rejection }: BodyOptions,
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
    const problem = total > maxBytes ? bodyTooLarge(maxBytes) : length > 0 && rejection(chunk.length, length);
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

/** Appends to a buffer that doubles: a Buffer for each of many tiny chunks would take far more memory than their bytes. */
function append(body: Buffer, length: number, chunk: Buffer): Buffer {
  const total = length + chunk.length;
  // The first chunk has no room to spare; a buffer allocated here has.
  const larger = total <= body.length ? body : Buffer.allocUnsafe(2 * total);
  if (larger !== body) body.copy(larger, 0, 0, length);
  chunk.copy(larger, length);
  return larger;
}
