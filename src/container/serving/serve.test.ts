// The real container/serve as a child process, over model artifacts that a real training step has made.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ping, invoke as post } from '../../image/check/request';
import { saveArtifact } from '../../model/artifact';
import type { Prediction } from '../../model/training/classifier';
import { briefSeconds, fetchWithin } from '../../platform/fetchWithin';
import { createPredictor } from '../../session/contract/predictor';
import {
  eventually,
  findFreePort,
  type Program,
  startProgram,
  temporaryFolder,
  trainOnCorpus,
} from '../../testing/folders';

const program = join(__dirname, '..', '..', '..', 'container', 'serve');
const limits = { timeout: 60_000 };

/** Once for all tests: it is saved anew for each. */
const trained = trainOnCorpus();

interface Serving extends Program {
  url: string;
  model: string;
}

/** Starts the program over a fresh artifact, which `prepare` may change first. */
async function start(
  t: TestContext,
  environment: Record<string, string> = {},
  prepare: (model: string) => Promise<unknown> = async () => {},
): Promise<Serving> {
  const base = await temporaryFolder(t);
  const model = join(base, 'model');
  await saveArtifact(await trained, model);
  await prepare(model);
  const port = String(await findFreePort());
  const settings = { SAGEMAKER_BASE_DIR: base, SAGEMAKER_BIND_TO_PORT: port, ...environment };
  const serving = startProgram(t, [program], { environment: settings });
  return { ...serving, model, url: `http://127.0.0.1:${port}` };
}

function countChildren(pid?: number): number {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).length;
}

async function startHealthy(...given: Parameters<typeof start>): Promise<Serving> {
  const serving = await start(...given);
  await serving.until(/The model is loaded/);
  return serving;
}

async function invoke({ url }: Serving, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return await fetch(`${url}/invocations`, { method: 'POST', headers, body });
}

async function pingStatus(url: string): Promise<number | 'no answer'> {
  return await fetchWithin(briefSeconds, `${url}/ping`).then(
    ({ status }) => status,
    () => 'no answer' as const,
  );
}

/** Checks that the program ends with exit code 1 and a sentence, and that /ping has never answered 200 until then. */
async function assertRefuses(serving: Serving, pattern: RegExp): Promise<void> {
  const statuses = new Set<unknown>();
  let code: unknown;
  void serving.ended.then((ended) => {
    code = ended;
  });
  await eventually(async () => {
    statuses.add(await pingStatus(serving.url));
    return code !== undefined;
  });
  assert.equal(code, 1, serving.output());
  assert.ok(!statuses.has(200), '/ping answered 200');
  assert.match(serving.output(), pattern);
  assert.doesNotMatch(serving.output(), /^\s+at |\.js:\d|^\w*Error:/m);
}

test(
  'a trained artifact is served: healthy, and predicting what the classifier predicts',
  limits,
  async (t) => {
    const serving = await startHealthy(t);
    assert.equal(await pingStatus(serving.url), 200);
    const [first, second] = (await trained).predict(['film singer drama', 'bank profit']);
    const body = JSON.stringify({ input: ['film singer drama', 'bank profit'] });
    const { results, model } = (await (await invoke(serving, body)).json()) as {
      results: Prediction[];
      model: string;
    };
    assert.deepEqual(results, [first, second]);
    const description = await readFile(join(serving.model, 'classifier.json'));
    assert.equal(model, createHash('sha256').update(description).digest('hex').slice(0, 16));
    assert.deepEqual([first?.result, second?.result], ['Entertainment', 'Business']);
    const [single] = (await trained).predict(['bank profit']);
    assert.deepEqual(await (await invoke(serving, '{"input": "bank profit"}')).json(), { ...single, model });
  },
);

test('the model is loaded once: it answers still when its files are gone', limits, async (t) => {
  const serving = await startHealthy(t);
  await rm(serving.model, { recursive: true });
  for (let round = 0; round < 3; round++) {
    assert.equal(await pingStatus(serving.url), 200);
    assert.equal((await invoke(serving, '{"input": "bank"}')).status, 200);
  }
  assert.equal(serving.output().match(/model is loaded/g)?.length, 1);
});

