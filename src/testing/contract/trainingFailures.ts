// Training jobs that are refused, fail or are stopped.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { userError } from '../folders';
import { firstTrained, long, running, type Walk } from './walk';

export async function testRejections(t: TestContext, walk: Walk): Promise<void> {
  const { session, channels } = walk;
  const trained = await firstTrained(walk);
  const invalid = ['', 'under_score', '-first', 'last-', 'a b', '../job', 'x'.repeat(64)];

  await t.test('wrong hyperparameters are rejected before anything starts', async () => {
    const hyperparameters = { epochs: 0, epoch: 3 };
    await assert.rejects(
      session.train({ name: 'refused', channels, hyperparameters }),
      userError('epochs is 0', 'unknown hyperparameter "epoch"'),
    );
    assert.deepEqual(await running(session), []);
    await assert.rejects(session.attachTrainingJob('refused'), userError('refused'));
  });

  await t.test('two channels of one name are rejected before anything starts', async () => {
    const twice = [...channels, ...channels.slice(0, 1)];
    await assert.rejects(session.train({ name: 'refused', channels: twice }), userError('"training"'));
    assert.deepEqual(await running(session), []);
  });

  await t.test('a name that is taken or invalid is rejected before anything starts', async () => {
    await assert.rejects(
      session.train({ name: trained.name, channels }),
      userError(`"${trained.name}" is taken`),
    );
    for (const name of invalid) {
      await assert.rejects(session.train({ name, channels }), userError(`"${name}"`, 'hyphens'));
      await assert.rejects(
        session.deploy(trained.modelArtifact ?? '', { name }),
        userError(`"${name}"`, 'hyphens'),
      );
    }
    assert.deepEqual(await running(session), []);
  });

  await t.test('what was never started cannot be attached to', async () => {
    await assert.rejects(session.attachTrainingJob('unknown'), userError('unknown'));
    await assert.rejects(session.attachEndpoint('unknown'), userError('unknown'));
    for (const name of ['', '.', '..', '../training-jobs/first-job']) {
      await assert.rejects(session.attachTrainingJob(name), userError());
    }
  });
}

export async function testFailure(t: TestContext, { session, folder, channels }: Walk): Promise<void> {
  await t.test('a job that fails reports the reason of its container', async () => {
    const file = join(folder, 'wrong.tsv');
    const category = 'z'.repeat(2000);
    await writeFile(
      file,
      `1\tBank\thttp://www.example.com\tThe Example\t${category}\ts\twww.example.com\t1\n`,
    );
    const training = await session.upload(file, 'training');
    const job = await session.train({
      channels: [training, ...channels.filter(({ name }) => name !== 'training')],
    });
    await assert.rejects(job.wait(), userError(job.name, 'wrong.tsv', 'line 1', 'unknown category "zzz'));
    const { status, failureReason, modelArtifact } = await job.describe();
    assert.equal(status, 'Failed');
    assert.equal(modelArtifact, undefined);
    assert.equal(failureReason?.length, 1024, 'the failure file is longer, and cut');
    await job.stop();
    assert.equal((await job.describe()).status, 'Failed');
  });

  await t.test('a job without training data fails with a sentence', async () => {
    const embeddings = channels.filter(({ name }) => name === 'embeddings');
    await assert.rejects(async () => {
      const job = await session.train({ channels: embeddings });
      await job.wait();
    }, userError('training'));
  });
}

export async function testStop(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  await t.test('stopping, even twice, keeps what the job has learnt; waiting for it resolves', async () => {
    const job = await session.train({ channels, hyperparameters: long });
    let stopped: Promise<unknown> | undefined;
    const description = await job.wait({
      onEpoch({ epoch }) {
        if (epoch === 2) stopped = Promise.all([job.stop(), job.stop()]);
      },
    });
    await stopped;
    assert.equal(description.status, 'Stopped');
    assert.ok(description.modelArtifact);
    assert.ok(description.metrics.length >= 2 && description.metrics.length < long.epochs);
    await job.stop();
    assert.deepEqual(await job.describe(), description);
    assert.deepEqual(await (await reopen().attachTrainingJob(job.name)).describe(), description);
    assert.deepEqual(await running(session), []);
    const endpoint = await session.deploy(description.modelArtifact);
    assert.ok((await endpoint.predict('bank')).result);
    await endpoint.delete();
  });

  await t.test('deleting a running job, even twice, stops and forgets it', async () => {
    const job = await session.train({ channels, hyperparameters: long });
    const waiting = job.wait().catch((error: unknown) => error);
    await job.delete();
    await job.delete();
    assert.deepEqual(await running(session), []);
    await assert.rejects(session.attachTrainingJob(job.name), userError(job.name));
    await assert.rejects(job.describe(), userError(job.name));
    const outcome = await waiting;
    if (outcome instanceof Error) userError(job.name)(outcome);
    const successor = await session.train({ name: job.name, channels, hyperparameters: { epochs: 1 } });
    await successor.wait();
  });
}
