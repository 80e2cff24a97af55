// A proxy for tests. Used by tests only.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './folders';

/**
 * Starts a proxy for CONNECT that sends every connection to this machine, or refuses with a status. Returns its address and
 * the targets that were asked for.
 */
export async function startProxy(
  t: TestContext,
  refusal?: number,
): Promise<{ url: string; targets: string[] }> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer().on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
    targets.push(url);
    if (refusal) {
      socket.end(`HTTP/1.1 ${refusal} Refused\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
  });
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  atEnd(t, async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets };
}