test('a model folder that may only be read is enough, and is left as it was', limits, async (t) => {
  const state = async (model: string) => {
    const names = ['.', ...(await readdir(model))];
    return await Promise.all(names.map(async (name) => [name, (await stat(join(model, name))).mtimeMs]));
  };
  let before: unknown;
  const serving = await startHealthy(t, {}, async (model) => {
    await chmod(model, 0o555);
    before = await state(model);
  });
  try {
    assert.equal((await invoke(serving, '{"input": "bank"}')).status, 200);
    assert.deepEqual(await state(serving.model), before);
  } finally {
    await chmod(serving.model, 0o755);
  }
});

test(
  'SIGTERM, even twice, lets the request in flight finish, takes no new one and exits with 0',
  limits,
  async (t) => {
    const serving = await startHealthy(t);
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const body = '{"input": "bank profit"}';
    const headers = {
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    };
    const inFlight = request(`${serving.url}/invocations`, { method: 'POST', agent, headers });
    const answered = once(inFlight, 'response') as Promise<[IncomingMessage]>;
    inFlight.flushHeaders();
    // From here on the server knows of the request.
    await once(inFlight, 'continue');

    serving.child.kill('SIGTERM');
    await eventually(async () => (await pingStatus(serving.url)) === 'no answer');
    serving.child.kill('SIGTERM');
    await setTimeout(100);
    inFlight.end(body);
    const [response] = await answered;
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.equal(await serving.ended, 0, serving.output());
  },
);

const damages: readonly [(model: string) => Promise<unknown>, RegExp][] = [
  [(model) => truncate(join(model, 'weights.bin'), 100), /model artifact cannot be used: .*weights\.bin/],
  [(model) => rm(join(model, 'weights.bin')), /weights\.bin: it is missing/],
  [(model) => writeFile(join(model, 'classifier.json'), '{'), /classifier\.json: it is not JSON/],
  [(model) => rm(model, { recursive: true }), /classifier\.json: it is missing/],
  [(model) => changeManifest(model, { format: 99 }), /classifier\.json: it has format 99/],
  [(model) => changeWeights(model, () => Number.NaN), /weights\.bin: number 0 of \S+ is NaN/],
  [(model) => changeWeights(model, () => 1e38), /add up to NaN instead of 1/],
  [
    (model) =>
      changeTensors(model, ([first, ...rest]) => [{ ...first, shape: first?.shape?.toReversed() }, ...rest]),
    /do not have the shapes that are needed/,
  ],
  [
    (model) => changeTensors(model, ([first, ...rest]) => [{ ...first, name: '../../etc/passwd' }, ...rest]),
    /do not have the shapes that are needed/,
  ],
  [
    async (model) => {
      const vocabulary = Array.from({ length: 10_000_000 }, (_, index) => index.toString(36));
      await changeManifest(model, { vocabulary });
    },
    /classifier\.json: it has \d+ bytes, and at most 67108864 are read/,
  ],
  [
    async (model) => {
      const file = join(model, 'weights.bin');
      await rm(file);
      await symlink('/dev/zero', file);
    },
    /weights\.bin: it is not a file/,
  ],
];

interface Manifest {
  weights: { tensors: { name?: string; shape?: number[] | undefined }[]; sha256: string };
}

