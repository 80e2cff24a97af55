// An error of SageMaker's own: with retries the job is started again, without them the error says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { ledgerFolder, startAws } from '../../../testing/aws';
import { uploadCorpus, userError } from '../../../testing/folders';

const limits = { timeout: 120_000 };
const hyperparameters = { epochs: 1 };

test('a job is started again after errors of SageMaker’s own, and its trials are, too', limits, async (t) => {
  const aws = await startAws(t, { breaksDown: (_job, attempt) => attempt <= 2 });
  const session = aws.open(await ledgerFolder(t));
  const channels = await uploadCorpus(t, session);
  const failing = await session.train({ channels, hyperparameters, retries: 1 });
  await assert.rejects(
    failing.wait(),
    userError('InternalServerError', 'SageMaker itself failed, not the container', 'retries: 3'),
  );
  const job = await session.train({ channels, hyperparameters, retries: 2, again: true });
  const statuses: string[] = [];
  const { status } = await job.wait({ onStatus: (one) => statuses.push(one) });
  assert.equal(status, 'Completed');
  assert.equal(
    statuses.filter((one) => one.startsWith('Starting: Starting the training job again')).length,
    2,
  );
  const command = new DescribeTrainingJobCommand({ TrainingJobName: job.name });
  assert.deepEqual((await new SageMakerClient().send(command)).RetryStrategy, { MaximumRetryAttempts: 2 });

  const ranges = { batch_size: [8, 16] };
  const tuning = await session.tune({ channels, hyperparameters, ranges, trials: 1, retries: 2 });
  assert.equal((await tuning.wait()).best?.status, 'Completed');
  // The time limit covers all attempts: the price is that of one.
  assert.ok(
    aws.told.some(
      (one) => one.startsWith(`The training job ${job.name} costs`) && /at most \$0\.5000 /.test(one),
    ),
  );

  for (const retries of [-1, 1.5, 31]) {
    const invalid = userError(`retries is ${retries}`, 'from 0 to 30');
    await assert.rejects(session.train({ channels, hyperparameters, retries }), invalid);
    await assert.rejects(session.tune({ channels, hyperparameters, ranges, retries }), invalid);
  }
});
