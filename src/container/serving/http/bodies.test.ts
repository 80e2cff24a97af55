// Clients that write their whole request before they read anything get their answer all the same.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { createServer } from '../server';

const limits = { timeout: 30_000 };
const limit = 6_291_456;

async function listen(t: TestContext): Promise<number> {
  const server = createServer();
  t.after(() => server.close());
  server.use({
    description: { labels: ['a'] },
    predict: (titles) => titles.map(() => ({ result: 'a', probabilities: { a: 1 } })),
  });
  return Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port);
}

interface Parts {
  head: readonly string[];
  bytes: number;
  isChunked?: boolean;
}

const block = Buffer.alloc(65_536, 'a');

/** Writes all of a request, and only then reads. Gives all that the server sends, and how the connection ended. */
async function exchange(t: TestContext, port: number, { head, bytes, isChunked }: Parts) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause();
  t.after(() => socket.destroy());
  let failure: unknown;
  socket.on('error', (error) => {
    failure = error;
  });
  await once(socket, 'connect');
  await write(socket, `${head.join('\r\n')}\r\n\r\n`);
  for (let left = bytes; left > 0 && !socket.destroyed; left -= block.length) {
    const part = block.subarray(0, Math.min(left, block.length));
    if (isChunked) await write(socket, `${part.length.toString(16)}\r\n`);
    await write(socket, part);
    if (isChunked) await write(socket, '\r\n');
  }
  if (isChunked) await write(socket, '0\r\n\r\n');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text) => {
    answer += text;
  });
  if (!socket.destroyed)
    await new Promise((resolve) => socket.once('end', resolve).once('close', resolve).resume());
  return { answer, failure };
}

async function write(socket: Socket, data: string | Buffer): Promise<void> {
  if (socket.destroyed || socket.write(data)) return;
  await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
}

const post = (version = '1.1', path = '/invocations') => [`POST ${path} HTTP/${version}`, 'Host: a'];
const json = 'Content-Type: application/json';

for (const bytes of [limit + 8, 20 * 1_048_576, 200 * 1_048_576]) {
  const length = `Content-Length: ${bytes}`;
  const oversized: Readonly<Record<string, Parts>> = {
    'with Content-Length': { head: [...post(), json, length, 'Connection: close'], bytes },
    'with keep-alive': { head: [...post(), json, length, 'Connection: keep-alive'], bytes },
    'in chunks': { head: [...post(), json, 'Transfer-Encoding: chunked'], bytes, isChunked: true },
    'of HTTP/1.0': { head: [...post('1.0'), json, length], bytes },
    'that expects 100 and does not wait for it': {
      head: [...post(), json, length, 'Expect: 100-continue'],
      bytes,
    },
  };
  for (const [kind, parts] of Object.entries(oversized)) {
    test(
      `a body of ${bytes} bytes ${kind}, written before anything is read, gets its 413`,
      limits,
      async (t) => {
        const { answer, failure } = await exchange(t, await listen(t), parts);
        assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*larger than 6291456 bytes[\s\S]*"}$/);
        assert.equal(failure, undefined);
      },
    );
  }
}

const bytes = 20 * 1_048_576;
const length = `Content-Length: ${bytes}`;
const early: readonly [number, readonly string[]][] = [
  [404, [...post('1.1', '/nowhere'), json, length]],
  [405, [`PUT /invocations HTTP/1.1`, 'Host: a', json, length]],
  [406, [...post(), json, length, 'Accept: text/html']],
  [415, [...post(), 'Content-Type: text/plain', length]],
  [415, [...post(), json, length, 'Content-Encoding: gzip']],
  [417, [...post(), json, length, 'Expect: wonders']],
  [400, [...post(), json, 'Content-Length: nonsense']],
  [400, [...post(), json, length, 'Transfer-Encoding: chunked']],
  [400, ['not HTTP at all']],
  [431, [...post(), json, length, `X: ${'y'.repeat(20_000)}`]],
  [405, ['CONNECT a:1 HTTP/1.1', 'Host: a']],
];

for (const [status, head] of early) {
  test(
    `${status} for ${head.join(', ').slice(0, 120)}: the answer comes though the body is sent`,
    limits,
    async (t) => {
      const { answer, failure } = await exchange(t, await listen(t), { head, bytes });
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.deepEqual(answer.match(/HTTP\/1\.1 \d+/g), [`HTTP/1.1 ${status}`]);
      assert.equal(failure, undefined);
    },
  );
}

test(
  'a client that waits for 100 Continue is told 413 instead, and need not send the body',
  limits,
  async (t) => {
    const port = await listen(t);
    const head = [...post(), json, length, 'Expect: 100-continue'];
    const { answer } = await exchange(t, port, { head, bytes: 0 });
    assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*\r\nConnection: close\r\n/);
  },
);

test('a connection stays open after an error for a small body that has arrived', limits, async (t) => {
  const port = await listen(t);
  const wrong = [...post(), 'Content-Type: text/plain', 'Content-Length: 4'].join('\r\n');
  const next = 'GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close';
  const { answer } = await exchange(t, port, { head: [`${wrong}\r\n\r\nbank${next}`], bytes: 0 });
  assert.deepEqual(
    [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['415', '200'],
  );
});

test('many bodies over the limit at once take little memory, and others are answered', limits, async (t) => {
  const port = await listen(t);
  const before = process.memoryUsage().rss;
  const head = [...post(), json, 'Transfer-Encoding: chunked'];
  const many = Array.from({ length: 40 }, () =>
    exchange(t, port, { head, bytes: 8 * 1_048_576, isChunked: true }),
  );
  for (const { answer } of await Promise.all(many)) assert.match(answer, /^HTTP\/1\.1 (413|503) /);
  const grown = (process.memoryUsage().rss - before) / 1e6;
  assert.ok(grown < 300, `${grown} MB`);
});
