// Training jobs that complete: log, epochs, statuses, attaching.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type EpochMetrics, parseEpoch, parseNote } from '../../model/training/metrics';
import { firstJob, long, running, secondJob, type Walk } from './walk';

export async function testTraining(t: TestContext, walk: Walk): Promise<void> {
  await testFirstJob(t, walk);
  await testFurtherJobs(t, walk);
}

async function testFirstJob(t: TestContext, { session, reopen, channels, trained }: Walk): Promise<void> {
  const log: string[] = [];
  const statuses: string[] = [];
  const epochs: EpochMetrics[] = [];

  await t.test('a training job tells each line of its log once and in order, and each epoch', async () => {
    const job = await session.train({ ...firstJob, channels });
    assert.equal(job.name, 'first-job');
    const started = await job.describe();
    assert.deepEqual([started.name, started.status], ['first-job', 'InProgress']);
    assert.equal(started.modelArtifact, undefined);
    assert.deepEqual(await running(session), [{ kind: 'training job', name: 'first-job' }]);

    const description = await job.wait({
      onLog: (line) => log.push(line),
      onEpoch: (metrics) => epochs.push(metrics),
      onStatus: (status) => statuses.push(status),
    });
    trained.push(description);
    assert.ok(statuses.length >= 2, statuses.join());
    assert.match(statuses.at(-1) ?? '', /Completed/);
    assert.equal(description.status, 'Completed');
    assert.ok(description.billableSeconds <= Math.ceil(description.seconds));
    assert.equal(description.failureReason, undefined);
    assert.ok(description.modelArtifact);
    assert.ok(description.seconds > 0);
    assert.deepEqual(description.metrics, epochs);
    assert.ok(description.notes.length > 0);
    assert.deepEqual(
      log.flatMap((line) => parseNote(line) ?? []),
      description.notes,
    );
    assert.deepEqual(
      epochs.map(({ epoch }) => epoch),
      [1, 2, 3],
    );
    assert.deepEqual(
      log.flatMap((line) => parseEpoch(line) ?? []),
      epochs,
    );
    assert.ok(log.includes('Rows: 64 for training, 9 for validation'), log.join('\n'));
    assert.match(log[0] ?? '', /^Hyperparameters: /);
    assert.match(log.at(-1) ?? '', /^The model artifact is written\.$/);
    assert.deepEqual(await job.describe(), description);
    assert.deepEqual(await running(session), []);
  });

  await t.test('attaching to a finished job gives the same description, log and epochs', async () => {
    const attached = await reopen().attachTrainingJob('first-job');
    const again: string[] = [];
    const epochsAgain: EpochMetrics[] = [];
    const description = await attached.wait({
      onLog: (line) => again.push(line),
      onEpoch: (metrics) => epochsAgain.push(metrics),
    });
    assert.deepEqual(description, trained[0]);
    assert.equal((await reopen().trainingJobs()).at(-1), 'first-job');
    assert.deepEqual(again, log);
    assert.deepEqual(epochsAgain, epochs);
  });
}

async function testFurtherJobs(t: TestContext, { session, channels, trained }: Walk): Promise<void> {
  await t.test('a job whose instance is kept leaves nothing after a clean-up', async () => {
    const hyperparameters = { epochs: 1 };
    const job = await session.train({ channels, hyperparameters, keepAlive: 600, again: true });
    assert.equal((await job.wait()).status, 'Completed');
    await session.cleanUp();
    assert.deepEqual(await running(session), []);
    const invalid = session.train({ channels, hyperparameters, keepAlive: 3601 });
    await assert.rejects(invalid, /keepAlive is 3601/);
  });

  await t.test('a signal ends the waiting, and the job continues', async () => {
    const job = await session.train({ channels, hyperparameters: long });
    const waiting = new AbortController();
    const onEpoch = () => waiting.abort(new Error('enough'));
    await assert.rejects(job.wait({ onEpoch, signal: waiting.signal }), /enough/);
    assert.equal((await job.describe()).status, 'InProgress');
    await job.delete();
  });

  await t.test('a job without a name is given one', async () => {
    const job = await session.train({ ...secondJob, channels });
    assert.match(job.name, /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
    const description = await job.wait();
    assert.equal(description.metrics.length, 2);
    trained.push(description);
  });
}
