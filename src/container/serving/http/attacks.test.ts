// What clients do to a server on raw connections, on purpose or by mistake; each gets its sentence, and others theirs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createServer, type ServerOptions } from '../server';

const limits = { timeout: 60_000 };

async function listen(t: TestContext, options: ServerOptions = {}): Promise<number> {
  const server = createServer(options);
  t.after(() => server.close());
  server.use({
    description: { labels: ['a'] },
    predict: (titles) => titles.map((title) => ({ result: 'a', probabilities: { a: title.length } })),
  });
  return Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port);
}

/** A connection, and all that comes on it until it ends. */
function open(t: TestContext, port: number): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  t.after(() => socket.destroy());
  let text = '';
  socket
    .on('error', () => {})
    .on('data', (more) => {
      text += more;
    });
  return { socket, answer: once(socket, 'close').then(() => text) };
}

async function send(t: TestContext, port: number, request: string): Promise<string> {
  const { socket, answer } = open(t, port);
  socket.end(request, 'latin1');
  return await answer;
}

function statuses(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
}

/** Checks that the one answer is an error in JSON of that status. */
function assertError(answer: string, status: number, pattern: RegExp): void {
  assert.deepEqual(statuses(answer), [status], answer);
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  assert.match(JSON.parse(body).error, pattern);
}

const head = 'POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
const body = '{"input": "bank"}';

async function assertServes(t: TestContext, port: number): Promise<void> {
  const answer = await send(
    t,
    port,
    `${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  assert.deepEqual(statuses(answer), [200]);
}

test(
  'a head that comes byte by byte is answered with 408 in time, and others meanwhile',
  limits,
  async (t) => {
    const port = await listen(t, { deadlineSeconds: 1 });
    const slow = Array.from({ length: 50 }, () => open(t, port));
    const drip = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write('X');
    }, 100);
    t.after(() => clearInterval(drip));
    for (const { socket } of slow) socket.write('GET /ping HTTP/1.1\r\nX: ');
    await assertServes(t, port);
    for (const { answer } of slow) assertError(await answer, 408, /did not arrive in time/);
  },
);

test('a flood of headers, in length or in number, is no more than an error', limits, async (t) => {
  const port = await listen(t);
  assertError(await send(t, port, `${head}X: ${'y'.repeat(20_000)}\r\n\r\n`), 431, /headers are too long/);
  assertError(await send(t, port, `${head}${'X: y\r\n'.repeat(20_000)}\r\n`), 431, /headers are too long/);
  await assertServes(t, port);
});

test('bytes that are not HTTP/1 get an error', limits, async (t) => {
  const port = await listen(t);
  const nonsense = [
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'hello\r\n\r\n',
  ];
  for (const text of nonsense) assertError(await send(t, port, text), 400, /not a valid HTTP\/1\.1 request/);
  await assertServes(t, port);
});

test('lengths that are wrong, given twice, or beside chunks are rejected', limits, async (t) => {
  const port = await listen(t);
  for (const lengths of [
    'Content-Length: -1\r\n',
    'Content-Length: 17\r\nContent-Length: 18\r\n',
    'Content-Length: 17\r\nTransfer-Encoding: chunked\r\n',
    'Content-Length: 99999999999999999999999\r\n',
  ]) {
    assertError(
      await send(t, port, `${head}${lengths}\r\n${body}`),
      400,
      /not a valid HTTP\/1\.1 request.*Content-Length/,
    );
  }
  // Longer than the body, and then an end.
  assertError(
    await send(t, port, `${head}Content-Length: 18\r\n\r\n${body}`),
    400,
    /not a valid HTTP\/1\.1 request.*Content-Length/,
  );
  // Shorter: what is left over is no request.
  const answer = await send(t, port, `${head}Content-Length: 16\r\n\r\n${body}`);
  assert.ok(statuses(answer).every((status) => status === 400) && answer !== '', answer);
  await assertServes(t, port);
});

test(
  'a head that Node accepts but HTTP/1.1 does not is rejected, whatever its address',
  limits,
  async (t) => {
    const port = await listen(t);
    const rest = `Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    for (const [line, hosts] of [
      ['POST /invocations HTTP/1.1', 'Host: a\r\nhost: a\r\n'],
      ['POST /ping HTTP/1.0', 'Host: a\r\nHOST: b\r\n'],
      ['POST http://a/nope HTTP/1.1', 'Host: a\r\nX: y\r\nHost:\r\n'],
    ]) {
      assertError(await send(t, port, `${line}\r\n${hosts}${rest}`), 400, /Send Host once/);
    }
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    for (const [coding, status] of [
      ['gzip, chunked', 501],
      ['gzip\r\nTransfer-Encoding: chunked', 501],
      ['Chunked', 200],
    ] as const) {
      const answer = await send(
        t,
        port,
        `${head}Transfer-Encoding: ${coding}\r\nConnection: close\r\n\r\n${chunks}`,
      );
      if (status === 501) assertError(answer, status, /Transfer-Encoding is not supported/);
      else assert.deepEqual(statuses(answer), [status], answer);
    }
    await assertServes(t, port);
  },
);

