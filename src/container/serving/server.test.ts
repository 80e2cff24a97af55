import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Classifier, Prediction } from '../../model/training/classifier';
import type { Answered } from './invocation';
import { createServer, type Server, type ServerOptions } from './server';

type Headers = Record<string, string>;

const json: Headers = { 'content-type': 'application/json' };

function predictionOf(title: string): Prediction {
  const long = 1 - 1 / (title.length + 2);
  return { result: long > 0.9 ? 'long' : 'short', probabilities: { short: 1 - long, long } };
}

/** The model does not matter to the transport: this one tells the length of each title. */
function createClassifier(predict: Classifier['predict'] = (titles) => titles.map(predictionOf)): Classifier {
  return { predict, description: { labels: ['short', 'long'] } } as Classifier;
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
  t.after(() => server.close());
  if (classifier) server.use(classifier);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
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
  await assertError(await fetch(`${url}/ping`), 503, /still loading/);
  await assertError(await post('{"input": "bank"}'), 503, /still loading/);
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
  for (const type of [
    'text/plain',
    'application/json, text/csv',
    'application/json; charset=latin1',
    'nonsense',
  ]) {
    await assertError(await post('{"input": "bank"}', { 'content-type': type }), 415, /Send \{"input"/);
  }
  // Bytes, since fetch gives text a content type.
  await assertError(await post(Buffer.from('{"input": "bank"}'), {}), 415, /Send \{"input"/);
});

const invalid: readonly [string, RegExp][] = [
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
  ['{"__proto__": {"input": "bank"}}', /"input" is missing/],
  [`{"input": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /"input"\[0\] is not text/],
  [`{"input": 1${'0'.repeat(100_000)}}`, /neither text nor a list/],
];

for (const [body, reason] of invalid) {
  test(`the body ${body.slice(0, 50) || '(none)'} is answered with 400 and the reason`, async (t) => {
    const { post } = await listen(t);
    const response = await post(body);
    await assertError(response.clone() as Response, 400, reason);
    await assertError(response, 400, /Send \{"input": "a headline"\}/);
  });
}

test('of keys that stand twice the last one counts, and keys that are not known do not', async (t) => {
  const { post } = await listen(t);
  const response = await post(
    '{"input": "bank", "__proto__": {"input": 3}, "constructor": 1, "input": "banks"}',
  );
  assert.deepEqual(await response.json(), predictionOf('banks'));
});

test('lone surrogates get a prediction, invalid UTF-8 is rejected, a byte order mark is skipped', async (t) => {
  const { post } = await listen(t);
  assert.equal((await post(String.raw`{"input": "\ud800 and \udc00"}`)).status, 200);
  await assertError(await post(Buffer.from('{"input": "\xff"}', 'latin1')), 400, /not valid UTF-8/);
  assert.equal((await post('\ufeff{"input": "bank"}')).status, 200);
});

const inputs: readonly [string, string, string[]][] = [
  ['application/json', '{"input": ["bank", "a, b", ""]}', ['bank', 'a, b', '']],
  ['application/jsonlines', '{"input": "bank"}\n"a, b"\n\n{"input": ""}\n', ['bank', 'a, b', '']],
  ['text/csv', 'bank\r\n"a, b"\r\n""\r\n', ['bank', 'a, b', '']],
  ['text/csv; charset=utf-8', 'bank\nsays "so"\nfilm', ['bank', 'says "so"', 'film']],
  ['text/csv', 'id,Headline\n1,bank\n2,"a, ""b"""\n', ['bank', 'a, "b"']],
];

for (const [type, body, titles] of inputs) {
  test(`${type} ${JSON.stringify(body)} is read, and answered as Accept asks`, async (t) => {
    const { post } = await listen(t);
    const predictions = titles.map(predictionOf);
    const send = async (accept: string) => {
      const response = await post(body, { 'content-type': type, accept });
      assert.equal(response.status, 200);
      // Probabilities have zeros at their ends.
      const text = (await response.text()).replace(/(\.\d+?)0+(?!\d)/g, '$1');
      return [response.headers.get('content-type'), text] as const;
    };
    const lines = predictions.map(
      ({ result, probabilities: { short, long } }) => `${result},${short},${long}`,
    );
    const hasHeader = body.startsWith('id');
    const expected: Readonly<Record<string, string>> = {
      'application/json': JSON.stringify({ results: predictions }),
      'application/jsonlines': predictions.map((one) => `${JSON.stringify(one)}\n`).join(''),
      'text/csv': `${[...(hasHeader ? ['result,short,long'] : []), ...lines].join('\n')}\n`,
    };
    for (const [accept, text] of Object.entries(expected))
      assert.deepEqual(await send(accept), [accept, text]);
    const own = type.split(';')[0] as string;
    assert.deepEqual(await send('*/*'), [own, expected[own]]);
    assert.deepEqual(await send('text/html, application/jsonlines;q=0.9, text/csv;q=0.2'), [
      'application/jsonlines',
      expected['application/jsonlines'],
    ]);
  });
}

const unfitLines: readonly [string, string, RegExp][] = [
  [
    'application/jsonlines',
    '"bank"\n{"input": 3}\n',
    /In line 2 "input" is missing or is not text.*as application\/jsonlines/,
  ],
  ['application/jsonlines', '"bank"\n\n{"input": \n', /Line 3 is not valid JSON/],
  ['application/jsonlines', ' \n\n', /body is empty/],
  ['text/csv', 'bank\na, b\n', /Row 2 has 2 columns.*quotes around headlines with commas.*as text\/csv/],
  ['text/csv', 'id,headline\n', /a header line but no headlines/],
  ['text/csv', 'id,headline\n1,bank\n2\n', /Row 3 has 1 column, and the header line has 2/],
  ['text/csv', 'bank\n"a, b\n', /Row 2 is not valid CSV/],
];

for (const [type, body, reason] of unfitLines) {
  test(`${type} ${JSON.stringify(body)} is answered with 400 and the reason`, async (t) => {
    const { post } = await listen(t);
    await assertError(await post(body, { 'content-type': type }), 400, reason);
  });
}

test('a mistake far down in a long body is found, and named by its line', async (t) => {
  const { post } = await listen(t);
  const lines = Array.from({ length: 50_000 }, (_, row) => JSON.stringify(`headline, number "${row}"`));
  const jsonLines = [...lines, '3'].join('\n');
  await assertError(
    await post(jsonLines, { 'content-type': 'application/jsonlines' }),
    400,
    /In line 50001 /,
  );
  const csv = [...lines.map((line) => line.replaceAll('\\"', '""')), 'a,b'].join('\n');
  await assertError(await post(csv, { 'content-type': 'text/csv' }), 400, /Row 50001 has 2 columns/);
});

test('an Accept that cannot be met is answered with 406, a compressed body with 415', async (t) => {
  const { post } = await listen(t);
  const body = '{"input": "bank"}';
  await assertError(
    await post(body, { ...json, accept: 'text/html' }),
    406,
    /application\/json, application\/jsonlines, text\/csv/,
  );
  const gzipped = gzipSync(body);
  await assertError(
    await post(gzipped, { ...json, 'content-encoding': 'gzip' }),
    415,
    /without Content-Encoding/,
  );
  assert.equal((await post(body, { ...json, 'content-encoding': 'identity' })).status, 200);
});

test("SageMaker's own headers are tolerated, many and long", async (t) => {
  const { post } = await listen(t);
  const headers = {
    ...json,
    accept: '*/*',
    'x-amzn-sagemaker-custom-attributes': 'c='.repeat(500),
    'x-amzn-sagemaker-inference-id': 'id-1',
    'x-amzn-sagemaker-target-model': 'other.tar.gz',
  };
  assert.deepEqual(await (await post('{"input": "bank"}', headers)).json(), predictionOf('bank'));
});

test('/execution-parameters tells batch transform what fits into 100 MB', async (t) => {
  const { url } = await listen(t, { concurrency: 8, maxPayloadBytes: 100 * 1_048_576 });
  const answer = await fetch(`${url}/execution-parameters`);
  assert.deepEqual(await answer.json(), {
    MaxConcurrentTransforms: 8,
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: 12,
  });
});

/** Works for so long on each headline. */
function createSlow(milliseconds: number): Classifier {
  return createClassifier((titles) => {
    const end = performance.now() + milliseconds * titles.length;
    while (performance.now() < end);
    return titles.map(predictionOf);
  });
}

test('where what waits would take too long, a new request gets 503 with Retry-After at once, later 200', async (t) => {
  const { url, post } = await listen(t, { classifier: createSlow(2), waitSeconds: 0.5 });
  await post(JSON.stringify({ input: Array.from({ length: 100 }, () => 'bank') }));
  let isDone = false;
  const long = post(JSON.stringify({ input: Array.from({ length: 500 }, () => 'bank') })).finally(() => {
    isDone = true;
  });
  await setTimeout(100);
  const refused = await post('{"input": "bank"}');
  assert.equal(isDone, false);
  assert.ok(Number(refused.headers.get('retry-after')) >= 1);
  await assertError(refused, 503, /Retry this one after the Retry-After delay/);
  assert.equal((await fetch(`${url}/ping`)).status, 200);
  assert.equal((await long).status, 200);
  assert.equal((await post('{"input": "bank"}')).status, 200);
});

test('after the machine was suspended, the server accepts requests again', async (t) => {
  let stall = 0;
  const classifier = createClassifier((titles) => {
    const end = performance.now() + stall;
    while (performance.now() < end);
    return titles.map(predictionOf);
  });
  const { post } = await listen(t, { classifier, waitSeconds: 0.01 });
  const list = JSON.stringify({ input: Array.from({ length: 20_000 }, () => 'bank') });
  for (let round = 0; round < 5; round++) await post(list);
  stall = 500;
  assert.equal((await post('{"input": "bank"}')).status, 200);
  stall = 0;
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('{"input": "bank"}')));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});

test('bodies are held up to a limit, beyond which there is 503; a single one may exceed it', async (t) => {
  const { url, post } = await listen(t, { heldBytes: 100_000 });
  assert.equal((await post(bodyOfSize(1_000_000))).status, 200);
  const half = request(`${url}/invocations`, {
    method: 'POST',
    headers: { ...json, 'content-length': 90_001 },
  });
  half.on('error', () => {});
  half.write('a'.repeat(90_000));
  await setTimeout(100);
  await assertError(await post(bodyOfSize(50_000)), 503, /Retry-After/);
  half.destroy();
  await setTimeout(100);
  assert.equal((await post(bodyOfSize(50_000))).status, 200);
});

test('a request that its deadline finds waiting gets 503, one that does not arrive 408', async (t) => {
  const { url, post } = await listen(t, { classifier: createSlow(5), deadlineSeconds: 1 });
  const late = await post(JSON.stringify({ input: Array.from({ length: 1000 }, () => 'bank') }));
  await assertError(late, 503, /too late. Send fewer headlines/);
  const half = request(`${url}/invocations`, { method: 'POST', headers: { ...json, 'content-length': 100 } });
  half.on('error', () => {});
  half.write('{"in');
  const [response] = (await once(half, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 408);
  assert.match(JSON.parse(await text(response)).error, /did not arrive in time/);
});

test('a short request does not wait for the end of a long one', async (t) => {
  const { post } = await listen(t, { classifier: createSlow(1) });
  let isDone = false;
  const long = post(JSON.stringify({ input: Array.from({ length: 500 }, () => 'bank') })).then((response) => {
    isDone = true;
    return response;
  });
  await setTimeout(50);
  assert.equal((await post('{"input": "bank"}')).status, 200);
  assert.equal(isDone, false);
  assert.equal((await long).status, 200);
});

test('what a client that has gone had asked for is not predicted to the end', async (t) => {
  const slow = createSlow(1);
  const predict = t.mock.fn(slow.predict);
  const { url, post } = await listen(t, { classifier: createClassifier(predict) });
  const gone = request(`${url}/invocations`, { method: 'POST', headers: json });
  gone.on('error', () => {});
  gone.end(JSON.stringify({ input: Array.from({ length: 3000 }, () => 'gone') }));
  await setTimeout(200);
  gone.destroy();
  await setTimeout(100);
  assert.equal((await post('{"input": "bank"}')).status, 200);
  const predicted = predict.mock.calls.reduce((sum, { arguments: [titles] }) => sum + titles.length, 0);
  assert.ok(predicted < 2000, `${predicted} headlines were predicted`);
});

test('a body as large as the limit is accepted, one byte more is answered with 413', async (t) => {
  const { post } = await listen(t, { maxPayloadBytes: 1000 });
  assert.equal((await post(bodyOfSize(1000))).status, 200);
  await assertError(await post(bodyOfSize(1001)), 413, /larger than 1000 bytes/);
});

test('the limit applies to a chunked body, which states no size', async (t) => {
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

test('the error for an unknown path or method lists the known ones', async (t) => {
  const { url } = await listen(t);
  const wrong: readonly [string, string, number][] = [
    ['GET', '/', 404],
    ['GET', '/invocations', 405],
    ['PUT', '/invocations', 405],
    ['DELETE', '/ping', 405],
    ['GET', '/nonsense?input=bank', 404],
    ['GET', '/%zz', 404],
    ['GET', '/__proto__', 404],
    ['GET', '/metrics', 404],
  ];
  for (const [method, path, status] of wrong) {
    await assertError(await fetch(url + path, { method }), status, /GET \/ping, POST \/invocations/);
  }
});

test('a classifier that throws is answered with 500, its error in the log alone, and the next request as ever', async (t) => {
  const told: Answered[] = [];
  const classifier = createClassifier((titles) => {
    if (titles.includes('break')) throw new TypeError('secret of the inside');
    return titles.map(predictionOf);
  });
  const { post } = await listen(t, { classifier, onAnswered: (answered) => told.push(answered) });
  const response = await post('{"input": ["bank", "break"]}');
  assert.doesNotMatch(await (response.clone() as Response).text(), /secret|TypeError|\.js|\bat\b/);
  await assertError(response, 500, /^The prediction failed/);
  assert.match(String(told[0]?.error), /secret of the inside/);
  assert.equal((await post('{"input": "bank"}')).status, 200);
});

test('a model that returns fewer or more predictions than headlines gets 500, and the next request its answer', async (t) => {
  const told: Answered[] = [];
  const predict = (titles: readonly string[]) => {
    if (titles.includes('less')) return titles.slice(1).map(predictionOf);
    return [...titles, ...titles.filter((title) => title === 'more')].map(predictionOf);
  };
  const classifier = createClassifier(predict);
  const { post } = await listen(t, { classifier, onAnswered: (answered) => told.push(answered) });
  for (const [input, count] of [
    [['less'], 0],
    [['a', 'less'], 1],
    [['a', 'more'], 3],
  ] as const) {
    await assertError(await post(JSON.stringify({ input })), 500, /^The prediction failed/);
    const sentence = `The model returned ${count} predictions for ${input.length} headlines`;
    assert.match(String(told.at(-1)?.error), new RegExp(sentence));
  }
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
  await setTimeout(50);

  const closed = server.close();
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
    description: { labels: ['a'] },
  };
  const server = createServer();
  t.after(() => server.close());
  server.use(slow as unknown as Classifier);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
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

test('an error in /metrics, at once or late, gets 500 and is reported; the server keeps running', async (t) => {
  const told: unknown[] = [];
  const failures = [() => Promise.reject(new Error('late secret')), () => toss('secret at once')];
  const metrics = { contentType: 'text/plain', text: () => (failures.shift() ?? (async () => 'fine'))() };
  const { url } = await listen(t, { metrics, onError: (error) => told.push(error) });
  for (let round = 0; round < 2; round++)
    await assertError(await fetch(`${url}/metrics`), 500, /^The server failed/);
  assert.deepEqual(told.map(String), ['Error: late secret', 'Error: secret at once']);
  assert.equal(await (await fetch(`${url}/metrics`)).text(), 'fine');
  assert.equal((await fetch(`${url}/ping`)).status, 200);
});

function toss(message: string): never {
  throw new Error(message);
}

test('an error in what is told of invocations, or in writing an answer, fails no other request', async (t) => {
  const told: unknown[] = [];
  const labelless = createClassifier((titles) =>
    titles.map((title) => (title === 'odd' ? { result: 'short', probabilities: {} } : predictionOf(title))),
  );
  const onAnswered = () => toss('the log is broken');
  const { post } = await listen(t, {
    classifier: labelless,
    onAnswered,
    onError: (error) => told.push(error),
  });
  assert.equal((await post('{"input": "bank"}')).status, 200);
  await assertError(await post('{"input": "odd"}'), 500, /^The prediction failed/);
  await assertError(await post('{"input": 3}'), 400, /neither text nor a list/);
  assert.deepEqual(new Set(told.map(String)), new Set(['Error: the log is broken']));
});

test('targets in absolute form, with a slash at the end or a query, are the same', async (t) => {
  const { url } = await listen(t);
  const { port } = new URL(url);
  const send = async (method: string, path: string, body = '') => {
    const sent = request({ port, method, path, headers: json }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode, text: await text(response), allow: response.headers.allow };
  };
  for (const path of [
    '/invocations/',
    '/invocations?a=b',
    'http://any:1/invocations',
    'HTTPS://any/invocations/?a',
  ]) {
    const { status, text } = await send('POST', path, '{"input": "bank"}');
    assert.deepEqual([status, JSON.parse(text)], [200, predictionOf('bank')], path);
  }
  assert.equal((await send('GET', 'http://any/ping/')).status, 200);
  assert.equal((await send('GET', 'http://any')).status, 404);
  assert.equal((await send('GET', '/invocations/more')).status, 404);
  assert.deepEqual(await send('OPTIONS', '/invocations'), { status: 204, text: '', allow: 'POST, OPTIONS' });
  assert.deepEqual(await send('OPTIONS', '*'), { status: 204, text: '', allow: 'GET, HEAD, POST, OPTIONS' });
  assert.deepEqual(await send('HEAD', '/ping'), { status: 200, text: '', allow: undefined });
  assert.equal((await send('HEAD', '/invocations')).allow, 'POST, OPTIONS');
  assert.equal((await send('DELETE', '/ping')).allow, 'GET, HEAD, OPTIONS');
});

test('several Accept lines are one list, and an answer has the name of the type that was asked for', async (t) => {
  const { url } = await listen(t);
  const send = async (accept: string[], type = 'application/json') => {
    const sent = request(`${url}/invocations`, { method: 'POST', headers: { 'content-type': type, accept } });
    const [response] = (await once(sent.end('{"input": "bank"}'), 'response')) as [IncomingMessage];
    await text(response);
    return response.headers['content-type'];
  };
  assert.equal(await send(['text/html', 'text/csv']), 'text/csv');
  assert.equal(await send(['text/html;q=0.9', 'application/json; charset=utf-8']), 'application/json');
  assert.equal(await send(['application/jsonl']), 'application/jsonl');
  assert.equal(await send(['*/*'], 'application/x-ndjson'), 'application/x-ndjson');
});

test('an empty or blank headline is answered in every format', async (t) => {
  const { post } = await listen(t);
  const empty: readonly [string, string, number][] = [
    ['application/json', '{"input": ""}', 1],
    ['application/json', '{"input": ["a", "", " "]}', 3],
    ['application/jsonlines', '"a"\n{"input": ""}\n" "\n', 3],
    ['text/csv', 'a\n\n \n', 3],
    ['text/csv', 'headline\na\n""\n \n', 3],
  ];
  for (const [type, body, count] of empty) {
    const answer = await (await post(body, { 'content-type': type, accept: 'application/jsonlines' })).text();
    assert.equal(answer.trimEnd().split('\n').length, count, body);
  }
});

test('the header line of CSV is known by the name of the column that the model was trained on', async (t) => {
  const description = { labels: ['short', 'long'], hyperparameters: { text_column: 'Message' } };
  const classifier = { ...createClassifier(), description } as unknown as Classifier;
  const { post } = await listen(t, { classifier });
  const send = async (type: string, body: string) =>
    (await (await post(body, { 'content-type': type })).text()).trimEnd().split('\n').length;
  assert.equal(await send('text/csv', 'id,message\n1,bank\n'), 2);
  assert.equal(await send('text/csv; header=absent', 'message\nbank\n'), 2);
  assert.equal(await send('text/csv; header=present', 'anything\nbank\n'), 2);
});
