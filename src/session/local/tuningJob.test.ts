// What a tuning job on this machine does beside the contract of every session: it stops trials early, and it is gone on
// with after its kernel was killed.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { eventually, type Program, processesOver, startProgram, userError } from '../../testing/folders';
import { openBench } from '../../testing/processSession';
import { whySlow } from '../../testing/slow';
import type { TuningRequest } from '../contract/tuning';
import { openProcessSession } from '../process/session';
import { recordTrials, recordTuning, type TrialRecord } from './tuningRecord';

const limits = { timeout: 120_000 };
const learning_rate = { from: 0.001, to: 0.01 };

test('a search whose kernel was killed continues: finished trials are kept, running ones are repeated', {
  ...limits,
  skip: whySlow('it takes half a minute'),
}, async (t) => {
  const { session, folder, channels } = await openBench(t);
  const request: TuningRequest = {
    name: 'interrupted',
    channels,
    // The second half of the trials takes long enough to be killed in.
    ranges: { learning_rate },
    hyperparameters: { architecture: 'mlp', epochs: 40, batch_size: 4 },
    trials: 4,
    parallel: 1,
  };
  const kernel = startKernel(t, folder, request);
  await kernel.until(/third/);
  kernel.child.kill('SIGKILL');
  await kernel.ended;

  assert.deepEqual(await session.tuningJobs(), ['interrupted']);
  const job = await session.attachTuningJob('interrupted');
  const before = (await job.describe()).trials;
  assert.equal(before.length, 3);
  const { status, trials } = await job.wait();
  assert.equal(status, 'Completed');
  assert.deepEqual(trials.slice(0, 2), before.slice(0, 2), 'what had ended is as it was');
  assert.deepEqual(trials[2]?.hyperparameters, before[2]?.hyperparameters);
  assert.deepEqual(
    trials.map((trial) => [trial.status, trial.reason]),
    [1, 2, 3, 4].map(() => ['Completed', undefined]),
  );
  for (const { name } of trials) {
    const { metrics } = await (await session.attachTrainingJob(name)).describe();
    assert.equal(metrics.length, 40);
  }

  // The same search without an interruption proposes the same trials.
  const again = await session.tune({ ...request, name: 'whole' });
  const whole = (await again.wait()).trials;
  assert.deepEqual(
    whole.map((trial) => [trial.hyperparameters, trial.objective]),
    trials.map((trial) => [trial.hyperparameters, trial.objective]),
  );
});

test('a later kernel can stop a search whose kernel was killed', limits, async (t) => {
  const { session, folder, channels } = await openBench(t);
  const request: TuningRequest = {
    name: 'abandoned',
    channels,
    ranges: { learning_rate },
    hyperparameters: { architecture: 'mlp', epochs: 1000, batch_size: 4 },
    trials: 9,
    parallel: 3,
  };
  const kernel = startKernel(t, folder, request);
  await kernel.until(/third/);
  kernel.child.kill('SIGKILL');
  const job = await session.attachTuningJob('abandoned');
  await job.stop();
  const { status, trials } = await job.describe();
  assert.equal(status, 'Stopped');
  assert.ok(
    trials.every((trial) => ['Stopped', 'Failed'].includes(trial.status)),
    JSON.stringify(trials),
  );
  await eventually(() => processesOver(folder).length === 0);
  assert.deepEqual(await session.whatIsRunning(), []);
});

test('two kernels that look at one search do not both conduct it', limits, async (t) => {
  const { session, folder, channels } = await openBench(t);
  const job = await session.tune({
    channels,
    ranges: { learning_rate },
    hyperparameters: { epochs: 2 },
    trials: 3,
    parallel: 1,
  });
  const other = openProcessSession({ folder: join(folder, '.') });
  const attached = await other.attachTuningJob(job.name);
  const [one, two] = await Promise.all([job.wait(), attached.wait()]);
  assert.deepEqual(one, two);
  assert.deepEqual((await session.trainingJobs()).sort(), one.trials.map(({ name }) => name).sort());
});

for (const [strategy, earlyStopping, end] of [
  ['random', true, 'Stopped'],
  ['hyperband', false, 'Stopped'],
  ['random', false, 'Completed'],
] as const) {
  const does = end === 'Stopped' ? 'stops' : 'does not stop';
  test(
    `${strategy}${earlyStopping ? ' with early stopping' : ''} ${does} a trial that is behind the others`,
    limits,
    async (t) => {
      const { session, folder, channels } = await openBench(t);
      const request: TuningRequest = {
        channels,
        ranges: { learning_rate },
        hyperparameters: { architecture: 'mlp', epochs: 60, batch_size: 4 },
        strategy,
        earlyStopping,
        trials: 4,
      };
      // As a kernel leaves it that is gone after three trials, each better than any can be.
      const tuning = join(folder, 'tuning-jobs', 'behind');
      await mkdir(tuning, { recursive: true });
      recordTuning(tuning, { request, startedAt: Date.now() });
      const ended = [0.002, 0.003, 0.004].map((rate, at): TrialRecord => {
        const hyperparameters = { learning_rate: rate };
        const outcome = { status: 'Completed', objective: 2, seconds: 1, billableSeconds: 0 } as const;
        const course = Array.from({ length: 60 }, () => 2);
        return { name: `behind-00${at + 1}`, hyperparameters, startedAt: Date.now(), outcome, course };
      });
      recordTrials(tuning, ended);

      const job = await session.attachTuningJob('behind');
      const { status, trials } = await job.wait();
      assert.equal(status, 'Completed');
      assert.equal(trials.length, 4);
      assert.equal(trials[3]?.status, end);
      const { metrics } = await (await session.attachTrainingJob('behind-004')).describe();
      assert.equal(metrics.length === 60, end === 'Completed');
      assert.equal(trials[3]?.objective, metrics.at(-1)?.validation_accuracy);
      if (end === 'Stopped') assert.match(trials[3]?.reason ?? '', /stopped early/);
    },
  );
}

test('the strategy bayesian is invalid on this machine, and nothing starts', limits, async (t) => {
  const { session, channels } = await openBench(t);
  await assert.rejects(
    session.tune({ channels, ranges: { learning_rate }, strategy: 'bayesian' }),
    userError('"bayesian"', 'runs on AWS only', 'hyperband'),
  );
  assert.deepEqual(await session.tuningJobs(), []);
});

test('a tuning job that was never started is not attached to', limits, async (t) => {
  const { session, folder } = await openBench(t);
  for (const name of ['unknown', '..', '']) {
    await assert.rejects(session.attachTuningJob(name), userError());
  }
  assert.deepEqual(await session.tuningJobs(), []);
  assert.deepEqual(processesOver(folder), []);
});

/** A process that, as a notebook's kernel does, starts a tuning job, and says so when it has three trials. */
function startKernel(t: TestContext, folder: string, request: TuningRequest): Program {
  const given = JSON.stringify({ folder, request });
  const script = `(${workAsKernel})(require(${JSON.stringify(join(__dirname, '..', 'process', 'session'))}), ${given})`;
  return startProgram(t, [process.execPath, '--eval', script], { detached: true });
}

/** Runs in the kernel, from its source text, so it uses nothing but its parameters. */
async function workAsKernel(
  { openProcessSession }: typeof import('../process/session'),
  { folder, request }: { folder: string; request: TuningRequest },
): Promise<void> {
  const job = await openProcessSession({ folder }).tune(request);
  await job.wait({
    onTrial: (_, { trials }) => {
      if (trials.length === 3) console.log('third');
    },
  });
}
