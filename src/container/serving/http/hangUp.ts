// Answers a connection on which no valid request can follow, and ends it. Requests that arrived whole before get
// their answers first: a client takes answers in the order of its requests.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from './answer';
import { drain, draining, drainLimits } from './drain';
import { RequestError } from './requestError';
import { tooManyExtensions } from './sizeLimits';

interface Due {
  latest: ServerResponse;
  /** Undefined if the request has been answered. */
  earlier: ServerResponse | undefined;
}

/** The last two requests on each connection. */
const due = new WeakMap<Duplex, Due>();

/** Remembers that this answer comes before any that {@link hangUp} gives on the same connection. */
export function expectAnswer(response: ServerResponse): void {
  const { socket } = response.req;
  const earlier = due.get(socket)?.latest;
  due.set(socket, { latest: response, earlier: earlier?.writableFinished ? undefined : earlier });
}

/** Answers a client whose time is up. */
const farewell = { ...drainLimits, seconds: 1 };

/** Answers bytes that are not a complete HTTP request, and ends the connection. */
export function hangUp(socket: Duplex, { code = '' }: NodeJS.ErrnoException): void {
  if (!socket.writable && !draining.has(socket)) socket.destroy();
  if (code === 'ECONNRESET') socket.destroy();
  // More bytes after a request with `Connection: close` do not matter: its answer ends the connection.
  if (socket.destroyed || code === 'HPE_CLOSED_CONNECTION') return;
  const error = explainBrokenRequest(code);
  endWithError(socket, error, { limits: error.statusCode === 408 ? farewell : drainLimits });
}

/** Answers on a connection that Node no longer reads requests from, and ends it when the client has sent everything. */
export function endWithError(
  socket: Duplex,
  { statusCode, message }: RequestError,
  { limits = drainLimits, headers = '' } = {},
): void {
  afterAnswers(socket, () => {
    // If the request has had its answer, another one would seem to belong to the next request.
    if (!socket.writable || draining.has(socket)) return;
    const body = errorBody(message);
    draining.add(socket);
    socket.end(
      `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `${headers}Content-Length: ${Buffer.byteLength(body)}\r\nDate: ${new Date().toUTCString()}\r\n\r\n${body}`,
    );
    drain(socket, () => socket.destroy(), limits);
  });
}

function afterAnswers(socket: Duplex, then: () => void): void {
  const { latest, earlier } = due.get(socket) ?? {};
  // The broken bytes belong to the latest request, or follow it.
  const last = latest?.req.complete ? latest : earlier;
  if (!last || last.writableFinished || last.destroyed) then();
  // Before Node's own listener, which may end the connection.
  else last.prependOnceListener('finish', then);
}

/** The codes are those of Node's HTTP parser. */
function explainBrokenRequest(code: string): RequestError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestError(408, 'The request did not arrive in time. Send it without pauses.');
    case 'HPE_HEADER_OVERFLOW':
      return new RequestError(431, 'The headers are too long. Send at most 16 kB of them.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return tooManyExtensions;
    default:
      return new RequestError(
        400,
        'This is not a valid HTTP/1.1 request. Check its syntax and its Content-Length.',
      );
  }
}
