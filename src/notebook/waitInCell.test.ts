import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { generateHeadlines } from '../data/synthetic';
import type { Notebook } from '../jupyter/format';
import { runNotebook } from '../jupyter/run';
import type { TrainingJob, TrainingJobDescription } from '../session/contract/session';
import {
  codeNotebook,
  createCorpus,
  eventually,
  setEnvironment,
  temporaryFolder,
  userError,
} from '../testing/folders';
import { runCells } from '../testing/kernel';
import { waitInCell } from './waitInCell';

const description = { status: 'Stopped' } as TrainingJobDescription;

/** A job that counts how often it was told to stop. */
function createJob(wait: TrainingJob['wait'], onInterrupt: TrainingJob['onInterrupt'] = 'stop') {
  const job = { name: 'job-1', onInterrupt, stops: 0, wait, stop: async () => void job.stops++ };
  return job as typeof job & TrainingJob;
}

/** A listener as tslab has one. */
function listenAsKernel(t: { after(undo: () => void): void }) {
  const kernel = { interruptions: 0 };
  const listener = () => void kernel.interruptions++;
  process.on('SIGINT', listener);
  t.after(() => process.off('SIGINT', listener));
  return kernel;
}

/** Returns when every listener has heard it. */
async function interrupt(): Promise<void> {
  let isHeard = false;
  process.once('SIGINT', () => {
    isHeard = true;
  });
  process.kill(process.pid, 'SIGINT');
  await eventually(() => isHeard);
}

test('an interruption while a job is waited for stops the job, and the next one is for the kernel again', async (t) => {
  const kernel = listenAsKernel(t);
  const job = createJob(async () => {
    await eventually(() => kernel.interruptions > 0);
    return description;
  });
  const waiting = waitInCell(job);
  await interrupt();
  assert.deepEqual([job.stops, kernel.interruptions], [1, 0]);
  await interrupt();
  assert.deepEqual([job.stops, kernel.interruptions], [1, 1]);
  assert.equal(await waiting, description);
  await interrupt();
  assert.deepEqual([job.stops, kernel.interruptions], [1, 2]);
});

test('an interruption leaves a billed job running, and explains how to re-attach', async (t) => {
  const kernel = listenAsKernel(t);
  const endless: TrainingJob['wait'] = ({ signal } = {}) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  const job = createJob(endless, 'detach');
  const waiting = assert.rejects(waitInCell(job), userError("attachTrainingJob('job-1')", 'keeps running'));
  await interrupt();
  await waiting;
  assert.deepEqual([job.stops, kernel.interruptions], [0, 0]);
});

test('an interruption stops all jobs that are waited for at once', async (t) => {
  const kernel = listenAsKernel(t);
  const jobs = [1, 2].map(() => {
    const job = createJob(async () => {
      await eventually(() => job.stops > 0);
      return description;
    });
    return job;
  });
  const waiting = jobs.map((job) => waitInCell(job));
  await interrupt();
  await Promise.all(waiting);
  assert.deepEqual([...jobs.map(({ stops }) => stops), kernel.interruptions], [1, 1, 0]);
});

test('a job that fails gives interruptions back to the kernel', async (t) => {
  const kernel = listenAsKernel(t);
  const job = createJob(() => Promise.reject(new Error('failed')));
  await assert.rejects(waitInCell(job), /failed/);
  await interrupt();
  assert.deepEqual([job.stops, kernel.interruptions], [0, 1]);
});

test('on the kernel, interrupting a cell that watches a job ends in the stopped job, without an error', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'headlines.tsv');
  await writeHeadlines(file, createCorpus());
  const cell = `
    const workshop = require(${JSON.stringify(join(__dirname, '..', 'index'))});
    const session = workshop.openSession();
    const channels = [await session.upload(${JSON.stringify(file)}, 'training')];
    const job = await session.train({ channels: channels, hyperparameters: { architecture: 'mlp', epochs: 1000, batch_size: 4 } });
    job.wait({ onEpoch: ({ epoch }) => epoch === 2 && process.kill(process.pid, 'SIGINT') });
    const result = await workshop.watch(job);
    console.log(result.status, result.metrics.length < 1000, result.modelArtifact !== undefined);`;
  const source = join(folder, 'watch.ipynb');
  await writeFile(source, JSON.stringify(codeNotebook([cell, '1 + 1'])));
  await mkdir(join(folder, 'out'));
  const { ipynb } = await runNotebook(source, { folder: join(folder, 'out'), print: () => {} });
  const { cells } = JSON.parse(await readFile(ipynb, 'utf8')) as Notebook;
  const outputs = cells[0]?.outputs ?? [];
  const streams = outputs.filter(({ output_type }) => output_type === 'stream');
  assert.deepEqual(
    streams.map(({ name, text }) => [name, [text].flat().join('')]),
    [['stdout', 'Stopped true true\n']],
  );
  assert.match(JSON.stringify(outputs), /Stopped after \d+\.\d s/);
});

test('on the kernel, interrupting a job in its first epoch is said in a sentence, and so is what the next cell lacks', {
  timeout: 240_000,
}, async (t) => {
  const folder = await temporaryFolder(t);
  setEnvironment(t, { OUTPUT: join(folder, 'out'), SESSION: 'process' });
  const file = join(folder, 'headlines.tsv');
  await writeHeadlines(file, generateHeadlines());
  const hyperparameters = "{ architecture: 'lstm', batch_size: 1 }";
  const [setUp, watched, after, last] = await runCells([
    `import * as workshop from '../dist/index';
    const session = workshop.openSession();
    const training = await session.upload(${JSON.stringify(file)}, 'training');
    const job = await session.train({ channels: [training], hyperparameters: ${hyperparameters} });`,
    { code: 'const stoppedResult = await workshop.watch(job);', interrupt: { at: 'Rows: ' } },
    'stoppedResult.metrics.at(-1).loss',
    '1 + 1',
  ]);
  assert.equal(setUp?.status, 'ok', setUp?.stderr);
  assert.match(watched?.stderr ?? '', /^UserError: \S+ was stopped before its first epoch ended, [^\n]+\n$/);
  const bars = watched?.displayed.filter((text) => /^\d+% /.test(text)) ?? [];
  assert.match(bars.at(-1) ?? '', /^\d?\d% Stopped after /, 'the bar is not full');
  assert.match(after?.stderr ?? '', /Cannot find name 'stoppedResult'/);
  assert.equal(last?.stdout, '2\n');
});
