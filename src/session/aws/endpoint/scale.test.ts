import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { DescribeEndpointCommand, ListTagsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../../rehearsal/leftovers';
import { ledgerFolder, startTrained } from '../../../testing/aws';
import { eventually, userError } from '../../../testing/folders';
import type { Endpoint } from '../../contract/session';
import { openLedger } from '../account/ledger';
import type { AwsSessionOptions } from '../account/options';

const limits = { timeout: 120_000 };
const ServiceNamespace = 'sagemaker' as const;

/** An endpoint in service. */
async function deploy(t: TestContext, options: AwsSessionOptions = {}) {
  const bench = await startTrained(t, { endpointInstance: 'ml.c5.large', ...options });
  const endpoint = await bench.session.deploy(bench.modelArtifact, { name: 'scaled' });
  return { ...bench, endpoint };
}

async function targets() {
  const scaling = new ApplicationAutoScalingClient();
  const { ScalableTargets = [] } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace }),
  );
  return ScalableTargets.map(({ ResourceId, MinCapacity, MaxCapacity }) => [
    ResourceId,
    MinCapacity,
    MaxCapacity,
  ]);
}

async function instances(): Promise<number | undefined> {
  const command = new DescribeEndpointCommand({ EndpointName: 'scaled' });
  const { ProductionVariants, EndpointStatus } = await new SageMakerClient().send(command);
  return EndpointStatus === 'InService' ? ProductionVariants?.[0]?.CurrentInstanceCount : undefined;
}

async function grow(endpoint: Endpoint, count: number): Promise<void> {
  await endpoint.scale({ from: count, to: count + 1 });
  await eventually(async () => (await instances()) === count);
}

const target = 'endpoint/scaled/variant/AllTraffic';

test(
  'extending an endpoint that scales sets aside the most instances that it may have',
  limits,
  async (t) => {
    const { aws, endpoint } = await deploy(t);
    await endpoint.scale({ from: 1, to: 8 });
    await endpoint.extend(10);
    const costs = aws.told.filter((line) => line.includes('at most 8 × ml.c5.large'));
    assert.equal(costs.length, 2, aws.told.join('\n'));
    await endpoint.delete();
  },
);

test('bounds and policy reach Application Auto Scaling, and go with the endpoint', limits, async (t) => {
  const { aws, endpoint } = await deploy(t);
  await endpoint.scale({ from: 2, to: 4, requestsPerSecond: 20, inCooldownSeconds: 600 });
  assert.deepEqual(await targets(), [[target, 2, 4]]);
  const scaling = new ApplicationAutoScalingClient();
  const { ScalingPolicies = [] } = await scaling.send(
    new DescribeScalingPoliciesCommand({ ServiceNamespace }),
  );
  assert.deepEqual(ScalingPolicies[0]?.TargetTrackingScalingPolicyConfiguration, {
    PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
    TargetValue: 1200,
    ScaleInCooldown: 600,
    ScaleOutCooldown: 60,
  });
  await eventually(async () => (await instances()) === 2);
  await endpoint.delete();
  assert.deepEqual(await targets(), []);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'the most that it may cost is told and set aside first, and refused beyond the budget',
  limits,
  async (t) => {
    const { aws, session, endpoint } = await deploy(t, { budget: 4 });
    await assert.rejects(
      endpoint.scale({ to: 10 }),
      userError('The endpoint scaled costs $10.00 an hour (at most 10 × ml.c5.large)', 'nothing was started'),
    );
    assert.deepEqual(await targets(), []);
    await endpoint.scale({ from: 2, to: 3 });
    assert.match(
      aws.told.at(-1) ?? '',
      /costs \$3\.00 an hour \(at most 3 × ml\.c5\.large\), at most \$3\.00/,
    );
    await eventually(async () => (await instances()) === 2);
    assert.equal((await session.whatIsRunning())[0]?.dollarsPerHour, 2);
  },
);

test(
  'an update keeps as many machines as the endpoint has grown to, and its tags lead to the new model',
  limits,
  async (t) => {
    const { session, endpoint, channels, modelArtifact } = await deploy(t);
    await grow(endpoint, 2);
    const other = await session.train({ channels, hyperparameters: { epochs: 1, seed: 2 } });
    const { modelArtifact: next = '' } = await other.wait();
    const sagemaker = new SageMakerClient();
    const ResourceArn = 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/scaled';
    const tags = async () => {
      const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn }));
      return new Map(Tags.map(({ Key, Value }) => [Key, Value]));
    };
    const before = await tags();
    const { model } = await endpoint.predict('bank');
    assert.equal(before.get('model'), model);
    assert.match(before.get('data') ?? '', /^training [0-9a-f]{16} embeddings [0-9a-f]{16}$/);
    assert.match(before.get('image') ?? '', /^sha256:/);
    assert.match(before.get('code') ?? '', /^[0-9a-f]{16}$/);
    assert.ok(modelArtifact.includes(`/${before.get('training-job')}/`));
    await endpoint.update(next);
    assert.equal(await instances(), 2);
    const after = await tags();
    assert.equal(after.get('training-job'), other.name);
    assert.equal(after.get('model'), (await endpoint.predict('bank')).model);
  },
);

