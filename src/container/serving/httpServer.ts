// Step 8: Node's HTTP server with limits on what a client may keep busy, and an end that loses nothing.
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithError, hangUp } from './httpAnswer';
import { RequestError } from './requestError';

export interface Listener {
  /** Where it listens; `port` 0 is any that is free. Rejects as `server.listen` fails. */
  listen(address: { port: number; host: string }): Promise<string>;
  /**
   * Ends in peace: answers what comes with `Connection: close` until nothing comes, then takes no new connections, and
   * resolves when the last request is answered. What is still open after 25 seconds is cut off.
   * @returns the number of connections cut off
   */
  close(): Promise<number>;
}

interface HttpServer extends Listener {
  /** For each answer: what ends the connection, while the server ends or where each answer does. */
  headers(): readonly string[];
}

/** SageMaker kills after 30 seconds. */
const drainSeconds = 25;
/** So long nothing must have come before new connections are refused; and that is waited for so long at most. */
const quietMilliseconds = 100;
const mostQuietMilliseconds = 2000;

/** Longer than load balancers keep a connection that they do not use. */
const keepAliveMilliseconds = 75_000;
const headSeconds = 10;

/** Connections that wait to be accepted, as far as the system allows: where there is no room, a client tries again a second later. */
const backlog = 4096;

const closing = ['Connection', 'close'];

interface HttpServerOptions {
  /** Told of each request, and when its head came, on the clock of `performance.now()`. */
  handle(request: http.IncomingMessage, response: http.ServerResponse, begun: number): void;
  /** Told of each new connection. */
  onConnection(): void;
  /** A request that arrives for longer is answered with 408. */
  deadlineSeconds: number;
  /** Whether each answer ends its connection. */
  closesEach: boolean;
}

export function createHttpServer({
  handle,
  onConnection,
  deadlineSeconds,
  closesEach,
}: HttpServerOptions): HttpServer {
  let isEnding = false;
  let ending: Promise<number> | undefined;
  let lastBegun = 0;
  const options: http.ServerOptions = {
    keepAliveTimeout: keepAliveMilliseconds,
    headersTimeout: Math.min(headSeconds, deadlineSeconds) * 1000,
    requestTimeout: deadlineSeconds * 1000,
    connectionsCheckingInterval: 1000,
    // Answered like any other request, instead of by Node with an empty body.
    requireHostHeader: false,
  };
  const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
    lastBegun = performance.now();
    handle(request, response, lastBegun);
  };
  const server = http.createServer(options, listener);
  // Node would ask for a body that may be too large, and answer an unknown expectation with an empty body.
  server.on('checkContinue', listener).on('checkExpectation', listener);
  server.on('connect', (_request, socket) => endWithError(socket, noTunnel, { headers: 'Allow:\r\n' }));
  // A client that says it will send no more still gets its answers.
  Object.assign(server, { httpAllowHalfOpen: true });
  // Of a socket on which nothing moves: a client that does not read, longer than it may wait for its answer.
  server.timeout = 1000 * (deadlineSeconds + headSeconds);
  server.maxConnections = countConnections();
  server.on('connection', onConnection);
  server.on('drop', () => server.closeIdleConnections());
  server.on('clientError', (error, socket) => hangUp(socket, error));

  return {
    headers: () => (isEnding || closesEach ? closing : none),
    async listen({ port, host }) {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen({ port, host, backlog }, resolve);
      });
      const { address, port: actual } = server.address() as AddressInfo;
      return `http://${address}:${actual}`;
    },
    close: () => {
      ending ??= end();
      return ending;
    },
  };

  async function end(): Promise<number> {
    isEnding = true;
    const begun = performance.now();
    while (performance.now() - begun < mostQuietMilliseconds && !(await isQuiet())) await sleep(10);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const abort = new AbortController();
    const late = sleep(1000 * drainSeconds, 'late', { signal: abort.signal }).catch(() => undefined);
    const isLate = (await Promise.race([closed, late])) === 'late';
    abort.abort();
    const left = isLate ? await countOpen(server) : 0;
    server.closeAllConnections();
    return left;
  }

  async function isQuiet(): Promise<boolean> {
    return (await countOpen(server)) === 0 || performance.now() - lastBegun > quietMilliseconds;
  }
}

const none: readonly string[] = [];

const noTunnel = new RequestError(405, 'This server is no proxy. Send POST /invocations to it.');

async function countOpen(server: http.Server): Promise<number> {
  return await new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}

/** File descriptors that the process needs for itself. */
const reserved = 64;

/** As many as there are file descriptors for, so that these never run out. */
function countConnections(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
  return Math.max(16, files - reserved);
}
