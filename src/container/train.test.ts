// The real container/train as a child process, over folders laid out as SageMaker does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { describe, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { writeExampleTable } from '../data/exampleTable';
import { type Headline, writeHeadlines } from '../data/headlines';
import { generateHeadlines } from '../data/synthetic';
import type { ClassifierDescription } from '../model/training/classifier';
import { parseEpoch, parseNote } from '../model/training/metrics';
import {
  createCorpus,
  createHeadline,
  createHeadlines,
  type Program,
  startProgram,
  temporaryFolder,
  writeTopicVectors,
} from '../testing/folders';

const program = join(__dirname, '..', '..', 'container', 'train');

interface Input {
  /** Rows by the path of their file below input/data. @default the corpus, as training/headlines.tsv */
  files?: Readonly<Record<string, readonly Headline[]>>;
  /** The text of hyperparameters.json, or an object for it; absent: no file. */
  hyperparameters?: string | Readonly<Record<string, string>>;
}

/** Lays out a base folder with a quick `embeddings` channel. */
async function layOut(t: TestContext, { files, hyperparameters }: Input): Promise<string> {
  const base = join(await temporaryFolder(t), 'ml');
  for (const [path, rows] of Object.entries(files ?? { 'training/headlines.tsv': createCorpus() })) {
    await mkdir(dirname(channel(base, path)), { recursive: true });
    await writeHeadlines(channel(base, path), rows);
  }
  await writeTopicVectors(channel(base, 'embeddings'));
  await mkdir(join(base, 'input', 'config'), { recursive: true });
  if (hyperparameters !== undefined) {
    const text = typeof hyperparameters === 'string' ? hyperparameters : JSON.stringify(hyperparameters);
    await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), text);
  }
  return base;
}

function channel(base: string, name: string): string {
  return join(base, 'input', 'data', name);
}

function startTraining(t: TestContext, base: string): Program {
  return startProgram(t, [program], { environment: { SAGEMAKER_BASE_DIR: base } });
}

/** Runs a job that must complete; returns its log's lines and what the artifact says. */
async function complete(t: TestContext, input: Input) {
  const base = await layOut(t, input);
  const job = startTraining(t, base);
  assert.equal(await job.ended, 0, job.output());
  assert.ok(!existsSync(join(base, 'output', 'failure')));
  return { lines: job.output().trimEnd().split('\n'), description: await readArtifact(base) };
}

async function readArtifact(base: string): Promise<ClassifierDescription> {
  assert.deepEqual((await readdir(join(base, 'model'))).sort(), ['classifier.json', 'weights.bin']);
  return JSON.parse(await readFile(join(base, 'model', 'classifier.json'), 'utf8'));
}

/** Checks that the job ends with exit code 1 and that its failure file is the sentence that its log ends with. */
async function assertFails(t: TestContext, base: string, pattern: RegExp): Promise<void> {
  const job = startTraining(t, base);
  assert.equal(await job.ended, 1, job.output());
  const failure = await readFile(join(base, 'output', 'failure'), 'utf8');
  assert.match(failure, pattern);
  assert.doesNotMatch(failure, /^\s+at |\.js:\d|^\w*Error:/m);
  assert.ok(job.output().trimEnd().endsWith(failure), job.output());
  assert.ok(!existsSync(join(base, 'model')), 'a job that failed left a model');
}

test('a job over the original layout leaves an artifact, a line for each epoch and exit code 0', async (t) => {
  const { lines, description } = await complete(t, { hyperparameters: { epochs: '3', batch_size: '16' } });
  assert.deepEqual(description.labels, ['Business', 'Entertainment', 'Health', 'Science & Technology']);
  const epochs = lines.flatMap((line) => parseEpoch(line) ?? []);
  assert.deepEqual(
    epochs.map(({ epoch }) => epoch),
    [1, 2, 3],
  );
  for (const { validation_accuracy = -1, validation_loss = -1, ...epoch } of epochs) {
    assert.ok([validation_accuracy, epoch.accuracy].every((share) => share >= 0 && share <= 1));
    assert.ok(validation_loss > 0 && epoch.loss > 0);
  }
  assert.equal(description.history.length, 3);
  assert.equal(description.trainingRows + description.validationRows, 64);
  assert.ok(
    lines.includes(
      `Rows: ${description.trainingRows} for training, ${description.validationRows} for validation`,
    ),
  );
});

