// A tuning job on AWS, beside the contract of every session: what SageMaker is asked for, what it may cost, and that it is
// started once.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import {
  DescribeHyperParameterTuningJobCommand,
  ListTagsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../../rehearsal/leftovers';
import { type LocalAws, ledgerFolder, startAws } from '../../../testing/aws';
import { eventually, uploadCorpus, userError } from '../../../testing/folders';
import { tinyNetwork } from '../../../testing/tinyNetwork';
import type { Channel, Session } from '../../contract/session';
import type { TuningRequest } from '../../contract/tuning';
import type { AwsSessionOptions } from '../account/options';

const limits = { timeout: 120_000 };
const ranges = {
  learning_rate: { from: 0.001, to: 0.1, scale: 'log' },
  epochs: { from: 1, to: 2 },
  class_weights: ['none', 'balanced'],
} as const;

test(
  'a request says ranges, strategy, limits, spot and checkpoints in SageMaker’s words',
  limits,
  async (t) => {
    const { session, channels } = await prepare(t);
    const request: TuningRequest = {
      channels,
      ranges,
      hyperparameters: { batch_size: 16 },
      trials: 3,
      parallel: 5,
      maxTrialMinutes: 4,
      instanceType: 'ml.m5.large',
      seed: 7,
      spot: true,
    };
    const { config, definition } = await readBack(await session.tune({ ...request, earlyStopping: true }));
    assert.deepEqual(config, {
      Strategy: 'Bayesian',
      HyperParameterTuningJobObjective: { Type: 'Maximize', MetricName: 'validation_accuracy' },
      ResourceLimits: { MaxNumberOfTrainingJobs: 3, MaxParallelTrainingJobs: 3 },
      ParameterRanges: {
        IntegerParameterRanges: [{ Name: 'epochs', MinValue: '1', MaxValue: '2', ScalingType: 'Linear' }],
        ContinuousParameterRanges: [
          { Name: 'learning_rate', MinValue: '0.001', MaxValue: '0.1', ScalingType: 'Logarithmic' },
        ],
        CategoricalParameterRanges: [{ Name: 'class_weights', Values: ['none', 'balanced'] }],
      },
      TrainingJobEarlyStoppingType: 'Auto',
      RandomSeed: 7,
    });
    assert.deepEqual(definition?.StaticHyperParameters, { batch_size: '16' });
    assert.deepEqual(definition?.StoppingCondition, { MaxRuntimeInSeconds: 240, MaxWaitTimeInSeconds: 480 });
    assert.equal(definition?.ResourceConfig?.InstanceType, 'ml.m5.large');
    assert.equal(definition?.EnableManagedSpotTraining, true);
    assert.match(definition?.CheckpointConfig?.S3Uri ?? '', /^s3:.*\/checkpoints\/[0-9a-f]{16}$/);
    const metrics = definition?.AlgorithmSpecification?.MetricDefinitions?.map(({ Name }) => Name);
    assert.ok(metrics?.includes('validation_accuracy'));

    const hyperband = { ...request, strategy: 'hyperband', objective: 'loss', earlyStopping: true } as const;
    const { config: other } = await readBack(await session.tune(hyperband));
    assert.deepEqual(
      [other?.Strategy, other?.StrategyConfig?.HyperbandStrategyConfig, other?.TrainingJobEarlyStoppingType],
      ['Hyperband', { MinResource: 1, MaxResource: 2 }, 'Off'],
    );
    assert.equal(other?.HyperParameterTuningJobObjective?.Type, 'Minimize');
    await session.cleanUp();
  },
);

test(
  'its price is that of all trials at their limit; what does not fit the budget is not started',
  limits,
  async (t) => {
    const { aws, channels } = await prepare(t);
    const session = aws.open(await ledgerFolder(t), { budget: 0.5 });
    const request: TuningRequest = { channels, ranges, trials: 10, maxTrialMinutes: 6 };
    await assert.rejects(
      session.tune(request),
      userError(
        '$1.00 an hour',
        'at most $1.00 for 10 × 6 minutes',
        'session’s budget is $0.5000',
        'budget: 1 ',
      ),
    );
    assert.deepEqual(await session.whatIsRunning(), []);
    assert.deepEqual(await session.tuningJobs(), []);
    const job = await session.tune({ ...request, trials: 2 });
    assert.match(
      aws.told.at(-1) ?? '',
      /at most \$0\.2000 for 2 × 6 minutes. Budget left after that: \$0\.3000/,
    );
    const { trials } = await job.wait();
    const billed = trials.reduce((sum, { billableSeconds }) => sum + billableSeconds, 0);
    assert.match(aws.told.at(-1) ?? '', new RegExp(`^${job.name}: ${billed} s of ml.c5.2xlarge billed`));
    // What was not used is free again: four more trials of 6 minutes fit.
    await (await session.tune({ ...request, trials: 4, seed: 2 })).stop();
  },
);

