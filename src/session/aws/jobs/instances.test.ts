// Instance types in order of preference: the first free one is taken and billed, and the dearest one is priced before.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { RehearsalOptions } from '../../../rehearsal/server';
import { ledgerFolder, startAws } from '../../../testing/aws';
import { uploadCorpus, userError } from '../../../testing/folders';
import type { AwsSessionOptions } from '../account/options';

const limits = { timeout: 120_000 };
const hyperparameters = { epochs: 1 };
const instances = ['ml.c5.2xlarge', 'ml.m5.large', 'ml.m5.xlarge'];

async function prepare(t: TestContext, behaviour: RehearsalOptions = {}, options: AwsSessionOptions = {}) {
  const aws = await startAws(t, behaviour);
  const session = aws.open(await ledgerFolder(t), options);
  return { aws, session, channels: await uploadCorpus(t, session) };
}

test('the first type that is free is taken, billed and listed', limits, async (t) => {
  const { aws, session, channels } = await prepare(t, { hasFree: (type) => type !== 'ml.c5.2xlarge' });
  const job = await session.train({ channels, hyperparameters, instances });
  await job.wait();
  const priced = aws.told.find((one) => one.startsWith(`The training job ${job.name} costs`)) ?? '';
  assert.match(priced, /an hour \(the dearest of ml\.c5\.2xlarge, ml\.m5\.large, ml\.m5\.xlarge\), at most/);
  assert.match(aws.told.at(-1) ?? '', /s of ml\.m5\.large billed/);
  const command = new DescribeTrainingJobCommand({ TrainingJobName: job.name });
  const { ResourceConfig } = await new SageMakerClient().send(command);
  assert.deepEqual(
    ResourceConfig?.InstancePreferences,
    instances.map((InstanceType) => ({ InstanceType })),
  );
  assert.deepEqual([ResourceConfig?.InstanceType, ResourceConfig?.InstanceCount], [undefined, 1]);
  assert.equal(ResourceConfig?.SelectedInstanceType, 'ml.m5.large');

  const long = { architecture: 'mlp', epochs: 1000, batch_size: 1 } as const;
  const running = await session.train({ channels, hyperparameters: long, instances });
  const [listed] = await session.whatIsRunning();
  assert.deepEqual([listed?.name, listed?.dollarsPerHour], [running.name, 1]);
  await session.cleanUp();
});

test(
  'the dearest of the types counts, and is settled at the price of the one that was taken',
  limits,
  async (t) => {
    const dollarsPerHour = (type: string) => (type === 'ml.m5.large' ? 0.1 : 2);
    const hasFree = (type: string) => type === 'ml.m5.large';
    const { aws, session, channels } = await prepare(t, { dollarsPerHour, hasFree }, { budget: 1.1 });
    await (await session.train({ channels, hyperparameters, instances })).wait();
    assert.match(
      aws.told.join('\n'),
      /costs \$2\.00 an hour \(the dearest of .*at most \$1\.00 for 30 minutes/,
    );
    // The budget has room for the same again.
    await (await session.train({ channels, hyperparameters, instances, again: true })).wait();
  },
);

test('without a free instance of any type the job fails and says what to do', limits, async (t) => {
  const { session, channels } = await prepare(t, { hasFree: () => false });
  const job = await session.train({ channels, hyperparameters, instanceType: 'ml.m5.large' });
  await assert.rejects(job.wait(), userError('CapacityError', 'no free instance', 'instances: ['));
});

test('lists that SageMaker does not accept are rejected before anything is billed', limits, async (t) => {
  const { aws, session, channels } = await prepare(t, {}, { kmsKey: 'key-1' });
  const train = (settings: object) => session.train({ channels, hyperparameters, ...settings });
  const six = [...instances, 'ml.m5.2xlarge', 'ml.m5.4xlarge', 'ml.c5.xlarge'];
  for (const wrong of [[], ['ml.m5.large', 'ml.m5.large'], six]) {
    await assert.rejects(train({ instances: wrong }), userError('instances is [', 'one to 5', 'each once'));
  }
  await assert.rejects(train({ instances, instanceType: 'ml.m5.large' }), userError('Leave one of them out'));
  await assert.rejects(
    train({ instances: ['ml.m5.large', 'ml.g5.xlarge'] }),
    userError('kmsKey does not apply to ml.g5.xlarge'),
  );
  const spot = aws.open(await ledgerFolder(t), { spot: true });
  await assert.rejects(
    spot.train({ channels, hyperparameters, instances }),
    userError('instances does not apply to spot instances'),
  );
  assert.ok(!aws.rehearsal.requests.includes('SageMaker.CreateTrainingJob'));
});
