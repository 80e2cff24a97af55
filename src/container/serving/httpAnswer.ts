// Step 8: what is written to a connection, with its length, and errors as JSON.
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { drain, drainLimits } from './drain';
import { RequestError } from './requestError';

/** Connections that have their answer, and whose client is still sending the request. */
const draining = new WeakSet<Duplex>();

/** Of a body up to this size, all is read after an early answer, so that the connection can be used again. */
const smallBody = 1_048_576;

/**
 * Answers whole. Where the request's body has not arrived yet, what is left of it is drained before the connection goes on
 * or ends. Nothing happens where there is an answer already, or the client is gone.
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
  /** In parts, or none. */
  body: readonly (string | Buffer)[];
}

/** The same with all headers given. */
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

/** How much of a request's body may still come; Infinity where nobody says, or the client may keep it back. */
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

/** Whether no answer can be given any more: there is one, or nobody can read it. */
export function isGone(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed || response.req.socket.destroyed;
}

function errorBody(message: string): string {
  return JSON.stringify({ error: message });
}

/** For a client that has used up its time. */
const farewell = { ...drainLimits, seconds: 1 };

/** Answers what is no request, or none that comes to an end, and hangs up. */
export function hangUp(socket: Duplex, { code = '' }: NodeJS.ErrnoException): void {
  if (!socket.writable && !draining.has(socket)) socket.destroy();
  if (code === 'ECONNRESET') socket.destroy();
  // After an answer, a second one would be taken for that to the next request.
  if (socket.destroyed || draining.has(socket)) return;
  const error = explainBrokenRequest(code);
  endWithError(socket, error, { limits: error.statusCode === 408 ? farewell : drainLimits });
}

/** Answers on a connection that Node no longer reads requests from, and ends it when the client has sent all. */
export function endWithError(
  socket: Duplex,
  { statusCode, message }: RequestError,
  { limits = drainLimits, headers = '' } = {},
): void {
  const body = errorBody(message);
  draining.add(socket);
  socket.end(
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  drain(socket, () => socket.destroy(), limits);
}

/** The codes are those of Node's HTTP parser. */
function explainBrokenRequest(code: string): RequestError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestError(408, 'The request did not arrive in time. Send it without pauses.');
    case 'HPE_HEADER_OVERFLOW':
      return new RequestError(431, 'The headers are too long. Send at most 16 kB of them.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new RequestError(413, 'The chunks have too many extensions. Send none.');
    default:
      return new RequestError(400, 'This is no HTTP/1.1 request. Send one, with the right Content-Length.');
  }
}