async function changeManifest(model: string, changed: object): Promise<void> {
  const file = join(model, 'classifier.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...manifest, ...changed }));
}

async function changeTensors(
  model: string,
  change: (tensors: Manifest['weights']['tensors']) => Manifest['weights']['tensors'],
): Promise<void> {
  const { weights } = JSON.parse(await readFile(join(model, 'classifier.json'), 'utf8')) as Manifest;
  await changeManifest(model, { weights: { ...weights, tensors: change(weights.tensors) } });
}

/** With a checksum that fits, as who changes them on purpose would give it. */
async function changeWeights(model: string, change: (weight: number) => number): Promise<void> {
  const file = join(model, 'weights.bin');
  const values = new Float32Array(new Uint8Array(await readFile(file)).buffer).map(change);
  await writeFile(file, values);
  const { weights } = JSON.parse(await readFile(join(model, 'classifier.json'), 'utf8')) as Manifest;
  const sha256 = createHash('sha256').update(values).digest('hex');
  await changeManifest(model, { weights: { ...weights, sha256 } });
}

test('an artifact that cannot be used: exit code 1 with a sentence, and never healthy', limits, async (t) => {
  for (const [damage, pattern] of damages) await assertRefuses(await start(t, {}, damage), pattern);
});

test('a port in use: exit code 1 with a sentence that names it', limits, async (t) => {
  const other = createServer((socket) => socket.destroy()).listen(0);
  t.after(() => other.close());
  await once(other, 'listening');
  const port = String((other.address() as { port: number }).port);
  await assertRefuses(await start(t, { SAGEMAKER_BIND_TO_PORT: port }), new RegExp(`Port ${port} is in use`));
});

for (const [name, values] of [
  ['SAGEMAKER_BIND_TO_PORT', ['http', '0', '65536', '80.5', '-1']],
  ['SAGEMAKER_MAX_PAYLOAD_IN_MB', ['6 MB', '101', '-1', '0.5']],
] as const) {
  test(`${name} that is not a whole number in its range: exit code 1 with an error`, limits, async (t) => {
    const refusals = values.map(async (value) => {
      const expected = new RegExp(`^${name} is "${value}"; expected a whole number from`, 'm');
      await assertRefuses(await start(t, { [name]: value }), expected);
    });
    await Promise.all(refusals);
  });
}

test('SAGEMAKER_MAX_PAYLOAD_IN_MB=1 accepts a mebibyte and answers more with 413', limits, async (t) => {
  const serving = await startHealthy(t, { SAGEMAKER_MAX_PAYLOAD_IN_MB: '1' });
  const bodyOfSize = (bytes: number) => JSON.stringify({ input: 'a'.repeat(bytes - '{"input":""}'.length) });
  assert.equal((await invoke(serving, bodyOfSize(1024 * 1024))).status, 200);
  const response = await invoke(serving, bodyOfSize(1024 * 1024 + 1));
  assert.equal(response.status, 413);
  assert.match(((await response.json()) as { error: string }).error, /larger than 1048576 bytes/);
});

test('SAGEMAKER_MAX_PAYLOAD_IN_MB=0 accepts what is larger than the usual limit', limits, async (t) => {
  const serving = await startHealthy(t, { SAGEMAKER_MAX_PAYLOAD_IN_MB: '0' });
  const response = await invoke(serving, JSON.stringify({ input: 'a '.repeat(4_000_000) }));
  assert.equal(response.status, 200);
});

test('serve answers with an mlp without ever loading TensorFlow', limits, async (t) => {
  const guard = join(await temporaryFolder(t), 'guard.js');
  await writeFile(
    guard,
    `const { _load } = require('node:module');
     require('node:module')._load = function (name, ...rest) {
       if (name.startsWith('@tensorflow/')) console.log('Loads ' + name);
       return _load.call(this, name, ...rest);
     };`,
  );
  const environment = { NODE_OPTIONS: `--require ${JSON.stringify(guard)}` };
  const serving = await startHealthy(t, environment);
  assert.equal((await invoke(serving, '{"input": "Bank shares rise"}')).status, 200);
  assert.doesNotMatch(serving.output(), /Loads/);

  const useTensorflow = `require(${JSON.stringify(join(__dirname, '..', '..', 'model', 'networks', 'tensorflow'))}).tensorflow()`;
  const proof = startProgram(t, [process.execPath, '-e', useTensorflow], { environment });
  await proof.until(/Loads @tensorflow\/tfjs-node/);
});

test(
  'each line of the log is JSON: failures with the request’s id and without the headline',
  limits,
  async (t) => {
    const serving = await startHealthy(t);
    const ids = { 'x-amzn-sagemaker-inference-id': 'mine-1', 'content-type': 'application/json' };
    const body = JSON.stringify({ input: ['secret headline', 3] });
    await fetch(`${serving.url}/invocations`, { method: 'POST', headers: ids, body });
    await invoke(serving, '{"input": "secret headline"}');
    await serving.until(/mine-1/);
    const lines = serving
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const failures = lines.filter(({ status }) => status !== undefined);
    assert.deepEqual(
      failures.map(({ level, requestId, status, bytes }) => ({ level, requestId, status, bytes })),
      [{ level: 'warn', requestId: 'mine-1', status: 400, bytes: Buffer.byteLength(body) }],
    );
    assert.doesNotMatch(serving.output(), /secret/);
  },
);

for (const [detail, pattern] of [
  ['requests', /^(?!.*secret).*"requestId":"mine-2","status":200,"headlines":1/m],
  ['headlines', /"requestId":"mine-2","status":200.*"titles":\["secret headline"\]/],
] as const) {
  test(`SERVING_LOG=${detail} logs each invocation`, limits, async (t) => {
    const serving = await startHealthy(t, { SERVING_LOG: detail });
    const headers = { 'x-amzn-requestid': 'mine-2', 'content-type': 'application/json' };
    const body = '{"input": "secret headline"}';
    await fetch(`${serving.url}/invocations`, { method: 'POST', headers, body });
    await serving.until(pattern);
  });
}

test('SERVING_METRICS=on counts answers and headlines, and how long they took', limits, async (t) => {
  const serving = await startHealthy(t, { SERVING_METRICS: 'on' });
  await invoke(serving, '{"input": ["bank", "film"]}');
  await invoke(serving, '{}');
  const response = await fetch(`${serving.url}/metrics`);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0.0.4/);
  const text = await response.text();
  for (const line of [
    'invocations_total{status="200"} 1',
    'invocations_total{status="400"} 1',
    'headlines_total 2',
    'invocation_seconds_count 2',
    'invocations_waiting 0',
  ]) {
    assert.ok(text.includes(`\n${line}\n`), `${line} is missing in ${text}`);
  }
});

