// What may go wrong around the server: nobody takes its log, file descriptors run out, the clock jumps.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { saveArtifact } from '../../model/artifact';
import { briefSeconds, fetchWithin } from '../../platform/fetchWithin';
import { atEnd, eventually, findFreePort, temporaryFolder, trainOnCorpus } from '../../testing/folders';
import { createServer } from './server';

const limits = { timeout: 60_000 };
const trained = trainOnCorpus();

/** container/serve with its output going to a file descriptor, or into a pipe that nobody reads; begun by `shell`. */
async function start(t: TestContext, { output, shell = '' }: { output: number | 'pipe'; shell?: string }) {
  const base = await temporaryFolder(t);
  await saveArtifact(await trained, join(base, 'model'));
  const port = await findFreePort();
  const program = join(__dirname, '..', '..', '..', 'container', 'serve');
  const child = spawn('sh', ['-c', `${shell} exec "$0" "$1"`, process.execPath, program], {
    env: {
      ...process.env,
      SAGEMAKER_BASE_DIR: base,
      SAGEMAKER_BIND_TO_PORT: String(port),
      SERVING_LOG: 'requests',
    },
    stdio: ['ignore', output, 'inherit'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  atEnd(t, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  const ask = async () => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/invocations`, {
      method: 'POST',
      headers,
      body: '{"input": "bank"}',
    });
    await response.text();
    return response.status;
  };
  const ping = () =>
    fetchWithin(briefSeconds, `${url}/ping`).then(
      ({ status }) => status,
      () => 0,
    );
  await eventually(async () => (await ping()) === 200);
  return { child, port, ask, ping, ended };
}

for (const [name, output] of [
  ['on a full disk', () => openSync('/dev/full', 'w')],
  ['into a pipe that nobody reads', () => 'pipe' as const],
] as const) {
  test(`a log ${name} loses lines, and no request; SIGTERM ends the server as ever`, limits, async (t) => {
    const { child, ask, ping, ended } = await start(t, { output: output() });
    // More than a pipe holds.
    for (let round = 0; round < 100; round++) {
      const all = await Promise.all(Array.from({ length: 20 }, ask));
      assert.deepEqual([...new Set(all)], [200]);
    }
    assert.equal(await ping(), 200);
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
  });
}

test('more connections than file descriptors: idle ones make room, and /ping answers', limits, async (t) => {
  const { port, ask, ping } = await start(t, { output: openSync('/dev/null', 'w'), shell: 'ulimit -n 100;' });
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let count = 0; count < 200; count++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    // Each has asked once, and is kept.
    socket.write('GET /ping HTTP/1.1\r\nHost: a\r\n\r\n');
    sockets.push(socket);
  }
  await setTimeout(500);
  await eventually(async () => (await ping()) === 200);
  assert.equal(await ask(), 200);
});

test(
  'a clock that jumps, either way, neither ends a request nor lets it wait for ever',
  limits,
  async (t) => {
    const server = createServer({ deadlineSeconds: 2 });
    t.after(() => server.close());
    const predict = (titles: readonly string[]) => {
      const end = performance.now() + titles.length;
      while (performance.now() < end);
      return titles.map(() => ({ result: 'a', probabilities: { a: 1 } }));
    };
    server.use({ predict, description: { labels: ['a'] } });
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    const post = async (length: number) => {
      const body = JSON.stringify({ input: Array.from({ length }, () => 'bank') });
      const headers = { 'content-type': 'application/json' };
      return (await fetch(`${url}/invocations`, { method: 'POST', headers, body })).status;
    };
    const day = 86_400_000;
    for (const jump of [day, -day]) {
      const now = Date.now;
      const asked = [post(300), post(5000)];
      t.mock.method(Date, 'now', () => now() + jump);
      assert.deepEqual(await Promise.all(asked), [200, 503]);
    }
  },
);