test('an identical request finds the running job, whichever response was lost', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  let isLost = false;
  aws.fault = (operation) => {
    if (operation !== 'SageMaker.CreateHyperParameterTuningJob' || isLost) return undefined;
    isLost = true;
    return 'lost';
  };
  const request: TuningRequest = { channels, ranges, trials: 2 };
  const job = await session.tune(request);
  assert.ok(isLost);
  const same = await session.tune(request);
  assert.equal(same.name, job.name);
  assert.match(aws.told.at(-1) ?? '', /An identical job, .* tune\(\{ …, again: true \}\)/);
  assert.notEqual((await session.tune({ ...request, again: true })).name, job.name);
  assert.deepEqual((await session.tuningJobs()).at(-1), job.name);
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'a network travels as the channel code, uploaded once; another network is another job',
  limits,
  async (t) => {
    const { session, channels } = await prepare(t);
    const network = tinyNetwork();
    const hyperparameters = { epochs: 1, units: 2 };
    const job = await session.train({ channels, network, hyperparameters });
    assert.equal((await session.train({ channels, network, hyperparameters })).name, job.name);
    const changed = { ...network, code: `${network.code}// changed` };
    const other = await session.train({ channels, network: changed, hyperparameters });
    assert.notEqual(other.name, job.name);

    const request: TuningRequest = {
      channels,
      network,
      ranges: {
        units: { from: 2, to: 4 },
        activation: ['relu', 'tanh'],
        learning_rate: { from: 0.01, to: 0.02 },
      },
      hyperparameters: { epochs: 1 },
      trials: 1,
    };
    const tuning = await session.tune(request);
    const { config, definition } = await readBack(tuning);
    const { IntegerParameterRanges, CategoricalParameterRanges } = config?.ParameterRanges ?? {};
    assert.deepEqual(IntegerParameterRanges, [
      { Name: 'units', MinValue: '2', MaxValue: '4', ScalingType: 'Linear' },
    ]);
    assert.deepEqual(CategoricalParameterRanges, [{ Name: 'activation', Values: ['relu', 'tanh'] }]);
    assert.deepEqual(definition?.StaticHyperParameters, { architecture: 'own', epochs: '1' });
    const code = definition?.InputDataConfig?.find(({ ChannelName }) => ChannelName === 'code');
    assert.match(code?.DataSource?.S3DataSource?.S3Uri ?? '', /\/channels\/code-[0-9a-f]{16}\/$/);
    assert.notEqual((await session.tune({ ...request, network: changed })).name, tuning.name);
    await session.cleanUp();
  },
);

test(
  'a later kernel attaches and hears all trials; the waiting ends when it is told to',
  limits,
  async (t) => {
    const { aws, folder, session, channels } = await prepare(t);
    const hyperparameters = { architecture: 'mlp', batch_size: 4, epochs: 1000 } as const;
    const job = await session.tune({
      channels,
      ranges: { learning_rate: ranges.learning_rate },
      hyperparameters,
      trials: 4,
    });
    const waiting = new AbortController();
    const stopWaiting = () => waiting.abort(new Error('enough'));
    await assert.rejects(job.wait({ onTrial: stopWaiting, signal: waiting.signal }), /enough/);
    const later = aws.open(folder);
    const attached = await later.attachTuningJob(job.name);
    await eventually(async () => (await attached.describe()).trials.length === 2);
    assert.equal((await later.whatIsRunning()).filter(({ kind }) => kind === 'training job').length, 2);
    const told: string[] = [];
    const ended = attached.wait({ onTrial: ({ name }) => told.push(name) });
    await attached.stop();
    assert.equal((await ended).status, 'Stopped');
    assert.equal(new Set(told).size, 2);
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test('tuning jobs and their trials carry the project’s tags', limits, async (t) => {
  const { session, channels } = await prepare(t);
  const job = await session.tune({ channels, ranges, trials: 1 });
  const { trials } = await job.wait();
  const arn = 'arn:aws:sagemaker:us-east-1:123456789012';
  for (const resource of [`hyper-parameter-tuning-job/${job.name}`, `training-job/${trials[0]?.name}`]) {
    const { Tags = [] } = await new SageMakerClient().send(
      new ListTagsCommand({ ResourceArn: `${arn}:${resource}` }),
    );
    assert.ok(Tags.some(({ Key, Value }) => Key === 'project' && Value === 'sagemaker-text-classification'));
  }
});

interface Bench {
  aws: LocalAws;
  session: Session;
  /** The ledger's. */
  folder: string;
  channels: Channel[];
}

async function prepare(t: TestContext, options: AwsSessionOptions = {}): Promise<Bench> {
  const aws = await startAws(t);
  const folder = await ledgerFolder(t);
  const session = aws.open(folder, options);
  const channels = await uploadCorpus(t, session);
  return { aws, session, folder, channels };
}

async function readBack({ name }: { name: string }) {
  const answer = await new SageMakerClient().send(
    new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name }),
  );
  return { config: answer.HyperParameterTuningJobConfig, definition: answer.TrainingJobDefinition };
}