test('an unknown value of a setting: exit code 1 with an error', limits, async (t) => {
  await assertRefuses(
    await start(t, { SERVING_LOG: 'all' }),
    /^SERVING_LOG is "all"; expected one of errors, /m,
  );
  await assertRefuses(
    await start(t, { SERVING_METRICS: '1' }),
    /^SERVING_METRICS is "1"; expected one of on, off/m,
  );
});

test(
  'SIGTERM under load: whatever was connected is answered, and the process ends with 0',
  limits,
  async (t) => {
    const serving = await startHealthy(t);
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const outcomes: string[] = [];
    const ask = () =>
      new Promise<string>((resolve) => {
        const headers = { 'content-type': 'application/json' };
        const asked = request(`${serving.url}/invocations`, { method: 'POST', agent, headers });
        asked.on('response', (response) =>
          response.resume().on('end', () => resolve(String(response.statusCode))),
        );
        // A new connection that the system has not handed to the server before this closed its door is nobody's.
        asked.on('error', (error) => {
          const { code = '' } = error as NodeJS.ErrnoException;
          resolve(code === 'ECONNRESET' && !asked.reusedSocket ? 'ECONNREFUSED' : code);
        });
        asked.end('{"input": "bank profit"}');
      });
    const client = async () => {
      let last: string;
      do {
        last = await ask();
        outcomes.push(last);
      } while (last === '200');
    };
    const clients = Promise.all(Array.from({ length: 16 }, client));
    await eventually(() => outcomes.length > 200);
    serving.child.kill('SIGTERM');
    await clients;
    assert.deepEqual([...new Set(outcomes)].sort(), ['200', 'ECONNREFUSED']);
    assert.equal(await serving.ended, 0, serving.output());
  },
);

test(
  'of two workers one is killed: the other answers, and it comes back; SIGTERM ends all',
  limits,
  async (t) => {
    const serving = await start(t, { SAGEMAKER_MODEL_SERVER_WORKERS: '2' });
    const children = () =>
      readFileSync(`/proc/${serving.child.pid}/task/${serving.child.pid}/children`, 'utf8').trim().split(' ');
    await eventually(() => serving.output().match(/model is loaded/g)?.length === 2);
    const [first = '', second = ''] = children();
    process.kill(Number(first), 'SIGKILL');
    // Each over a connection of its own; one that was on its way to the worker in that moment has no answer.
    const ask = async () => (await post(serving.url, 'application/json', '{"input": "bank"}'))?.status;
    await eventually(async () => (await ask()) === 200);
    for (let round = 0; round < 20; round++) assert.equal(await ask(), 200);
    await eventually(() => serving.output().match(/model is loaded/g)?.length === 3);
    assert.equal(children().length, 2);
    assert.ok(children().includes(second) && !children().includes(first));
    serving.child.kill('SIGTERM');
    assert.equal(await serving.ended, 0, serving.output());
    await eventually(async () => (await ping(serving.url)) === undefined);
  },
);

