// The instance that is kept after a training job: its price comes first, the next job starts on it, and it is ended or named.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../../rehearsal/leftovers';
import { ledgerFolder, startAws } from '../../../testing/aws';
import { uploadCorpus, userError } from '../../../testing/folders';
import type { AwsSessionOptions } from '../account/options';

const limits = { timeout: 120_000 };
const quick = { epochs: 1 };

async function prepare(t: TestContext, options: AwsSessionOptions = {}, keepsInstances = true) {
  const aws = await startAws(t, { keepsInstances });
  const folder = await ledgerFolder(t);
  const session = aws.open(folder, options);
  const channels = await uploadCorpus(t, session);
  const train = async (keepAlive: number | undefined, seed = 1) => {
    const hyperparameters = { ...quick, seed };
    const job = await session.train({ channels, hyperparameters, ...(keepAlive && { keepAlive }) });
    await job.wait();
    return job;
  };
  return { aws, folder, session, channels, train };
}

async function poolOf(TrainingJobName: string) {
  const command = new DescribeTrainingJobCommand({ TrainingJobName });
  return (await new SageMakerClient().send(command)).WarmPoolStatus?.Status;
}

test(
  'an instance is kept at a price told before, and the next job starts on it and says so',
  limits,
  async (t) => {
    const { aws, session, train } = await prepare(t);
    const first = await train(600);
    const told = aws.told.join('\n');
    assert.match(
      told,
      /at most \$0\.6667 for 30 minutes and 600 s in which the instance waits for the next job/,
    );
    assert.match(told, /The instance of \S+ is kept for 600 s, at \$1\.00 an hour, at most \$0\.1667/);
    const [kept] = await session.whatIsRunning();
    assert.deepEqual([kept?.kind, kept?.name, kept?.dollarsPerHour], ['warm pool', first.name, 1]);
    assert.match(kept?.ends ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);

    const second = await train(undefined, 2);
    assert.match(
      aws.told.at(-1) ?? '',
      new RegExp(
        `^${second.name}: .* billed, .*; it started on the instance kept by ${first.name}, which waited`,
      ),
    );
    assert.deepEqual([await poolOf(first.name), await poolOf(second.name)], ['Reused', 'Terminated']);
    assert.deepEqual(await session.whatIsRunning(), []);
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test('a clean-up ends instances that are kept, and those of jobs that still run', limits, async (t) => {
  const { aws, session, channels, train } = await prepare(t);
  const kept = await train(3600);
  await session.train({
    channels,
    hyperparameters: { architecture: 'mlp', epochs: 1000, batch_size: 1 },
    instanceType: 'ml.m5.large',
    keepAlive: 60,
  });
  const kinds = async () => (await session.whatIsRunning()).map(({ kind }) => kind);
  assert.deepEqual(await kinds(), ['training job', 'warm pool']);
  const ended = await session.cleanUp();
  assert.deepEqual(ended.map(({ kind }) => kind).sort(), ['training job', 'warm pool']);
  assert.equal(await poolOf(kept.name), 'Terminated');
  assert.deepEqual(await kinds(), []);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);

  const deleted = await train(600, 3);
  await deleted.delete();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('the budget counts the time in which an instance waits, also in another kernel', limits, async (t) => {
  const { aws, folder, session, channels, train } = await prepare(t, { budget: 1.4, maxRuntimeMinutes: 15 });
  await train(3600);
  await assert.rejects(train(1800, 2), userError('budget is $1.40'));
  const other = aws.open(folder, { budget: 1.2, maxRuntimeMinutes: 15 });
  await assert.rejects(
    other.train({ channels, hyperparameters: { ...quick, seed: 2 } }),
    userError('running from elsewhere', 'warm pool headlines-'),
  );
  await session.cleanUp();
  // What has not been waited for is free again.
  await train(undefined, 2);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'without a quota for warm pools the job runs, and says before and after that nothing is kept',
  limits,
  async (t) => {
    const { aws, session, train } = await prepare(t, {}, false);
    let before = '';
    aws.fault = (operation) => {
      if (operation === 'SageMaker.CreateTrainingJob') before = aws.told.join('\n');
      return undefined;
    };
    await train(600);
    assert.match(
      before,
      /keepAlive has no effect on ml\.c5\.2xlarge: the quota "ml\.c5\.2xlarge for .*" is 0/,
    );
    assert.match(
      aws.told.at(-1) ?? '',
      /is not kept: the quota "ml\.c5\.2xlarge for training warm pool usage"/,
    );
    assert.deepEqual(await session.cleanUp(), []);
  },
);

test(
  'a time that SageMaker does not accept, and spot instances, are rejected before anything is billed',
  limits,
  async (t) => {
    const { aws, session, folder, channels } = await prepare(t);
    for (const keepAlive of [0, -1, 0.5, 3601, Number.NaN]) {
      await assert.rejects(
        session.train({ channels, hyperparameters: quick, keepAlive }),
        userError(`keepAlive is ${keepAlive}`, 'from 1 to 3600'),
      );
    }
    const spot = aws.open(folder, { spot: true });
    await assert.rejects(
      spot.train({ channels, hyperparameters: quick, keepAlive: 60 }),
      userError('keepAlive does not apply to spot instances'),
    );
    assert.ok(!aws.rehearsal.requests.includes('SageMaker.CreateTrainingJob'));
  },
);