test('hyperparameters are understood as strings and JSON-quoted; those of the Python SDK are passed over', async (t) => {
  const { description } = await complete(t, {
    hyperparameters: {
      epochs: '"1"',
      architecture: '"mlp"',
      learning_rate: '0.01',
      split: '"random"',
      sagemaker_program: '"train.py"',
    },
  });
  const { epochs, architecture, learning_rate, split } = description.hyperparameters;
  assert.deepEqual([epochs, architecture, learning_rate, split], [1, 'mlp', 0.01, 'random']);
});

test('without hyperparameters.json the defaults hold', async (t) => {
  const { description } = await complete(t, {});
  assert.equal(description.hyperparameters.epochs, 5);
  const share = description.validationRows / 64;
  assert.ok(Math.abs(share - 0.2) <= 0.05, `${share} of the rows are held out`);
});

test('channel `train` stands in for `training`, and a validation channel for the split; every file of both is read', async (t) => {
  const rows = createCorpus();
  const { description } = await complete(t, {
    files: {
      'train/a.tsv': rows.slice(0, 20),
      'train/part two/b.csv': rows.slice(20),
      'train/.hidden': [createHeadline({ title: 'not a row of this job' })],
      'validation/headlines.tsv': createHeadlines(7, 3),
    },
    hyperparameters: { epochs: '1' },
  });
  assert.equal(description.trainingRows, 64);
  assert.equal(description.validationRows, 7);
});

test('rows of a label that only validation has count as wrong and are reported', async (t) => {
  const { lines, description } = await complete(t, {
    files: { 'training/a.tsv': createHeadlines(9), 'validation/a.tsv': createCorpus() },
    hyperparameters: { epochs: '1' },
  });
  const validation = createCorpus();
  const known = validation.filter(({ category }) => description.labels.includes(category)).length;
  const unknown = validation.length - known;
  assert.ok(unknown > 0);
  assert.ok(lines.some((line) => line.includes(`${unknown} of 64`) && line.includes('count as wrong')));
  const { validation_accuracy: accuracy = 1, validation_loss: loss = 0 } = description.history[0] ?? {};
  assert.ok(accuracy <= known / validation.length);
  assert.ok(loss > 16 * (unknown / validation.length) && loss < 100);
});

test('the log says before training what flatters the accuracy, and one line where nothing does', async (t) => {
  const copied = createCorpus();
  const flattered = await complete(t, {
    files: { 'training/a.tsv': copied, 'validation/a.tsv': copied },
    hyperparameters: { epochs: '1', max_length: '2' },
  });
  const notes = flattered.lines.flatMap((line) => parseNote(line) ?? []);
  assert.match(
    notes.join('\n'),
    /Always predicting .*\n.*: 64 of 64 .* is the training data.*\nTexts that max_length cuts/,
  );
  const firstEpoch = flattered.lines.findIndex(parseEpoch);
  assert.ok(flattered.lines.findLastIndex(parseNote) < firstEpoch);

  const honest = await complete(t, {
    files: { 'training/a.tsv': generateHeadlines({ rows: 3000 }) },
    hyperparameters: { epochs: '1', max_length: '50' },
  });
  const remaining = honest.lines.flatMap((line) => parseNote(line) ?? []);
  assert.equal(remaining.filter((note) => !/of a training row/.test(note)).length, 1, remaining.join('\n'));
});

