import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Classifier, Prediction } from './classifier';
import { createServer, type Server, type ServerOptions } from './server';

type Headers = Record<string, string>;

const json: Headers = { 'content-type': 'application/json' };

function predictionOf(title: string): Prediction {
  return { result: title, probabilities: { [title]: 0.75, other: 0.25 } };
}

/** TensorFlow does not matter to the transport: this answers each title with itself as the label. */
function createClassifier(predict: Classifier['predict'] = (titles) => titles.map(predictionOf)): Classifier {
  return { predict } as Classifier;
}

/** A server that listens on loopback, with the classifier in use. */
async function listen(
  t: TestContext,
  { classifier = createClassifier(), ...options }: ServerOptions & { classifier?: Classifier | null } = {},
): Promise<{
  server: Server;
  url: string;
  post(body: string | Buffer, headers?: Headers): Promise<Response>;
}> {
  const server = createServer(options);
  t.after(() => server.app.close());
  if (classifier) server.use(classifier);
  const url = await server.app.listen({ port: 0, host: '127.0.0.1' });
  const post = (body: string | Buffer, headers: Headers = json) =>
    fetch(`${url}/invocations`, { method: 'POST', headers, body });
  return { server, url, post };
}

/** Checks that the answer is an error in JSON: a sentence under `error`, and nothing else. */
async function assertError(response: Response, status: number, pattern: RegExp): Promise<void> {
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  const body = (await response.json()) as { error: string };
  assert.deepEqual(Object.keys(body), ['error']);
  assert.match(body.error, pattern);
  assert.equal(response.status, status, body.error);
}

function bodyOfSize(bytes: number): string {
  const frame = JSON.stringify({ input: '' }).length;
  return JSON.stringify({ input: 'a'.repeat(bytes - frame) });
}

test('/ping and /invocations answer 503 until the model is loaded, then 200', async (t) => {
  const { server, url, post } = await listen(t, { classifier: null });
  await assertError(await fetch(`${url}/ping`), 503, /still being loaded/);
  await assertError(await post('{"input": "bank"}'), 503, /still being loaded/);
  server.use(createClassifier());
  assert.equal((await fetch(`${url}/ping`)).status, 200);
  assert.equal((await post('{"input": "bank"}')).status, 200);
});

test('one headline is answered with its result and probabilities', async (t) => {
  const { post } = await listen(t);
  const response = await post('{"input": "Größere Bank – „Wall St.“"}');
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual(await response.json(), predictionOf('Größere Bank – „Wall St.“'));
});

test('a list of headlines is answered in its order, with one call of the classifier', async (t) => {
  const predict = t.mock.fn(createClassifier().predict);
  const { post } = await listen(t, { classifier: createClassifier(predict) });
  const input = ['shares', 'film', '', 'film', 'diet'];
  const response = await post(JSON.stringify({ input }));
  assert.deepEqual(await response.json(), { results: input.map(predictionOf) });
  assert.equal(predict.mock.callCount(), 1);
});

test('a list of one is answered with a list', async (t) => {
  const { post } = await listen(t);
  assert.deepEqual(await (await post('{"input": ["film"]}')).json(), { results: [predictionOf('film')] });
});

test('JSON is accepted with a charset', async (t) => {
  const { post } = await listen(t);
  for (const type of ['application/json;charset=utf-8', 'application/json; charset=UTF-8']) {
    assert.equal((await post('{"input": "bank"}', { 'content-type': type })).status, 200, type);
  }
});

