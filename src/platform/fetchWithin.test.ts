import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createPredictor } from '../session/contract/predictor';
import { atEnd, startProgram, userError } from '../testing/folders';
import { fetchWithin } from './fetchWithin';
import { projectFolder } from './paths';

async function listen(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(t, () => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the first request of a process to a server that hangs up at once ends', {
  timeout: 60_000,
}, async (t) => {
  const url = await listen(
    t,
    createServer((socket) => socket.end()),
  );
  const script = `require(${JSON.stringify(join(__dirname, 'fetchWithin'))}).fetchWithin(1, '${url}')
    .then(() => 'answered', ({ message }) => message).then((said) => { console.log('ended: ' + said); process.exit(); })`;
  const program = startProgram(t, [process.execPath, '-e', script]);
  assert.equal(await program.ended, 0, program.output());
  assert.match(program.output(), /^ended: (fetch failed|The operation was aborted due to timeout)/);
});

test('an answer that never ends is given up, with or without its head', async (t) => {
  const silent = await listen(
    t,
    createServer(() => undefined),
  );
  await assert.rejects(fetchWithin(0.1, silent), { name: 'TimeoutError' });
  const endless = await listen(
    t,
    createHttpServer((_, response) => void response.writeHead(200).write('half')),
  );
  const answer = await fetchWithin(0.5, endless);
  await assert.rejects(answer.text(), { name: 'TimeoutError' });
});

test('a predictor names the server that hangs up', async (t) => {
  const url = await listen(
    t,
    createServer((socket) => socket.end()),
  );
  await assert.rejects(createPredictor(url).predict('bank'), userError('Nothing answers at', url));
});

test('nothing in src/ but fetchWithin() asks without a time limit', () => {
  const folder = join(projectFolder, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^(?!testing|model\/ensemble\/assembly).*(?<!\.test)\.ts$/.test(name),
  );
  const asking = files.filter((name) => /(?<![.\w])fetch\(/.test(readFileSync(join(folder, name), 'utf8')));
  assert.deepEqual(asking, ['platform/fetchWithin.ts']);
});
