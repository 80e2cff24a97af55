// Step 8: what is written to a connection, with its length, and errors as JSON.
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError } from './requestError';

/** Answers whole. Nothing happens where the client is gone. */
export function answer(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  more: readonly string[] = [],
): void {
  if (isGone(response)) return;
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, ['Content-Type', contentType, 'Content-Length', length, ...more]);
  response.end(body);
}

export function answerError(
  response: ServerResponse,
  error: RequestError,
  more: readonly string[] = [],
): void {
  const retry = error.retryAfter === undefined ? [] : ['Retry-After', String(error.retryAfter)];
  answer(response, error.statusCode, 'application/json', errorBody(error.message), [...retry, ...more]);
}

/** Whether nobody can read an answer any more. */
export function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.writableEnded || response.req.socket.destroyed;
}

function errorBody(message: string): string {
  return JSON.stringify({ error: message });
}

/** How long a client that sends no HTTP may take to read why. */
const farewellMilliseconds = 1000;

/** Answers what is no request, or none that comes to an end, and hangs up. */
export function hangUp(socket: Duplex, { code = '' }: NodeJS.ErrnoException): void {
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { statusCode, message } = explainBrokenRequest(code);
  const body = errorBody(message);
  socket.end(
    `HTTP/1.1 ${statusCode} ${reasons[statusCode]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), farewellMilliseconds).unref();
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};

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