test('validation_split 0 trains on every row and measures no validation', async (t) => {
  const { lines, description } = await complete(t, {
    hyperparameters: { epochs: '1', validation_split: '0' },
  });
  assert.equal(description.trainingRows, 64);
  assert.equal(description.validationRows, 0);
  assert.ok(!lines.join('\n').includes('validation_loss'));
  assert.equal(lines.filter(parseEpoch).length, 1);
});

test('the same data and seed give the same artifact in another folder, byte for byte', async (t) => {
  const artifacts = await Promise.all(
    [1, 2].map(async () => {
      const base = await layOut(t, { hyperparameters: { epochs: '1', seed: '7' } });
      assert.equal(await startTraining(t, base).ended, 0);
      const read = (file: string) => readFile(join(base, 'model', file), 'latin1');
      return [await read('classifier.json'), await read('weights.bin')];
    }),
  );
  assert.deepEqual(artifacts[0], artifacts[1]);
  const { origin } = JSON.parse(artifacts[0]?.[0] ?? '') as ClassifierDescription;
  assert.match(origin?.data.training ?? '', /^[0-9a-f]{16}$/);
});

const wrongInput: readonly [string, Input, RegExp][] = [
  [
    'an unknown hyperparameter',
    { hyperparameters: { epoch: '3' } },
    /unknown hyperparameter "epoch"; known are .*epochs/,
  ],
  [
    'one out of range',
    { hyperparameters: { epochs: '0' } },
    /epochs is "0"; expected a whole number from 1 to/,
  ],
  ['one that is no number', { hyperparameters: { seed: 'x' } }, /seed is "x"; expected/],
  ['broken hyperparameters.json', { hyperparameters: '{"epochs": ' }, /hyperparameters\.json is not JSON/],
  ['null in hyperparameters.json', { hyperparameters: 'null' }, /hyperparameters\.json .*object/],
  ['a list in hyperparameters.json', { hyperparameters: '["epochs"]' }, /hyperparameters\.json .*object/],
  ['text in hyperparameters.json', { hyperparameters: '"epochs"' }, /hyperparameters\.json .*object/],
  ['no training channel', { files: {} }, /No training data: .*training contains no file/],
  [
    'an empty training file',
    { files: { 'training/a.tsv': [] } },
    /training contains no data.*a\.tsv \(empty\)/,
  ],
  [
    'rows of one category',
    {
      files: { 'training/a.tsv': Array.from({ length: 9 }, (_, row) => createHeadline({ story: `${row}` })) },
    },
    /at least two labels.*"Business"/,
  ],
  ['a single row', { files: { 'training/a.tsv': [createHeadline()] } }, /1 row\(s\) cannot be split/],
];

describe('a job fails with a sentence in the failure file for', { concurrency: 2 }, () => {
  for (const [what, input, pattern] of wrongInput) {
    test(what, async (t) => assertFails(t, await layOut(t, input), pattern));
  }
});

test('an unknown category fails the job with file, line and the ones that are known', async (t) => {
  const base = await layOut(t, {});
  const file = join(channel(base, 'training'), 'headlines.tsv');
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\te\t', '\tz\t'));
  await assertFails(t, base, /headlines\.tsv.*\bline 2: unknown category "z".* one of b \(Business\)/is);
});

test('an embeddings channel without vectors fails the job with a sentence', async (t) => {
  const base = await layOut(t, {});
  await writeFile(join(channel(base, 'embeddings'), 'vectors.f32'), Buffer.alloc(7));
  await assertFails(t, base, /word vectors in .*embeddings are damaged/);
});

test('SIGTERM ends a long job with exit code 0, an artifact and no failure', {
  timeout: 60_000,
}, async (t) => {
  const base = await layOut(t, { hyperparameters: { epochs: '1000', batch_size: '4' } });
  const job = startTraining(t, base);
  await job.until(/^epoch=2 /m);
  job.child.kill('SIGTERM');
  assert.equal(await job.ended, 0, job.output());
  assert.match(job.output(), /Stopped early/);
  const { history } = await readArtifact(base);
  assert.ok(history.length >= 2 && history.length < 1000);
  assert.ok(!existsSync(join(base, 'output', 'failure')));
});

