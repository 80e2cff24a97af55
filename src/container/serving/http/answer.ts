// Writes answers with their length, and errors as JSON.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { drain, draining } from './drain';
import type { RequestError } from './requestError';

/** A larger rest of a body is not worth reading to keep the connection. */
const smallBody = 1_048_576;

/**
 * Writes a whole answer. If the request's body has not arrived yet, drains the rest before the connection is used again
 * or ends. Does nothing if the request already has an answer or the client is gone.
 */
export function answer(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  more: readonly string[] = [],
): void {
  if (isGone(response)) return;
  const length = String(Buffer.byteLength(body));
  send(response, status, {
    headers: ['Content-Type', contentType, 'Content-Length', length, ...more],
    body: [body],
  });
}

interface Content {
  headers: readonly string[];
  /** In parts; may be empty. */
  body: readonly (string | Buffer)[];
}

/** Does the same as {@link answer}, with all headers given. */
export function send(response: ServerResponse, status: number, { headers, body }: Content): void {
  if (isGone(response)) return;
  const { req: request } = response;
  const left = bytesLeft(request);
  const keeps = left <= smallBody || headers.includes('Connection');
  response.writeHead(status, keeps ? [...headers] : [...headers, 'Connection', 'close']);
  if (left === 0) {
    for (const part of body.slice(0, -1)) response.write(part);
    response.end(body.at(-1));
    return;
  }
  for (const part of body) response.write(part);
  response.flushHeaders();
  draining.add(request.socket);
  drain(request, (isWhole) => {
    draining.delete(request.socket);
    response.end();
    if (!isWhole) request.socket.destroySoon();
  });
}

/**
 * Returns the number of bytes of a request's body that may still arrive: Infinity if unknown, or if the client may
 * withhold them.
 */
function bytesLeft(request: IncomingMessage): number {
  if (request.complete) return 0;
  const { 'content-length': length, 'transfer-encoding': coding, expect } = request.headers;
  return coding === undefined && expect === undefined ? Number(length ?? 0) : Number.POSITIVE_INFINITY;
}

export function answerError(
  response: ServerResponse,
  error: RequestError,
  more: readonly string[] = [],
): void {
  const retry = error.retryAfter === undefined ? [] : ['Retry-After', String(error.retryAfter)];
  answer(response, error.statusCode, 'application/json', errorBody(error.message), [...retry, ...more]);
}

/** Returns whether it is too late for an answer: it has been sent, or the client is gone. */
export function isGone(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed || response.req.socket.destroyed;
}

export function errorBody(message: string): string {
  return JSON.stringify({ error: message });
}
