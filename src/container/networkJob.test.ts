// Training jobs with a network in the channel `code`: the real container/train and container/serve as child processes.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { loadArtifact } from '../model/artifact';
import { contentHash } from '../platform/contentHash';
import { projectFolder } from '../platform/paths';
import { openSession } from '../session/open';
import {
  createCorpus,
  eventually,
  findFreePort,
  type Program,
  startProgram,
  temporaryFolder,
  writeTopicVectors,
} from '../testing/folders';

const network = `
exports.hyperparameters = { units: 4, activation: 'relu' };
exports.default = ({ tf, embedding, labels, hyperparameters }) =>
  tf.sequential({ layers: [
    embedding(),
    tf.layers.flatten(),
    tf.layers.dense({ ...hyperparameters, name: 'middle' }),
    tf.layers.dense({ units: labels.length, activation: 'softmax' }),
  ] });`;

interface Input {
  /** The files of the channel code. @default no channel */
  code?: Readonly<Record<string, string>>;
  hyperparameters?: Readonly<Record<string, string>>;
  /** Whether there are rows. @default true */
  hasRows?: boolean;
}

async function layOut(t: TestContext, { code = {}, hyperparameters = {}, hasRows = true }: Input) {
  const base = join(await temporaryFolder(t), 'ml');
  const channel = (...names: string[]) => join(base, 'input', 'data', ...names);
  const files = Object.entries(code).map(([name, text]) => [channel('code', name), text] as const);
  const given = join(base, 'input', 'config', 'hyperparameters.json');
  for (const [path, text] of [...files, [given, JSON.stringify(hyperparameters)] as const]) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  if (hasRows) {
    await mkdir(channel('training'), { recursive: true });
    await writeHeadlines(channel('training', 'headlines.tsv'), createCorpus());
  }
  await writeTopicVectors(channel('embeddings'));
  return base;
}

function start(t: TestContext, program: 'train' | 'serve', base: string, port = 0): Program {
  const environment = { SAGEMAKER_BASE_DIR: base, ...(port > 0 && { SAGEMAKER_BIND_TO_PORT: String(port) }) };
  return startProgram(t, [join(projectFolder, 'container', program)], { environment });
}

async function complete(t: TestContext, input: Input): Promise<{ base: string; log: string }> {
  const base = await layOut(t, input);
  const job = start(t, 'train', base);
  assert.equal(await job.ended, 0, job.output());
  return { base, log: job.output() };
}

test('a job trains the network of its channel code, which the artifact describes', async (t) => {
  const { base, log } = await complete(t, {
    code: { 'network.js': network, 'source.ts': 'as written' },
    hyperparameters: { epochs: '"1"', units: '"3"', activation: '"tanh"', optimizer: 'adam' },
  });
  assert.match(
    log,
    /^Hyperparameters: .*"architecture":"own".*"optimizer":"adam".*"units":3,"activation":"tanh"/m,
  );
  const artifact = await loadArtifact(join(base, 'model'));
  const { architecture, hyperparameters, origin, source } = artifact.description;
  assert.deepEqual(
    [architecture, hyperparameters.units, hyperparameters.activation, source],
    ['own', 3, 'tanh', 'as written'],
  );
  assert.equal(origin?.data.code, await contentHash(join(base, 'input', 'data', 'code')));
  const middle = artifact.weights.find(({ name }) => name === 'middle/bias');
  assert.deepEqual(middle?.shape, [3]);
});

test('no code of a user runs when a model is loaded, served or checked', async (t) => {
  const marks = await temporaryFolder(t);
  const [loaded, made] = ['loaded', 'made'].map((name) => join(marks, name)) as [string, string];
  const mark = (path: string) => `require('node:fs').writeFileSync(${JSON.stringify(path)}, '');`;
  const code = network.replace('=>', `=> (() => {${mark(made)}})() ||`);
  const { base } = await complete(t, {
    code: { 'network.js': `${mark(loaded)}${code}` },
    hyperparameters: { epochs: '1' },
  });
  assert.deepEqual([loaded, made].map(existsSync), [true, true]);
  for (const path of [loaded, made]) await rm(path);

  const [prediction] = (await loadArtifact(join(base, 'model'))).predict(['bank']);
  const port = await findFreePort();
  const server = start(t, 'serve', base, port);
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/ping`).catch(() => undefined))?.ok === true);
  const answer = await fetch(`${url}/invocations`, {
    method: 'POST',
    body: '{"input": "bank"}',
    headers: { 'content-type': 'application/json' },
  });
  assert.match(await answer.text(), new RegExp(`"${prediction?.result}"`), server.output());
  await openSession({ kind: 'process' }).preflight();
  assert.deepEqual([loaded, made].map(existsSync), [false, false]);
});

for (const [what, input, pattern] of [
  [
    'a fault, before it reads rows',
    { code: { 'network.js': 'null.name;' }, hasRows: false },
    /^Your network \(at “null.name;”\): Cannot read properties of null/,
  ],
  [
    'no module',
    { code: { 'other.js': network } },
    /^The channel code has no network\.js\. Pass `network: await readNetwork/,
  ],
  [
    'another architecture as well',
    { code: { 'network.js': network }, hyperparameters: { architecture: '"mlp"' } },
    /^The architecture is mlp, but the channel code contains a network of your own\. Leave one of them out\.$/,
  ],
  [
    'a hyperparameter of the wrong type',
    { code: { 'network.js': network }, hyperparameters: { units: 'many' } },
    /^Hyperparameters: units is "many"; expected a number\.$/,
  ],
  [
    'an unknown hyperparameter',
    { code: { 'network.js': network }, hyperparameters: { unit: '3' } },
    /^Hyperparameters: unknown hyperparameter "unit"/,
  ],
  [
    'a value that the network rejects',
    { code: { 'network.js': network }, hyperparameters: { units: '-3' } },
    /^Your network \(at “tf\.layers\.dense\(.*”\): Expected units to be a positive integer, but got -3\.$/,
  ],
  [
    'no channel code',
    { hyperparameters: { architecture: 'own' } },
    /^The architecture own needs the channel code, which contains the network\. Pass `network: await readNetwork/,
  ],
] as const) {
  test(`a job fails with a sentence for ${what}`, async (t) => {
    const base = await layOut(t, input);
    const job = start(t, 'train', base);
    assert.equal(await job.ended, 1, job.output());
    const failure = await readFile(join(base, 'output', 'failure'), 'utf8');
    assert.match(failure, pattern);
    assert.doesNotMatch(failure, /^\s+at |\.js:\d/m);
    assert.ok(!existsSync(join(base, 'model', 'classifier.json')));
  });
}
