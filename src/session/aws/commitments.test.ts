// The budget is one for all kernels of an owner, and each is told what else may be billed.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { AddTagsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { Fault } from '../../rehearsal/server';
import { ledgerFolder, startTrained } from '../../testing/aws';
import { userError } from '../../testing/folders';

const limits = { timeout: 120_000 };
const long = { architecture: 'mlp', epochs: 1000, batch_size: 1 } as const;

test(
  'a second kernel with the same budget counts what the first has running, until its end',
  limits,
  async (t) => {
    const { aws, folder, session, channels, modelArtifact } = await startTrained(t);
    const first = aws.open(folder, { budget: 2.2 });
    await first.deploy(modelArtifact, { name: 'one' });
    // Another folder, and so another ledger: the tags tell whose the endpoint is.
    const second = aws.open(await ledgerFolder(t), { budget: 2.2 });
    await second.deploy(modelArtifact, { name: 'two' });
    for (const kernel of [first, second, aws.open(folder, { budget: 2.2 })]) {
      await assert.rejects(
        kernel.deploy(modelArtifact, { name: 'three' }),
        userError('budget is $2.20', 'running from elsewhere', 'BUDGET_USD=3'),
      );
    }
    await assert.rejects(
      aws.open(folder, { budget: 2.2 }).deploy(modelArtifact, { name: 'three', hours: 0.25 }),
      userError('endpoint one $', 'endpoint two $'),
    );
    const job = await session.train({ channels, hyperparameters: long });
    await assert.rejects(
      aws.open(folder, { budget: 2.7 }).deploy(modelArtifact, { name: 'three', hours: 0.25 }),
      userError(`training job ${job.name} $0.`),
    );
    const tuning = await session.tune({
      channels,
      ranges: { seed: { from: 1, to: 5 } },
      trials: 1,
      hyperparameters: long,
    });
    while ((await session.whatIsRunning()).length < 5);
    await session.deploy(modelArtifact, { name: 'four' });
    assert.doesNotMatch(aws.told.join('\n'), /spent or reserved/);
    await tuning.stop();
    await session.cleanUp();
  },
);

test('a second kernel counts the trials that a tuning job has yet to start', limits, async (t) => {
  const { aws, folder, session, channels, modelArtifact } = await startTrained(t);
  const tuning = await session.tune({
    channels,
    ranges: { seed: { from: 1, to: 50 } },
    trials: 20,
    parallel: 2,
    maxTrialMinutes: 60,
    hyperparameters: long,
  });
  while ((await session.whatIsRunning()).filter(({ kind }) => kind === 'training job').length < 2);
  // A trial costs at most a dollar: 18 wait, and two run.
  await assert.rejects(
    aws.open(folder, { budget: 9 }).deploy(modelArtifact, { name: 'one' }),
    userError('budget is $9.00', `tuning job ${tuning.name} $18.00`),
  );
  await session.cleanUp();
});

test(
  'what others have running, what cannot be listed and other regions are told, once',
  limits,
  async (t) => {
    const { aws, folder, session, modelArtifact } = await startTrained(t);
    await session.deploy(modelArtifact, { name: 'theirs' });
    await new SageMakerClient().send(
      new AddTagsCommand({
        ResourceArn: 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/theirs',
        Tags: [{ Key: 'owner', Value: 'arn:aws:iam::123456789012:user/somebody' }],
      }),
    );
    const elsewhere = await ledgerFolder(t);
    const time = new Date().toISOString();
    const entry = { time, action: 'create', account: '123456789012', region: 'eu-west-1' };
    const past = new Date(Date.now() - 1000).toISOString();
    const old = new Date(Date.now() - 100 * 3_600_000).toISOString();
    for (const one of [
      { kind: 'endpoint', name: 'far' },
      { kind: 'endpoint', name: 'over' },
      { kind: 'schedule', name: 'over', ends: past, modelArtifact: 's3://a/b' },
      { kind: 'training job', name: 'done', time: old },
      { kind: 'warm pool', name: 'kept', ends: new Date(Date.now() + 600_000).toISOString() },
      { kind: 'warm pool', name: 'done', ends: past },
      { kind: 'model', name: 'free' },
    ]) {
      appendFileSync(join(elsewhere, 'ledger.jsonl'), `${JSON.stringify({ ...entry, ...one })}\n`);
    }
    const mine = aws.open(elsewhere, { budget: 2.2 });
    const denied: Fault = { status: 403, type: 'AccessDeniedException', message: 'no permission' };
    aws.fault = (operation) => (/\.ListTransformJobs$/.test(operation) ? denied : undefined);
    const before = aws.told.length;
    await mine.deploy(modelArtifact, { name: 'mine' });
    await mine.deploy(modelArtifact, { name: 'my-second' });
    const told = aws.told.slice(before);
    for (const sentence of [
      'Others have running in this account and region: endpoint theirs of somebody. Your budget does not count that.',
      'These could not be listed, and may run and be billed:\n- transform jobs: no permission\nThe budget does not count them.',
      'The ledger also has in eu-west-1: endpoint far, warm pool kept. They may run and be billed. To list them: ' +
        "openSession({ region: 'eu-west-1' }). To end them: AWS_REGION=eu-west-1 npm run clean-up.",
    ]) {
      assert.equal(told.filter((one) => one === sentence).length, 1, `${sentence}\n${told.join('\n')}`);
    }
    aws.fault = () => undefined;
    await mine.cleanUp();
    await aws.open(folder).cleanUp();
  },
);