test('no header is lost among thousands, and every error has its date', limits, async (t) => {
  const port = await listen(t);
  const many = `POST /invocations HTTP/1.1\r\n${'X:y\r\n'.repeat(2500)}`;
  const rest = `Host: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const answer = await send(t, port, `${many}Content-Type: application/json\r\n${rest}`);
  assert.deepEqual(statuses(answer), [200], answer);
  for (const request of [
    'hello\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /nope HTTP/1.0\r\n\r\n',
  ]) {
    const date = /\r\nDate: (.* GMT)\r\n/.exec(await send(t, port, request))?.[1] ?? '';
    assert.ok(Math.abs(Date.parse(date) - Date.now()) < 60_000, `${request}: ${date}`);
  }
});

test('a body of very many very small chunks is one body, and takes little memory', limits, async (t) => {
  const port = await listen(t);
  const { socket, answer } = open(t, port);
  const before = process.memoryUsage().rss;
  socket.write(`${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nb\r\n{"input": "\r\n`);
  for (let part = 0; part < 40; part++) {
    if (!socket.write('1\r\na\r\n'.repeat(5000))) await once(socket, 'drain');
  }
  socket.write('2\r\n"}\r\n0\r\n\r\n');
  assert.match(await answer, /"a":200000}/);
  const grown = (process.memoryUsage().rss - before) / 1e6;
  // A Buffer for each chunk would take some hundred bytes for each byte.
  assert.ok(grown < 100, `${grown} MB`);
});

test('requests behind one another on a connection are answered in their order', limits, async (t) => {
  const port = await listen(t);
  const requests = Array.from({ length: 100 }, (_, length) => {
    const text = JSON.stringify({ input: 'a'.repeat(length) });
    return `${head}Content-Length: ${text.length}\r\n\r\n${text}`;
  });
  const answer = await send(t, port, `${requests.join('')}GET /ping HTTP/1.1\r\nHost: a\r\n\r\n`);
  const lengths = [...answer.matchAll(/"a":(\d+)(?:\.0+)?}/g)].map(([, length]) => Number(length));
  assert.deepEqual(lengths, [...Array(100).keys()]);
  assert.deepEqual(statuses(answer), Array(101).fill(200));
});

test('broken bytes behind good requests get their error after the answers to these', limits, async (t) => {
  const port = await listen(t);
  const good = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  const ping = 'GET /ping HTTP/1.1\r\nHost: a\r\n\r\n';
  const broken: readonly [number, string][] = [
    [400, 'garbage\r\n\r\n'],
    [400, `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    [400, good.slice(0, -3)],
    [400, `${head}Content-Length: -1\r\n\r\n${body}`],
    [431, `${head}X: ${'y'.repeat(20_000)}\r\n\r\n`],
    [405, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
  ];
  for (const [status, bytes] of broken) {
    for (const before of [[good], [good, good], [ping, good, ping], [good, ping, good, good]]) {
      const answer = await send(t, port, before.join('') + bytes);
      assert.deepEqual(
        statuses(answer),
        [...before.map(() => 200), status],
        `${before.length} before ${bytes}`,
      );
    }
  }
});

test(
  'bytes after a request with Connection: close are ignored, and the request gets its response',
  limits,
  async (t) => {
    const port = await listen(t);
    const last = `${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    for (const more of ['\n', '}', 'garbage\r\n\r\n', last]) {
      assert.deepEqual(statuses(await send(t, port, last + more)), [200], more);
    }
  },
);

test('clients that vanish at any moment leave nothing behind', limits, async (t) => {
  const port = await listen(t, { heldBytes: 1_000_000 });
  const long = JSON.stringify({ input: Array.from({ length: 20_000 }, () => 'bank') });
  const request = `${head}Content-Length: ${long.length}\r\n\r\n${long}`;
  for (let round = 0; round < 50; round++) {
    const { socket } = open(t, port);
    await once(socket, 'connect');
    socket.write(request.slice(0, (round * request.length) / 49));
    await setTimeout(5);
    socket.resetAndDestroy();
  }
  await setTimeout(200);
  // As large as the limit allows: it would be refused if anything of the others were still held.
  const large = JSON.stringify({ input: 'a'.repeat(990_000) });
  const answer = await send(t, port, `${head}Content-Length: ${large.length}\r\n\r\n${large}`);
  assert.deepEqual(statuses(answer), [200]);
});

test(
  'a client that does not read its response delays no other, and its response counts as held',
  limits,
  async (t) => {
    const port = await listen(t, { heldBytes: 12_000_000 });
    const many = JSON.stringify({ input: Array.from({ length: 300_000 }, () => 'bank') });
    const request = `${head}Content-Length: ${many.length}\r\nConnection: close\r\n\r\n${many}`;
    const { socket } = open(t, port);
    socket.pause();
    socket.write(request);
    while (!/ 503 /.test(await send(t, port, request))) await assertServes(t, port);
    socket.destroy();
    while (!/ 200 /.test(await send(t, port, request))) await setTimeout(20);
  },
);

test(
  'other ways to begin: no Host, HTTP/1.0, an upgrade, an expectation, an absolute address',
  limits,
  async (t) => {
    const port = await listen(t);
    const ping = (line: string, ...headers: string[]) =>
      send(t, port, `${[line, ...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`);
    assert.deepEqual(statuses(await ping('GET /ping HTTP/1.1')), [200]);
    assert.deepEqual(statuses(await ping('GET /ping HTTP/1.0')), [200]);
    assert.deepEqual(statuses(await ping('GET /ping?a=b HTTP/1.1')), [200]);
    assert.deepEqual(statuses(await ping('HEAD /ping HTTP/1.1')), [200]);
    assert.deepEqual(statuses(await ping('GET /ping HTTP/1.1', 'Upgrade: websocket')), [200]);
    assert.deepEqual(statuses(await ping('GET http://a/ping HTTP/1.1', 'Host: a')), [200]);
    const expecting = `${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    assert.deepEqual(statuses(await send(t, port, expecting)), [100, 200]);
    const unknown = `${head}Expect: the unexpected\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    assertError(await send(t, port, unknown), 417, /Omit Expect/);
  },
);
