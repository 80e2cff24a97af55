// container/train as a child process: what becomes of a run that is stopped or killed, and of its word vectors.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Headline, writeHeadlines } from '../../data/headlines';
import {
  createCorpus,
  createHeadlines,
  type Program,
  startProgram,
  temporaryFolder,
  writeTopicVectors,
} from '../../testing/folders';
import { loadArtifact } from '../artifact';
import type { NetworkDescription } from '../networks/classifier';
import { parseProgress } from './metrics';

const program = join(__dirname, '..', '..', '..', 'container', 'train');

interface Input {
  hyperparameters: Readonly<Record<string, string>>;
  /** @default the corpus, and a split of it */
  rows?: { training: readonly Headline[]; validation?: readonly Headline[] };
  /** Whether there is a folder for checkpoints. */
  checkpoints?: boolean;
}

/** Lays out a base folder without word vectors. */
async function layOut(t: TestContext, { hyperparameters, rows, checkpoints }: Input): Promise<string> {
  const base = join(await temporaryFolder(t), 'ml');
  const { training, validation } = rows ?? { training: createCorpus() };
  await mkdir(join(base, 'input', 'config'), { recursive: true });
  await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), JSON.stringify(hyperparameters));
  await writeHeadlines(join(base, 'input', 'data', 'training', 'rows.tsv'), training);
  if (validation) await writeHeadlines(join(base, 'input', 'data', 'validation', 'rows.tsv'), validation);
  if (checkpoints) await mkdir(join(base, 'checkpoints'));
  return base;
}

/** Starts the job; `vectors` is the environment variable VECTORS, empty for none. */
function startTraining(t: TestContext, base: string, vectors = ''): Program {
  return startProgram(t, [program], { environment: { SAGEMAKER_BASE_DIR: base, VECTORS: vectors } });
}

async function complete(t: TestContext, base: string, vectors = ''): Promise<string> {
  const job = startTraining(t, base, vectors);
  assert.equal(await job.ended, 0, job.output());
  return job.output();
}

async function readDescription(base: string): Promise<NetworkDescription> {
  return JSON.parse(await readFile(join(base, 'model', 'classifier.json'), 'utf8'));
}

/** The job's weights, and its description but for what is not part of the model. */
async function readModel(base: string) {
  return {
    weights: await readFile(join(base, 'model', 'weights.bin'), 'hex'),
    description: await readDescription(base),
  };
}

test('SIGTERM ends an lstm in the middle of its first epoch', { timeout: 60_000 }, async (t) => {
  const rows = { training: createHeadlines(20_000), validation: createHeadlines(9, 2) };
  const base = await layOut(t, { hyperparameters: { architecture: 'lstm', epochs: '50' }, rows });
  const job = startTraining(t, base);
  await job.until(/^Epoch 1 of 50: /m);
  job.child.kill('SIGTERM');
  assert.equal(await job.ended, 0, job.output());
  assert.match(
    job.output(),
    /Stopped early on request, in the first epoch: the weights learnt so far are kept/,
  );
  const { description, predict } = await loadArtifact(join(base, 'model'));
  assert.ok(description.trainedEpochs > 0 && description.trainedEpochs < 1);
  assert.equal(predict(['bank shares']).length, 1);
});

test('a stopped job keeps its best epoch and logs it', { timeout: 60_000 }, async (t) => {
  const hyperparameters = { epochs: '1000', batch_size: '4', learning_rate: '0.01' };
  const base = await layOut(t, { hyperparameters });
  const job = startTraining(t, base);
  await job.until(/^epoch=3 /m);
  job.child.kill('SIGTERM');
  assert.equal(await job.ended, 0, job.output());
  const { history, trainedEpochs } = await readDescription(base);
  const accuracies = history.map((metrics) => metrics.validation_accuracy as number);
  const best = Math.max(...accuracies);
  assert.equal(trainedEpochs, accuracies.indexOf(best) + 1);
  const sentence = `weights of epoch ${trainedEpochs} are kept, the best so far (validation accuracy ${best.toFixed(4)})`;
  assert.ok(job.output().includes(sentence), job.output());
});