test(
  'in a batch transform each processor has a worker, and each answer ends its connection',
  limits,
  async (t) => {
    const serving = await start(t, { SAGEMAKER_BATCH: 'true' });
    const processors = availableParallelism();
    await eventually(() => serving.output().match(/model is loaded/g)?.length === processors);
    const answer = await invoke(serving, '{"input": "bank"}');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('connection'), processors > 1 ? 'close' : 'keep-alive');
    const parameters = await (await fetch(`${serving.url}/execution-parameters`)).json();
    assert.deepEqual(parameters, {
      MaxConcurrentTransforms: 2 * processors,
      BatchStrategy: 'MULTI_RECORD',
      MaxPayloadInMB: 1,
    });
  },
);

test(
  'SIGTTIN adds a worker and SIGTTOU takes one away, but never the last; requests are answered meanwhile',
  limits,
  async (t) => {
    const serving = await start(t, { SAGEMAKER_MODEL_SERVER_WORKERS: '2' });
    const count = () => countChildren(serving.child.pid);
    await eventually(() => serving.output().match(/model is loaded/g)?.length === 2);
    serving.child.kill('SIGTTIN');
    await eventually(() => serving.output().match(/model is loaded/g)?.length === 3);
    assert.equal(count(), 3);
    for (const left of [2, 1, 1]) {
      serving.child.kill('SIGTTOU');
      // As a client of SageMaker does, the predictor asks again on a connection that the server closes while idle.
      const { predict } = createPredictor(serving.url);
      const answers = await Promise.all(Array.from({ length: 20 }, () => predict('bank')));
      for (const { result } of answers) assert.ok(result);
      await eventually(() => count() === left);
    }
    assert.ok((await createPredictor(serving.url).predict('bank')).result);
    serving.child.kill('SIGTERM');
    assert.equal(await serving.ended, 0, serving.output());
  },
);

test('SIGTTIN and SIGTTOU do nothing to a single process', limits, async (t) => {
  const serving = await startHealthy(t);
  for (const signal of ['SIGTTIN', 'SIGTTOU'] as const) {
    serving.child.kill(signal);
    assert.equal(await pingStatus(serving.url), 200, signal);
  }
  serving.child.kill('SIGTERM');
  assert.equal(await serving.ended, 0);
});

test('SIGTTOU ends workers that still load before the one that answers', limits, async (t) => {
  const hold = join(await temporaryFolder(t), 'hold.cjs');
  // The third worker is the only one that ever loads its model.
  await writeFile(hold, `if (['1', '2'].includes(process.env.NODE_UNIQUE_ID)) while (true) {}`);
  const serving = await start(t, {
    SAGEMAKER_MODEL_SERVER_WORKERS: '3',
    NODE_OPTIONS: `--require="${hold}"`,
  });
  await serving.until(/The model is loaded/);
  const { pid } = serving.child;
  for (const left of [2, 1]) {
    serving.child.kill('SIGTTOU');
    await serving.until(new RegExp(`"message":"Workers: ${left}"`));
    await eventually(() => countChildren(pid) === left);
  }
  assert.equal((await invoke(serving, '{"input": "bank"}')).status, 200);
});

test('of two workers none can load the artifact: exit code 1 with a sentence', limits, async (t) => {
  const workers = { SAGEMAKER_MODEL_SERVER_WORKERS: '2' };
  const damage = (model: string) => rm(join(model, 'weights.bin'));
  await assertRefuses(await start(t, workers, damage), /weights\.bin: it is missing/);
});

test(
  'the log keeps nothing of the texts in requests, good or bad, unless it is asked to',
  limits,
  async (t) => {
    const serving = await startHealthy(t, { SERVING_LOG: 'requests' });
    const secret = 'Zanzibar';
    const requests: readonly [string, string][] = [
      ['application/json', `{"input": "${secret}"}`],
      ['application/json', `{"input": "${secret}`],
      ['application/json', `{"${secret}": 1}`],
      ['application/json', `{"input": ["a", {"${secret}": 1}]}`],
      ['application/jsonlines', `"a"\n${secret}\n`],
      ['text/csv', `a\n${secret}, and "more\n`],
      ['text/csv', `a\n"${secret}\n`],
      ['text/csv; header=present', `${secret},b\nc,d\n`],
      [`text/${secret}`, 'a'],
      [`text/csv; header=${secret}`, 'a'],
    ];
    for (const [type, body] of requests) {
      await fetch(`${serving.url}/invocations?${secret}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
    }
    await eventually(() => serving.output().split('"message":"invocation"').length > requests.length);
    assert.doesNotMatch(serving.output(), new RegExp(secret, 'i'));
  },
);