test('SIGTERM before the first step, even twice, ends the job with exit code 0 and no artifact', {
  timeout: 60_000,
}, async (t) => {
  const base = await layOut(t, {});
  // Reading a pipe waits for its writer, so that the signals come before anything else is read.
  const pipe = join(base, 'input', 'config', 'hyperparameters.json');
  await promisify(execFile)('mkfifo', [pipe]);
  const job = startTraining(t, base);
  const writer = startProgram(t, ['sh', '-c', 'exec 3> "$0"; echo opened; cat >&3', pipe]);
  await writer.until(/opened/);
  for (const _ of ['first', 'second']) {
    job.child.kill('SIGTERM');
    // Signals that come closer together than this may count as one.
    await setTimeout(100);
  }
  writer.child.stdin?.end('{"epochs": "1000"}');
  assert.equal(await job.ended, 0, job.output());
  assert.match(job.output(), /Stopped on request before/);
  assert.ok(!existsSync(join(base, 'model', 'classifier.json')), job.output());
});

test('a channel in Pipe mode fails the job with a sentence', async (t) => {
  const base = await layOut(t, {});
  const config = { training: { TrainingInputMode: 'Pipe', RecordWrapperType: 'None' } };
  await writeFile(join(base, 'input', 'config', 'inputdataconfig.json'), JSON.stringify(config));
  await assertFails(t, base, /channel training cannot be read: its input mode is Pipe/);
});

test('of two hosts the second says that it has nothing to do, and completes without a model', async (t) => {
  const base = await layOut(t, { files: {} });
  const config = { current_host: 'algo-2', hosts: ['algo-1', 'algo-2'] };
  await writeFile(join(base, 'input', 'config', 'resourceconfig.json'), JSON.stringify(config));
  const job = startTraining(t, base);
  assert.equal(await job.ended, 0, job.output());
  assert.match(job.output(), /algo-2 does nothing/);
  assert.ok(!existsSync(join(base, 'model')));
});

test('checkpoints are kept in the folder of checkpointconfig.json', async (t) => {
  const base = await layOut(t, { hyperparameters: { epochs: '1' } });
  const folder = join(base, 'kept elsewhere');
  await mkdir(folder);
  const config = join(base, 'input', 'config', 'checkpointconfig.json');
  await writeFile(config, JSON.stringify({ LocalPath: folder }));
  const job = startTraining(t, base);
  assert.equal(await job.ended, 0, job.output());
  assert.equal((await readdir(folder)).length, 1);
});

test('a job trains on a table with named columns, and lists the lines it skips', async (t) => {
  const hyperparameters = {
    text_column: '"message"',
    label_column: 'topic',
    group_column: 'thread',
    epochs: '1',
    vocabulary_size: '50',
    max_length: '6',
  };
  const base = await layOut(t, { files: {}, hyperparameters });
  const table = channel(base, 'training/table.csv');
  await mkdir(dirname(table), { recursive: true });
  await writeExampleTable(table, { labels: 3, rows: 90 });
  await appendFile(table, ',billing,1\n');
  const job = startTraining(t, base);
  assert.equal(await job.ended, 0, job.output());
  assert.match(
    job.output(),
    /malformed lines are skipped:\nline 92: the column "message" is empty \(table\.csv\)/,
  );
  const manifest = JSON.parse(await readFile(join(base, 'model', 'classifier.json'), 'utf8'));
  assert.deepEqual(manifest.labels, ['billing', 'delivery', 'garden']);
});

test('text_column without label_column is rejected', async (t) => {
  const base = await layOut(t, { hyperparameters: { text_column: 'message' } });
  const job = startTraining(t, base);
  assert.equal(await job.ended, 1);
  assert.match(
    await readFile(join(base, 'output', 'failure'), 'utf8'),
    /text_column and label_column go together/,
  );
});