test('a long epoch tells how fast it goes and how long it will take', { timeout: 60_000 }, async (t) => {
  const rows = { training: createHeadlines(100_000), validation: createHeadlines(9, 2) };
  const base = await layOut(t, { hyperparameters: { architecture: 'lstm', epochs: '2' }, rows });
  const job = startTraining(t, base);
  await job.until(/^(Epoch 1 of 2: .*\n){2}/m);
  const told = job
    .output()
    .split('\n')
    .flatMap((line) => parseProgress(line) ?? []);
  for (const { epochs, totalExamples, examples, examplesPerSecond, secondsLeft } of told) {
    assert.deepEqual([epochs, totalExamples], [2, 100_000]);
    assert.ok(examples > 0 && examplesPerSecond > 0 && secondsLeft > 0);
  }
});

test('a job that is killed and started again ends with the weights of one that was not', {
  timeout: 120_000,
}, async (t) => {
  const hyperparameters = { epochs: '6', batch_size: '4', architecture: 'lstm' };
  const whole = await layOut(t, { hyperparameters });
  await complete(t, whole);

  const base = await layOut(t, { hyperparameters, checkpoints: true });
  const killed = startTraining(t, base);
  await killed.until(/^epoch=2 /m);
  killed.child.kill('SIGKILL');
  await killed.ended;
  assert.match(await complete(t, base), /^Training continues after epoch [2-6]/m);
  assert.deepEqual(await readModel(base), await readModel(whole));
  assert.equal((await readdir(join(base, 'checkpoints'))).length, 1);
});

test('a damaged checkpoint is rejected with a notice, and training starts over', async (t) => {
  const hyperparameters = { epochs: '2' };
  const base = await layOut(t, { hyperparameters, checkpoints: true });
  await complete(t, base);
  const before = await readModel(base);
  const [name] = await readdir(join(base, 'checkpoints'));
  await writeFile(join(base, 'checkpoints', name as string), 'rubbish');
  const log = await complete(t, base);
  assert.match(log, /is damaged and was skipped\.\nTraining starts over: /);
  assert.match(log, /^epoch=1 /m);
  assert.deepEqual(await readModel(base), before);
});

test('without a folder for checkpoints none is kept', async (t) => {
  const base = await layOut(t, { hyperparameters: { epochs: '1' } });
  await complete(t, base);
  assert.deepEqual((await readdir(base)).sort(), ['input', 'model']);
});

test('an embeddings channel may hold a file in GloVe’s text format; bad lines are told', async (t) => {
  const base = await layOut(t, { hyperparameters: { architecture: 'mlp', epochs: '1' } });
  const channel = join(base, 'input', 'data', 'embeddings');
  await mkdir(channel);
  await writeFile(join(channel, 'glove.txt'), 'bank 1 2 3\nfilm 4 5 6\nnurse 7 8\nunheard x\n');
  const log = await complete(t, base);
  const { shape } = await readDescription(base);
  assert.deepEqual([shape.vectors, shape.dimensions], ['pretrained', 3]);
  assert.match(log, /glove\.txt: skipped 2 line\(s\).* \(line 3: 2 number\(s\) instead of 3; line 4: /);
  assert.match(log, /^Word vectors: 3 dimensions, 2 of \d+ words known$/m);
});

test('an embeddings channel with a broken text file fails the job with a sentence', async (t) => {
  const base = await layOut(t, { hyperparameters: { epochs: '1' } });
  const channel = join(base, 'input', 'data', 'embeddings');
  await mkdir(channel);
  await writeFile(join(channel, 'glove.txt'), 'this is no file of vectors\n');
  assert.equal(await startTraining(t, base).ended, 1);
  assert.match(
    await readFile(join(base, 'output', 'failure'), 'utf8'),
    /glove\.txt, line 1: "is" is not a number/,
  );
});

test('without word vectors there is a notice, and the network trains its own', async (t) => {
  const base = await layOut(t, {
    hyperparameters: { architecture: 'mlp', epochs: '3', learning_rate: '0.01' },
  });
  const log = await complete(t, base);
  assert.match(log, /No pretrained word vectors found .*the network trains its own/);
  const { shape } = await readDescription(base);
  assert.deepEqual([shape.vectors, shape.dimensions], ['trained', 100]);
});

test('VECTORS names the word vectors if there is no channel; they must exist', async (t) => {
  const base = await layOut(t, { hyperparameters: { epochs: '1' } });
  const vectors = await writeTopicVectors(join(base, '..', 'vectors'));
  await complete(t, base, vectors);
  assert.equal((await readDescription(base)).shape.dimensions, 4);
  const missing = startTraining(t, base, join(vectors, 'missing'));
  assert.equal(await missing.ended, 1);
  assert.match(missing.output(), /There are no word vectors in .*missing/);
});