test('a machine of the retired T2 family is rejected with AWS’s words and a remedy', limits, async (t) => {
  const { aws, session, modelArtifact } = await deploy(t);
  await assert.rejects(
    session.deploy(modelArtifact, { name: 'burstable', instanceType: 'ml.t2.medium' }),
    userError('Deprecated instance type "T2"', 'ml.m5.large'),
  );
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('an endpoint on a burstable machine is not scaled', limits, async (t) => {
  const { aws, endpoint } = await deploy(t);
  // Created when SageMaker still had the machine.
  const [variant] = aws.rehearsal.account.endpointConfigs.get('scaled').request.ProductionVariants;
  assert.ok(variant);
  variant.InstanceType = 'ml.t2.medium';
  await assert.rejects(
    endpoint.scale({ to: 2 }),
    userError('scaled runs on ml.t2.medium', 'burstable', 'ml.m5.large'),
  );
  assert.deepEqual(await targets(), []);
});

test('another folder, which knows no job, finds the lineage by the model’s tags', limits, async (t) => {
  const { aws, job, endpoint } = await deploy(t);
  const { model = '' } = await endpoint.predict('bank');
  const stranger = aws.open(await ledgerFolder(t));
  const lineage = await stranger.lineage(model);
  assert.equal(lineage.job, job.name);
  assert.match(lineage.origin?.image ?? '', /^sha256:/);
  await assert.rejects(stranger.lineage('0123456789abcdef'), userError('0123456789abcdef'));
});

test('the ledger knows a model whose job and artifact are gone', limits, async (t) => {
  const { folder, session, job, endpoint } = await deploy(t);
  const { model = '' } = await endpoint.predict('bank');
  await job.delete();
  await endpoint.delete();
  const lineage = await session.lineage(model);
  assert.equal(lineage.job, job.name);
  assert.equal(lineage.hyperparameters.epochs, 1);
  const made = openLedger(join(folder, 'ledger.jsonl'))
    .read()
    .flatMap((entry) => entry.made ?? []);
  assert.deepEqual(made, [lineage]);
});

test(
  'a serverless endpoint says that it scales automatically, and costs at most its requests at a time',
  limits,
  async (t) => {
    const { aws, session, modelArtifact } = await deploy(t);
    const serverless = { memoryMegabytes: 4096, concurrency: 3 };
    const endpoint = await session.deploy(modelArtifact, { name: 'serverless', serverless });
    assert.match(aws.told.at(-1) ?? '', /costs \$3\.00 an hour \(at most 3 × serverless 4096 MB\)/);
    await assert.rejects(
      endpoint.scale({ to: 2 }),
      userError('serverless is serverless', 'scales automatically'),
    );
    const prices = await session.hostingPrices();
    assert.deepEqual(prices, {
      instanceType: 'ml.c5.large',
      dollarsPerHour: 1,
      memoryMegabytes: 2048,
      dollarsPerSecond: 0.5 / 3600,
    });
    await assert.rejects(
      session.deploy(modelArtifact, { serverless: { memoryMegabytes: 1000, concurrency: 1 } }),
      userError('serverless.memoryMegabytes is 1000'),
    );
  },
);

test(
  'a service that is asked too often is asked again, and one that refuses leaves a target that is cleaned up',
  limits,
  async (t) => {
    const { aws, folder, session, endpoint } = await deploy(t);
    let refused = 0;
    aws.fault = (operation) =>
      operation.endsWith('.PutScalingPolicy') && refused++ < 2
        ? { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' }
        : undefined;
    await endpoint.scale({ from: 1, to: 2 });
    assert.equal(refused, 3);
    // Somebody deletes the endpoint in the console, and may not end its scaling.
    aws.fault = () => undefined;
    await endpoint.delete();
    aws.rehearsal.account.scalableTargets.set(target, {
      ServiceNamespace,
      ResourceId: target,
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      MinCapacity: 1,
      MaxCapacity: 2,
      CreationTime: 0,
      policies: [],
    });
    openLedger(join(folder, 'ledger.jsonl')).add({
      action: 'create',
      kind: 'scalable target',
      name: 'scaled',
      account: '123456789012',
      region: 'us-east-1',
    });
    const ended = await session.cleanUp();
    assert.deepEqual(
      ended.map(({ kind, name }) => [kind, name]),
      [['scalable target', 'scaled']],
    );
    assert.deepEqual(await targets(), []);
    assert.match(await readFile(join(folder, 'ledger.jsonl'), 'utf8'), /"end","kind":"scalable target"/);
  },
);
