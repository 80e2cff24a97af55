// Tuning jobs.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Trial, TuningRequest } from '../../session/contract/tuning';
import { eventually, userError } from '../folders';
import { cleanUp, long, running, type Walk } from './walk';

export async function testTuning(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  const ranges = {
    learning_rate: { from: 0.001, to: 0.1, scale: 'log' },
    batch_size: [8, 16],
    dropout: { from: 0.1, to: 0.5 },
  } as const;
  const request: TuningRequest = { channels, ranges, hyperparameters: { architecture: 'cnn', epochs: 1 } };

  await t.test('a tuning job tells each change of its trials, and its best model answers', async () => {
    const job = await session.tune({ ...request, name: 'first-tuning', trials: 3, parallel: 2 });
    assert.equal(job.name, 'first-tuning');
    assert.equal((await job.describe()).status, 'InProgress');
    assert.ok((await running(session)).some(({ kind, name }) => kind === 'tuning job' && name === job.name));
    const told: Trial[] = [];
    const statuses: string[] = [];
    const description = await job.wait({
      onTrial: (trial) => told.push(trial),
      onStatus: (status) => statuses.push(status),
    });
    assert.deepEqual(statuses, ['InProgress', 'Completed']);
    assert.deepEqual([description.plannedTrials, description.objective], [3, 'validation_accuracy']);
    assert.equal(description.trials.length, 3);
    for (const trial of description.trials) {
      const { learning_rate, batch_size, dropout } = trial.hyperparameters;
      assert.ok(Number(learning_rate) >= 0.001 && Number(learning_rate) <= 0.1);
      assert.ok(batch_size === 8 || batch_size === 16);
      assert.ok(Number(dropout) >= 0.1 && Number(dropout) <= 0.5);
      assert.equal(trial.status, 'Completed');
      assert.deepEqual(told.filter(({ name }) => name === trial.name).at(-1), trial);
      const trained = await (await session.attachTrainingJob(trial.name)).describe();
      assert.equal(trained.metrics.at(-1)?.validation_accuracy, trial.objective);
      assert.equal(trained.modelArtifact, trial.modelArtifact);
    }
    const objectives = description.trials.map(({ objective = Number.NaN }) => objective);
    assert.equal(description.best?.objective, Math.max(...objectives));
    assert.deepEqual(await (await reopen().attachTuningJob('first-tuning')).wait(), description);
    assert.deepEqual(await reopen().tuningJobs(), ['first-tuning']);
    assert.deepEqual(await running(session), []);
    const endpoint = await session.deploy(description.best?.modelArtifact ?? '');
    const { result, model } = await endpoint.predict('bank');
    assert.ok(result);
    await endpoint.delete();
    const { job: maker } = await reopen().lineage(model ?? '');
    assert.equal(maker, description.best?.name);
  });

  await t.test('a wrong range, or a name that is taken, is rejected before anything starts', async () => {
    const tune = (changed: object) => session.tune({ ...request, name: 'refused', ...changed });
    const wrong = { epochs: { from: 0, to: 3 } };
    await assert.rejects(tune({ ranges: wrong, hyperparameters: {} }), userError('epochs is 0', 'from 1 to'));
    await assert.rejects(
      tune({ ranges: { epoch: { from: 1, to: 3 } } }),
      userError('unknown hyperparameter "epoch"'),
    );
    await assert.rejects(tune({ hyperparameters: {} }), userError('dropout does not apply to ensemble'));
    await assert.rejects(tune({ trials: 0 }), userError('trials is 0'));
    await assert.rejects(tune({ channels: channels.slice(1) }), userError('"training"'));
    await assert.rejects(tune({ name: 'first-tuning' }), userError('"first-tuning" is taken'));
    await assert.rejects(tune({ name: 'x'.repeat(33) }), userError('hyphens'));
    await assert.rejects(session.attachTuningJob('refused'), userError('refused'));
    assert.deepEqual(await running(session), []);
  });
}

export async function testTuningFaults(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  const learning_rate = { from: 0.001, to: 0.01 };

  await t.test('a trial that fails is a row with its reason, not an end', async () => {
    const ranges = { text_column: ['', 'title'] };
    const job = await session.tune({ channels, ranges, hyperparameters: { epochs: 1 }, trials: 4 });
    const { status, trials, best } = await job.wait();
    assert.equal(status, 'Completed');
    const failed = trials.filter((trial) => trial.status === 'Failed');
    assert.ok(failed.length > 0 && failed.length < 4, `${failed.length} have failed`);
    for (const trial of failed) {
      assert.equal(trial.hyperparameters.text_column, 'title');
      assert.match(trial.reason ?? '', /text_column and label_column go together/);
      assert.deepEqual([trial.objective, trial.modelArtifact], [undefined, undefined]);
    }
    assert.equal(best?.hyperparameters.text_column, '');
  });

  await t.test('where all trials fail, so does the tuning job, with their reason', async () => {
    const request = { channels, ranges: { text_column: ['a', 'b'] }, trials: 2 };
    const job = await session.tune(request);
    await assert.rejects(job.wait(), userError(job.name, 'text_column and label_column go together'));
    assert.equal((await job.describe()).status, 'Failed');
  });

  await t.test(
    'a trial that does not end is stopped at its limit, and the tuning job completes',
    async () => {
      const request = { channels, ranges: { learning_rate }, hyperparameters: long, trials: 1 };
      const job = await session.tune({ ...request, maxTrialMinutes: 0.05 });
      const { status, trials } = await job.wait();
      assert.equal(status, 'Completed');
      assert.deepEqual([trials[0]?.status, trials[0]?.reason], ['Stopped', 'stopped at its time limit']);
    },
  );

  await t.test('stopping a tuning job ends its trials, deleting it forgets them', async () => {
    const request = { channels, ranges: { learning_rate }, hyperparameters: long, trials: 9 };
    const job = await session.tune({ ...request, name: 'stopped-tuning' });
    let stopped: Promise<unknown> | undefined;
    const description = await job.wait({
      onTrial() {
        stopped ??= Promise.all([job.stop(), job.stop()]);
      },
    });
    await stopped;
    assert.equal(description.status, 'Stopped');
    assert.ok(description.trials.length <= 2);
    assert.deepEqual(await running(session), []);
    await job.stop();
    const [trial] = description.trials;
    await job.delete();
    await assert.rejects(session.attachTuningJob(job.name), userError(job.name));
    await assert.rejects(job.describe(), userError(job.name));
    if (trial) await assert.rejects(session.attachTrainingJob(trial.name), userError(trial.name));
  });

  await t.test('cleanUp from a later kernel ends a tuning job and its trials', async () => {
    const request = { channels, ranges: { learning_rate }, hyperparameters: long, trials: 9 };
    const job = await session.tune({ ...request, name: 'left-tuning' });
    await eventually(async () => (await running(session)).length === 3);
    const ended = await cleanUp(reopen());
    assert.deepEqual(ended[0], { kind: 'tuning job', name: 'left-tuning' });
    assert.equal(ended.filter(({ kind }) => kind === 'training job').length, 2);
    assert.deepEqual(await running(session), []);
    assert.equal((await job.wait()).status, 'Stopped');
  });
}
