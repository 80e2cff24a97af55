import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { atEnd, userError } from '../../testing/folders';
import { createPredictor, invocationLimits } from './predictor';

test('a predictor asks in parts that stay below count and bytes, and puts the answers in order', async (t) => {
  const { url, bodies } = await serveEcho(t);
  const { predict } = createPredictor(url);
  const headlines = Array.from({ length: 1203 }, (_, row) =>
    row % 400 === 0 ? `${row} ${'ä'.repeat(300_000)}` : `${row}`,
  );
  const predictions = await predict(headlines);
  assert.deepEqual(
    predictions.map(({ result }) => result),
    headlines.map((headline) => headline.slice(0, 5)),
  );
  for (const body of bodies) assert.ok(body.length < 1.1e6, `${body.length} bytes`);
  assert.equal(bodies.length, 4);
  assert.deepEqual(await predict([]), []);
});

test('a predictor warns of a request that SageMaker would reject, and answers it', async (t) => {
  const { url } = await serveEcho(t);
  const warnings: string[] = [];
  const { predict } = createPredictor(url, (sentence) => warnings.push(sentence));
  await predict('short');
  assert.deepEqual(warnings, []);
  assert.equal((await predict(`long ${'x'.repeat(invocationLimits.bytes)}`)).result, 'long ');
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /would be rejected: at most 6291456/);
});

test('a request whose connection the server closes is sent again, up to three times', async (t) => {
  const { url, bodies, reset } = await serveEcho(t);
  reset.next = 1;
  assert.equal((await createPredictor(url).predict('again')).result, 'again');
  assert.equal(bodies.length, 2);
  reset.next = 4;
  await assert.rejects(createPredictor(url).predict('never'), userError('Nothing answers at', url));
  assert.equal(bodies.length, 6);
});

test('a value that is not text is rejected before anything is sent', async (t) => {
  const { url, bodies } = await serveEcho(t);
  const { predict } = createPredictor(url);
  for (const [value, named] of [
    [undefined, 'got undefined'],
    [null, 'got null'],
    [7, 'got 7'],
    [{ input: 'bank' }, "got { input: 'bank' }"],
    [['bank', undefined], 'headline 1 of the list is undefined'],
    [[7], 'headline 0 of the list is 7'],
  ] as const) {
    await assert.rejects(predict(value as never), userError('predict() takes', named));
  }
  assert.equal(bodies.length, 0);
});

test('an answer that is not JSON, or breaks off, is explained', async (t) => {
  for (const answer of ['<html>Bad gateway</html>', '{"result": ']) {
    const server = createServer((_, response) => {
      response.writeHead(502, { 'content-length': 100 });
      if (answer.startsWith('{')) response.write(answer, () => response.destroy());
      else response.end(answer.padEnd(100));
    });
    atEnd(t, () => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await assert.rejects(createPredictor(url).predict('bank'), userError(url, '502', 'not with whole JSON'));
  }
});

/** Answers each headline with its first letters, but closes the connections of the next `reset.next` requests. */
async function serveEcho(t: TestContext) {
  const bodies: Buffer[] = [];
  const reset = { next: 0 };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    bodies.push(body);
    if (reset.next-- > 0) {
      request.socket.destroy();
      return;
    }
    const { input } = JSON.parse(body.toString());
    const predict = (headline: string) => ({ result: headline.slice(0, 5), probabilities: {} });
    response.end(JSON.stringify(Array.isArray(input) ? { results: input.map(predict) } : predict(input)));
  });
  atEnd(t, () => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies, reset };
}
