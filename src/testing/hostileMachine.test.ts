// What a machine can have against a training job: full and read-only disks, little memory, odd paths, no home. Each
// ends in a sentence and loses nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { runNotebook } from '../jupyter/run';
import { loadArtifact, saveArtifact } from '../model/artifact';
import { UserError } from '../platform/errors';
import { formatBytes } from '../platform/format';
import { memoryLimit } from '../platform/memory';
import { openProcessSession } from '../session/process/session';
import {
  atEnd,
  createCorpus,
  eventually,
  makeReadOnly,
  mount,
  oddName,
  type Program,
  startProgram,
  temporaryFolder,
  trainOnCorpus,
  userError,
  writeTopicVectors,
} from './folders';

const limits = { timeout: 60_000 };
const isRoot = process.geteuid?.() === 0;

/** Lays out a quick training job below `parent`. */
async function layOut(parent: string, hyperparameters: Record<string, string> = {}): Promise<string> {
  const base = join(parent, 'ml');
  await writeHeadlines(join(base, 'input', 'data', 'training', 'headlines.tsv'), createCorpus());
  await writeTopicVectors(join(base, 'input', 'data', 'embeddings'));
  await mkdir(join(base, 'input', 'config'), { recursive: true });
  const text = JSON.stringify({ epochs: '1', ...hyperparameters });
  await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), text);
  return base;
}

function startTraining(t: TestContext, base: string, environment: Record<string, string> = {}): Program {
  const program = join(__dirname, '..', '..', 'container', 'train');
  return startProgram(t, [program], { environment: { ...environment, SAGEMAKER_BASE_DIR: base } });
}

/** A process session in a folder of its own, with the channels of a quick job. */
async function openSession(t: TestContext, folder?: string) {
  const parent = await temporaryFolder(t);
  const place = folder ?? join(parent, 'session');
  const session = openProcessSession({ folder: place });
  const file = join(parent, 'headlines.tsv');
  await writeHeadlines(file, createCorpus());
  const channels = [
    await session.upload(file, 'training'),
    await session.upload(await writeTopicVectors(join(parent, 'vectors')), 'embeddings'),
  ];
  atEnd(t, () => session.cleanUp());
  return { session, folder: place, file, channels };
}

const cannotMount = 'a file system cannot be mounted here';

function assertSentence(text: string): void {
  assert.doesNotMatch(text, /^\s+at |\.js:\d|^\w*Error:/m);
}

test('a model folder that may not be written to fails a job before it trains', limits, async (t) => {
  const base = await layOut(await temporaryFolder(t));
  if (!(await makeReadOnly(t, join(base, 'model')))) return t.skip(cannotMount);
  const job = startTraining(t, base);
  assert.equal(await job.ended, 1, job.output());
  const failure = await readFile(join(base, 'output', 'failure'), 'utf8');
  assert.ok(failure.startsWith(`Cannot write into ${join(base, 'model')} (`), failure);
  assert.match(failure, /choose another/);
  assertSentence(job.output());
  assert.doesNotMatch(job.output(), /^epoch=/m);
});

