// Node's HTTP server, with limits on what a client may hold, and a graceful end.
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { endWithError, expectAnswer, hangUp } from './hangUp';
import { RequestError } from './requestError';

export interface Listener {
  /** Resolves with the address; `port` 0 means any free port. Rejects like Node's `server.listen`. */
  listen(address: { port: number; host: string }): Promise<string>;
  /**
   * Ends gracefully: answers requests with `Connection: close` until no more arrive, then accepts no new connections, and
   * resolves when the last request has its answer. Cuts off connections that are still open after 25 seconds.
   * @returns the number of connections cut off
   */
  close(): Promise<number>;
}

interface HttpServer extends Listener {
  /** Returns headers for the next answer: they end its connection while the server ends, or if every answer does. */
  headers(): readonly string[];
}

/** SageMaker kills after 30 seconds. */
const drainSeconds = 25;
/** Turns of the event loop without anything new before connections are closed, and the most turns to wait for. */
const turnsOfQuiet = 10;
const mostTurns = 200;
const turnMilliseconds = 10;

/** Longer than load balancers keep an idle connection. */
const keepAliveMilliseconds = 75_000;
const headSeconds = 10;

/** Connections that may wait to be accepted, if the system allows that number. Further clients retry after a second. */
const backlog = 4096;

const closing = ['Connection', 'close'];

interface HttpServerOptions {
  /** Called for each request; `begun` is when its head arrived, on the clock of `performance.now()`. */
  handle(request: http.IncomingMessage, response: http.ServerResponse, begun: number): void;
  /** Called for each new connection. */
  onConnection(): void;
  /** A request that takes longer to arrive gets 408. */
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
  const server = createLimitedServer(deadlineSeconds, (request, response) => {
    lastBegun = performance.now();
    expectAnswer(response);
    handle(request, response, lastBegun);
  });
  server.on('connection', onConnection);

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
    await untilQuiet();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const abort = new AbortController();
    const late = sleep(1000 * drainSeconds, 'late', { signal: abort.signal }).catch(() => undefined);
    const isLate = (await Promise.race([closed, late])) === 'late';
    abort.abort();
    const left = isLate ? await countOpen(server) : 0;
    server.closeAllConnections();
    return left;
  }

  /**
   * Counts turns of the event loop; each turn reads the data that has arrived. With a clock, a suspended process would
   * take its own pause for silence, and close connections with unread requests.
   */
  async function untilQuiet(): Promise<void> {
    let quietTurns = 0;
    for (let turn = 0; turn < mostTurns && quietTurns < turnsOfQuiet; turn++) {
      const before = lastBegun;
      await sleep(turnMilliseconds);
      // Timers run before the loop reads, immediates after it.
      await setImmediate();
      quietTurns = lastBegun === before ? quietTurns + 1 : 0;
      if ((await countOpen(server)) === 0) return;
    }
  }
}

/** Creates Node's server with limits on time and connections; `listener` also gets what Node would answer itself. */
function createLimitedServer(deadlineSeconds: number, listener: http.RequestListener): http.Server {
  const options: http.ServerOptions = {
    keepAliveTimeout: keepAliveMilliseconds,
    headersTimeout: Math.min(headSeconds, deadlineSeconds) * 1000,
    requestTimeout: deadlineSeconds * 1000,
    connectionsCheckingInterval: 1000,
    // Otherwise Node would answer, with an empty body.
    requireHostHeader: false,
  };
  const server = http.createServer(options, listener);
  // Node would ask for a body that may be too large, and answer an unknown expectation with an empty body.
  server.on('checkContinue', listener).on('checkExpectation', listener);
  server.on('connect', (_request, socket) => endWithError(socket, noTunnel, { headers: 'Allow:\r\n' }));
  // A client that has closed its side still gets its answers.
  Object.assign(server, { httpAllowHalfOpen: true });
  // The length of the head is limited. By default Node silently drops headers after the first thousands.
  server.maxHeadersCount = 0;
  // For an idle socket, such as that of a client that does not read: longer than a client may wait for its response.
  server.timeout = 1000 * (deadlineSeconds + headSeconds);
  server.maxConnections = countConnections();
  server.on('drop', () => server.closeIdleConnections());
  server.on('clientError', (error, socket) => hangUp(socket, error));
  return server;
}

const none: readonly string[] = [];

const noTunnel = new RequestError(405, 'This server is not a proxy. Send POST /invocations to it.');

async function countOpen(server: http.Server): Promise<number> {
  return await new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}

/** File descriptors kept for the process itself. */
const reserved = 64;

/** Returns how many connections fit into the limit of file descriptors. */
function countConnections(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const files = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 1024);
  return Math.max(16, files - reserved);
}