test('other content types are answered with 415 and the form that is understood', async (t) => {
  const { post } = await listen(t);
  for (const type of ['text/plain', 'text/csv', 'application/jsonlines', 'nonsense']) {
    await assertError(await post('{"input": "bank"}', { 'content-type': type }), 415, /Send \{"input"/);
  }
  // Bytes, since fetch gives text a content type.
  await assertError(await post(Buffer.from('{"input": "bank"}'), {}), 415, /Send \{"input"/);
});

const unfit: readonly [string, RegExp][] = [
  ['', /body is empty/],
  ['{"input": "ba', /not valid JSON/],
  ['null', /"input" is missing/],
  ['["bank"]', /"input" is missing/],
  ['3', /"input" is missing/],
  ['"bank"', /"input" is missing/],
  ['{}', /"input" is missing/],
  ['{"inputs": "bank"}', /"input" is missing/],
  ['{"input": 3}', /neither text nor a list/],
  ['{"input": null}', /neither text nor a list/],
  ['{"input": {"length": 1, "0": "bank"}}', /neither text nor a list/],
  ['{"input": []}', /empty list/],
  ['{"input": ["bank", 3]}', /"input"\[1\] is not text/],
  ['{"input": [["bank"]]}', /"input"\[0\] is not text/],
  ['{"input": "bank", "__proto__": {}}', /__proto__/],
  ['{"__proto__": {"input": "bank"}}', /__proto__/],
];

for (const [body, reason] of unfit) {
  test(`the body ${body || '(none)'} is answered with 400 and the reason`, async (t) => {
    const { post } = await listen(t);
    const response = await post(body);
    await assertError(response.clone() as Response, 400, reason);
    await assertError(response, 400, /Send \{"input": "a headline"\}/);
  });
}

test('a body as large as the limit is accepted, one byte more is answered with 413', async (t) => {
  const { post } = await listen(t, { maxPayloadBytes: 1000 });
  assert.equal((await post(bodyOfSize(1000))).status, 200);
  await assertError(await post(bodyOfSize(1001)), 413, /larger than 1000 bytes/);
});

test('the limit holds for a chunked body, whose size nobody states', async (t) => {
  const { url } = await listen(t, { maxPayloadBytes: 1000 });
  const postChunks = (body: string) =>
    fetch(`${url}/invocations`, {
      method: 'POST',
      headers: json,
      body: ReadableStream.from([Buffer.from(body.slice(0, 900)), Buffer.from(body.slice(900))]),
      duplex: 'half',
    } as RequestInit);
  assert.equal((await postChunks(bodyOfSize(1000))).status, 200);
  await assertError(await postChunks(bodyOfSize(1001)), 413, /larger than 1000 bytes/);
});

test('without a limit given, 6,291,456 bytes are accepted, and the 413 of a far larger body arrives', async (t) => {
  const { post } = await listen(t);
  assert.equal((await post(bodyOfSize(6_291_456))).status, 200);
  await assertError(await post(bodyOfSize(6_291_457)), 413, /larger than 6291456 bytes/);
  await assertError(await post(bodyOfSize(30_000_000)), 413, /larger than 6291456 bytes/);
});

test('an unknown path or method is answered with a sentence that names what there is', async (t) => {
  const { url } = await listen(t);
  const wrong: readonly [string, string][] = [
    ['GET', '/'],
    ['GET', '/invocations'],
    ['PUT', '/invocations'],
    ['DELETE', '/ping'],
    ['GET', '/nonsense?input=bank'],
  ];
  for (const [method, path] of wrong) {
    await assertError(await fetch(url + path, { method }), 404, /GET \/ping and POST \/invocations/);
  }
});

test('an address that cannot be decoded is answered with a sentence', async (t) => {
  const { url } = await listen(t);
  await assertError(await fetch(`${url}/%zz`), 400, /%zz/);
});

test('a classifier that throws is answered with 500, its error in the log alone, and the next request as ever', async (t) => {
  const log = t.mock.method(console, 'error', () => {});
  const classifier = createClassifier((titles) => {
    if (titles.includes('break')) throw new TypeError('secret of the inside');
    return titles.map(predictionOf);
  });
  const { post } = await listen(t, { classifier });
  const response = await post('{"input": ["bank", "break"]}');
  assert.doesNotMatch(await (response.clone() as Response).text(), /secret|TypeError|\.js|\bat\b/);
  await assertError(response, 500, /^The prediction failed/);
  assert.match(String(log.mock.calls[0]?.arguments[0]), /secret of the inside/);
  assert.equal((await post('{"input": "bank"}')).status, 200);
});

test('closing answers the request in flight, and does not wait for the client to hang up', {
  timeout: 20_000,
}, async (t) => {
  const { server, url } = await listen(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const body = '{"input": "bank"}';
  const headers = { ...json, 'content-length': body.length };
  const inFlight = request(`${url}/invocations`, { method: 'POST', agent, headers });
  const answered = once(inFlight, 'response') as Promise<[IncomingMessage]>;
  inFlight.write(body.slice(0, 5));
  await once(server.app.server, 'request');

  const closed = server.app.close();
  await setTimeout(50);
  inFlight.end(body.slice(5));
  const [response] = await answered;
  response.resume();
  assert.equal(response.statusCode, 200);
  await closed;
});

test('/ping has its turn while a long list is predicted', async (t) => {
  let parts = 0;
  const slow = {
    predict: (titles: readonly string[]) => {
      parts += 1;
      return titles.map(() => ({ result: 'a', probabilities: { a: 1 } }));
    },
  };
  const server = createServer();
  t.after(() => server.app.close());
  server.use(slow as unknown as Classifier);
  const url = await server.app.listen({ port: 0, host: '127.0.0.1' });
  const body = JSON.stringify({ input: Array.from({ length: 200_000 }, () => 'x') });
  const headers = { 'content-type': 'application/json' };
  let answered = false;
  const list = fetch(`${url}/invocations`, { method: 'POST', headers, body }).then(async (response) => {
    answered = true;
    return (await response.json()) as { results: unknown[] };
  });
  let pings = 0;
  while (!answered) {
    assert.equal((await fetch(`${url}/ping`)).status, 200);
    if (parts > 0 && !answered) pings += 1;
  }
  assert.equal((await list).results.length, 200_000);
  assert.ok(pings > 0, 'no ping was answered between the parts');
});