test('if the failure file cannot be written, the log has both reasons', limits, async (t) => {
  const base = await layOut(await temporaryFolder(t), { epochs: '0' });
  if (!(await makeReadOnly(t, join(base, 'output')))) return t.skip(cannotMount);
  const job = startTraining(t, base);
  assert.equal(await job.ended, 1, job.output());
  assert.match(job.output(), /epochs is "0"; expected/);
  assert.match(job.output(), /The failure file could not be written\. Cannot write into .*output \(/);
  assertSentence(job.output());
});

test('a base folder that may not be written to at all fails a job with two sentences', limits, async (t) => {
  const base = join(await temporaryFolder(t), 'ml');
  if (!(await makeReadOnly(t, base))) return t.skip(cannotMount);
  const job = startTraining(t, base);
  assert.equal(await job.ended, 1, job.output());
  assert.match(job.output(), /^Cannot write into .*model \(/m);
  assert.match(job.output(), /^The failure file could not be written\. Cannot write into .*output \(/m);
  assertSentence(job.output());
});

test('a job that succeeds needs no output folder', limits, async (t) => {
  const base = await layOut(await temporaryFolder(t));
  if (!(await makeReadOnly(t, join(base, 'output')))) return t.skip(cannotMount);
  const job = startTraining(t, base);
  assert.equal(await job.ended, 0, job.output());
});

test(
  'a disk that is full when the artifact is written fails the job and leaves no half of one',
  limits,
  async (t) => {
    const base = await layOut(await temporaryFolder(t));
    const model = join(base, 'model');
    await mkdir(model);
    if (!mount(t, model, 'size=4k')) return t.skip(cannotMount);
    const job = startTraining(t, base);
    assert.equal(await job.ended, 1, job.output());
    const failure = await readFile(join(base, 'output', 'failure'), 'utf8');
    assert.ok(failure.startsWith(`The disk is full: no space is left to write into ${model}.`), failure);
    assertSentence(job.output());
    assert.deepEqual(readdirSync(model), []);
    await assert.rejects(loadArtifact(model), UserError);
  },
);

test('saveArtifact() keeps the artifact that it has no room to replace', limits, async (t) => {
  const classifier = await trainOnCorpus();
  const parent = await temporaryFolder(t);
  const folder = join(parent, 'model');
  await mkdir(folder);
  if (!mount(t, folder, 'size=1m')) return t.skip(cannotMount);
  await saveArtifact(classifier, folder);
  const saved = readFileSync(join(folder, 'weights.bin'), 'hex');
  spawnSync('dd', ['if=/dev/zero', `of=${join(folder, 'filler')}`, 'bs=4k']);
  await assert.rejects(saveArtifact(classifier, folder), userError('The disk is full', folder));
  assert.deepEqual(readdirSync(folder).sort(), ['classifier.json', 'filler', 'weights.bin']);
  assert.equal(readFileSync(join(folder, 'weights.bin'), 'hex'), saved);
  await loadArtifact(folder);
});

test('saveArtifact() names a folder that this user may not write to', limits, async (t) => {
  const classifier = await trainOnCorpus();
  const parent = await temporaryFolder(t);
  await chmod(parent, 0o555);
  // Root may write anywhere, so for a moment it is somebody else.
  if (isRoot) {
    process.seteuid?.(65534);
    atEnd(t, () => process.seteuid?.(0));
  }
  const folder = join(parent, 'model');
  await assert.rejects(saveArtifact(classifier, folder), userError('Cannot write into', folder, 'EACCES'));
});

test(
  'a session on a small disk says that it is full, in an upload and at the end of a job',
  limits,
  async (t) => {
    const parent = await temporaryFolder(t);
    const folder = join(parent, 'session');
    await mkdir(folder);
    if (!mount(t, folder, 'size=64k')) return t.skip(cannotMount);
    const { session, channels } = await openSession(t, folder);
    const kept = readdirSync(join(folder, 'channels'));
    const large = join(parent, 'large.csv');
    await writeFile(large, Buffer.alloc(100_000));
    await assert.rejects(session.upload(large, 'training'), userError('The disk is full', folder));
    assert.deepEqual(readdirSync(join(folder, 'channels')), kept);

    const hyperparameters = { epochs: 1, max_length: 1000 };
    const job = await session.train({ name: 'wide', channels, hyperparameters });
    await assert.rejects(job.wait(), userError('wide failed: The disk is full', 'wide/model'));
    const { status, modelArtifact } = await job.describe();
    assert.deepEqual([status, modelArtifact], ['Failed', undefined]);
  },
);

test('a session folder that may not be written to is named', limits, async (t) => {
  const { channels, file } = await openSession(t);
  const folder = await temporaryFolder(t);
  if (!(await makeReadOnly(t, folder))) return t.skip(cannotMount);
  const session = openProcessSession({ folder });
  await assert.rejects(session.upload(file, 'training'), userError('Cannot write into', folder));
  await assert.rejects(session.train({ channels }), userError('Cannot write into', folder));
});

test('npm start says at once that its output folder may not be written to', limits, async (t) => {
  const parent = await temporaryFolder(t);
  const source = join(parent, 'one.ipynb');
  await writeFile(source, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }));
  const folder = join(parent, 'output');
  if (!(await makeReadOnly(t, folder))) return t.skip(cannotMount);
  await assert.rejects(runNotebook(source, { folder }), userError('Cannot write into', folder));
});

test(
  'a job in a folder with an odd name, without a home to write to, leaves an artifact there',
  limits,
  async (t) => {
    const base = await layOut(join(await temporaryFolder(t), oddName));
    const job = startTraining(t, base, { HOME: '/proc' });
    assert.equal(await job.ended, 0, job.output());
    assert.deepEqual((await loadArtifact(join(base, 'model'))).description.labels.length, 4);
    assert.deepEqual(readdirSync(base).sort(), ['input', 'model']);
  },
);

test('HEADLINES names a file with an odd path, without a home to write to', limits, async (t) => {
  const file = join(await temporaryFolder(t), oddName, `${oddName}.csv`);
  await writeHeadlines(file, createCorpus());
  const script = `require(${JSON.stringify(join(__dirname, '..', 'data', 'dataset'))}).loadDataset().then(({ description }) => console.log(description))`;
  const program = startProgram(t, [process.execPath, '-e', script], {
    environment: { HEADLINES: file, HOME: '/proc' },
  });
  assert.equal(await program.ended, 0, program.output());
  assert.equal(program.output(), `64 headlines of ${file}.\n`);
});

const killed = 'was killed, as when memory runs out';

test(
  'a job that outgrows the heap of V8 was killed, and names its limit and how to set it',
  limits,
  async (t) => {
    const { session, channels } = await openSession(t);
    const given = process.env.NODE_OPTIONS ?? '';
    atEnd(t, () => {
      process.env.NODE_OPTIONS = given;
    });
    process.env.NODE_OPTIONS = `${given} --max-old-space-size=8`;
    const heap = spawnSync(process.execPath, ['-p', 'v8.getHeapStatistics().heap_size_limit'], {
      encoding: 'utf8',
    });
    const limit = `${killed}: its limit for JavaScript's objects is ${formatBytes(Number(heap.stdout))}, and NODE_OPTIONS=`;
    const job = await session.train({ channels, hyperparameters: { architecture: 'mlp' } });
    await assert.rejects(job.wait(), userError(job.name, limit, 'heap out of memory'));
    assertSentence((await job.describe()).failureReason ?? '');
  },
);

test(
  'a job that the system gives no more memory fails for that reason: killed, or by its own check',
  limits,
  async (t) => {
    if (spawnSync('prlimit', ['--version']).status !== 0) return t.skip('prlimit is not installed');
    const { session, folder, channels } = await openSession(t);
    const job = await session.train({
      channels,
      hyperparameters: { architecture: 'mlp', epochs: 1000, batch_size: 4 },
    });
    const { pid } = JSON.parse(readFileSync(join(folder, 'training-jobs', job.name, 'start.json'), 'utf8'));
    const allowNoMore = () => void spawnSync('prlimit', ['--pid', pid, '--as=1', '--core=0']);
    await assert.rejects(job.wait({ onEpoch: allowNoMore }), userError(job.name));
    const { status, failureReason = '', modelArtifact } = await job.describe();
    assert.deepEqual([status, modelArtifact], ['Failed', undefined]);
    assertSentence(failureReason);
    if (failureReason.startsWith('Memory ran out during training')) return;
    assert.ok(
      failureReason.includes(`${killed}: it may use ${formatBytes(memoryLimit())} here`),
      failureReason,
    );
    assert.match(failureReason, /epoch=/);
  },
);

test(
  'a job that outgrows its control group was killed, and names the limit of the group',
  limits,
  async (t) => {
    const group = makeControlGroup(t, 300_000_000);
    if (!group) return t.skip('a control group with a limit on memory cannot be made here');
    const { folder, file } = await openSession(t);
    const growth = join(folder, 'growth.cjs');
    await writeFile(
      growth,
      'setTimeout(() => { for (const all = []; ; ) all.push(Buffer.alloc(1e7, 1)); }, 100)',
    );
    const script = `
    process.env.NODE_OPTIONS = '--require="${growth}"';
    require('node:fs').writeFileSync(${JSON.stringify(join(group, 'cgroup.procs'))}, String(process.pid));
    const session = require(${JSON.stringify(join(__dirname, '..', 'session', 'process', 'session'))}).openProcessSession({ folder: ${JSON.stringify(folder)} });
    session.upload(${JSON.stringify(file)}, 'training')
      .then((channel) => session.train({ channels: [channel], name: 'grows' }))
      .then((job) => job.wait())
      .catch(({ message }) => console.log(message));`;
    const kernel = startProgram(t, [process.execPath, '-e', script], { environment: { VECTORS: '' } });
    await kernel.ended;
    assert.ok(
      kernel.output().includes(`grows failed: It ${killed}: it may use 300 MB here.`),
      kernel.output(),
    );
    assertSentence(kernel.output());
  },
);

test('a process without the memory to load TensorFlow fails with an error', limits, async (t) => {
  if (spawnSync('prlimit', ['--version']).status !== 0) return t.skip('prlimit is not installed');
  const script = `
    require(${JSON.stringify(require.resolve('@tensorflow/tfjs'))});
    const pages = Number(require('node:fs').readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
    const limit = '--as=' + (pages * 4096 + 4e8);
    require('node:child_process').spawnSync('prlimit', ['--pid', process.pid, limit]);
    try {
      require(${JSON.stringify(join(__dirname, '..', 'model', 'networks', 'tensorflow'))}).tensorflow();
    } catch (error) {
      console.log(require(${JSON.stringify(join(__dirname, '..', 'platform', 'errors'))}).describeError(error));
    }`;
  const program = startProgram(t, [process.execPath, '-e', script]);
  await program.ended;
  assert.match(
    program.output(),
    /^TensorFlow cannot be loaded \(libtensorflow.+\)\. .+ \(it may use \d+(\.\d)? [GM]B here\), or run `npm run setup`\.\n$/,
  );
});

/** A control group of that many bytes, of version 2 or 1; undefined where this user may not make one. */
function makeControlGroup(t: TestContext, bytes: number): string | undefined {
  for (const [parent, limit] of [
    ['/sys/fs/cgroup', 'memory.max'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ] as const) {
    const group = join(parent, `headlines-test-${process.pid}`);
    if (!existsSync(join(parent, 'cgroup.procs'))) continue;
    try {
      mkdirSync(group);
      // What was killed takes a moment to leave it.
      atEnd(t, () => eventually(() => spawnSync('rmdir', [group]).status === 0));
      writeFileSync(join(group, limit), String(bytes));
      // Without this, what does not fit would be swapped out.
      for (const swap of ['memory.swap.max', 'memory.memsw.limit_in_bytes']) {
        if (existsSync(join(group, swap)))
          writeFileSync(join(group, swap), swap.endsWith('max') ? '0' : String(bytes));
      }
      return group;
    } catch {
      // The other version, or none.
    }
  }
  return undefined;
}

test('the binding takes its own libtensorflow, whatever LD_LIBRARY_PATH holds', limits, async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow.so.2', 'libtensorflow_framework.so.2']) {
    await writeFile(join(folder, name), 'not a library');
  }
  const script = `require(${JSON.stringify(join(__dirname, '..', 'model', 'networks', 'tensorflow'))}).tensorflow();
    const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');
    console.log([...new Set(maps.match(/\\S.*libtensorflow.*/gm).map((line) => line.slice(line.indexOf('/'))))].join('\\n'));`;
  const program = startProgram(t, [process.execPath, '-e', script], {
    environment: { LD_LIBRARY_PATH: folder },
  });
  assert.equal(await program.ended, 0, program.output());
  const own = realpathSync(join(__dirname, '..', '..', '.tensorflow', 'lib'));
  const loaded = program.output().trim().split('\n');
  assert.ok(loaded.length >= 2, program.output());
  for (const file of loaded) assert.equal(dirname(file), own);
});
