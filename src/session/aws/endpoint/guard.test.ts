// Guarded updates: the request as SageMaker takes it, the way back when an alarm goes off, and no alarm that stays.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteEndpointCommand, DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../../rehearsal/leftovers';
import { startTrained } from '../../../testing/aws';
import { eventually, userError } from '../../../testing/folders';

const limits = { timeout: 120_000 };
const metrics = { errors: 'Invocation5XXErrors', latency: 'ModelLatency' };

async function deploy(t: TestContext) {
  const over = new Set<string>();
  const bench = await startTrained(t, {}, { exceeds: (metric) => over.has(metric) });
  const endpoint = await bench.session.deploy(bench.modelArtifact, { name: 'guarded' });
  const other = await bench.session.train({
    channels: bench.channels,
    hyperparameters: { epochs: 1, seed: 2 },
  });
  const { modelArtifact: next = '' } = await other.wait();
  /** The body of the last request for an update. */
  const sent: { DeploymentConfig?: object }[] = [];
  bench.aws.authorize = ({ operation, input }) => {
    if (operation === 'SageMaker.UpdateEndpoint') sent.push(input);
    return undefined;
  };
  return { ...bench, over, endpoint, next, sent };
}

async function alarms() {
  const { MetricAlarms = [] } = await new CloudWatchClient().send(new DescribeAlarmsCommand({}));
  return MetricAlarms;
}

async function configuration() {
  const command = new DescribeEndpointCommand({ EndpointName: 'guarded' });
  return (await new SageMakerClient().send(command)).EndpointConfigName;
}

test('an update under a guard is watched by two alarms, and leaves neither', limits, async (t) => {
  const { aws, endpoint, next, sent } = await deploy(t);
  const seen: Awaited<ReturnType<typeof alarms>> = [];
  const { authorize } = aws;
  aws.authorize = (asked) => {
    if (asked.operation.endsWith('.PutMetricAlarm')) seen.push(asked.input);
    return authorize(asked);
  };
  await endpoint.update(next, { watchMinutes: 10, errorPercent: 2, latencyMilliseconds: 300 });
  const configured = await configuration();
  const shared = [
    { Name: 'EndpointName', Value: 'guarded' },
    { Name: 'VariantName', Value: 'AllTraffic' },
    { Name: 'EndpointConfigName', Value: configured },
  ];
  assert.deepEqual(
    seen.map(({ MetricName, Threshold, Dimensions, Namespace }) => [
      MetricName,
      Threshold,
      Dimensions,
      Namespace,
    ]),
    [
      [metrics.errors, 0.02, shared, 'AWS/SageMaker'],
      [metrics.latency, 300_000, shared, 'AWS/SageMaker'],
    ],
  );
  assert.deepEqual(sent.at(-1)?.DeploymentConfig, {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
      TerminationWaitInSeconds: 600,
      MaximumExecutionTimeoutInSeconds: 4800,
    },
    AutoRollbackConfiguration: { Alarms: seen.map(({ AlarmName }) => ({ AlarmName })) },
  });
  const priced = aws.told.findIndex((one) => one.startsWith('The update of endpoint guarded costs $1.00'));
  assert.match(
    aws.told[priced + 1] ?? '',
    /the old ones stay, and are billed, for 10 minutes.*more than 2%/s,
  );
  assert.deepEqual(await alarms(), []);
  await endpoint.delete();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('an update whose alarm goes off is taken back, and says which and why', limits, async (t) => {
  const { aws, endpoint, next, over, modelArtifact } = await deploy(t);
  const { model } = await endpoint.predict('bank');
  for (const metric of Object.values(metrics)) {
    over.add(metric);
    await assert.rejects(
      endpoint.update(next, {}),
      userError(
        'not updated and answers from its old artifact',
        'an alarm went off',
        `${metric}: Threshold Crossed`,
      ),
    );
    over.clear();
    assert.equal((await endpoint.predict('bank')).model, model);
    assert.deepEqual(await alarms(), []);
  }
  await endpoint.update(modelArtifact, {});
  await endpoint.delete();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a canary takes a part of the instances first, and needs two', limits, async (t) => {
  const { session, endpoint, next, over, sent, modelArtifact } = await deploy(t);
  const canary = { traffic: 'canary', canaryPercent: 25, watchMinutes: 2 } as const;
  await assert.rejects(endpoint.update(next, canary), userError('one instance', 'endpoint.scale({ from: 2'));
  await endpoint.scale({ from: 2, to: 2 });
  await eventually(async () => {
    const command = new DescribeEndpointCommand({ EndpointName: 'guarded' });
    return (await new SageMakerClient().send(command)).EndpointStatus === 'InService';
  });
  await endpoint.update(next, canary);
  assert.deepEqual(sent.at(-1)?.DeploymentConfig && Object.values(sent.at(-1)?.DeploymentConfig ?? {})[0], {
    TrafficRoutingConfiguration: {
      Type: 'CANARY',
      WaitIntervalInSeconds: 120,
      CanarySize: { Type: 'CAPACITY_PERCENT', Value: 25 },
    },
    TerminationWaitInSeconds: 120,
    MaximumExecutionTimeoutInSeconds: 3840,
  });
  over.add(metrics.errors);
  await assert.rejects(endpoint.update(modelArtifact, canary), userError('an alarm went off'));
  await session.cleanUp();
});

test('a guard that SageMaker does not take is rejected before anything is created', limits, async (t) => {
  const { aws, session, endpoint, next, modelArtifact } = await deploy(t);
  for (const [guard, ...words] of [
    [{ traffic: 'some' as never }, 'traffic is "some"'],
    [{ canaryPercent: 51 }, 'canaryPercent is 51', 'from 1 to 50'],
    [{ watchMinutes: 61 }, 'watchMinutes is 61', 'from 1 to 60'],
    [{ errorPercent: Number.NaN }, 'errorPercent is NaN', 'from 0 to 100'],
    [{ latencyMilliseconds: 0 }, 'latencyMilliseconds is 0', 'from 1 to 60000'],
  ] as const) {
    await assert.rejects(endpoint.update(next, guard), userError('update():', ...words));
  }
  // It ends in an hour, and SageMaker does not delete an endpoint that it changes.
  await assert.rejects(
    endpoint.update(next, { watchMinutes: 60 }),
    userError('guarded ends at', 'up to 75 minutes', 'await endpoint.extend(3)'),
  );
  const serverless = await session.deploy(modelArtifact, { name: 'serverless', serverless: true });
  await assert.rejects(serverless.update(next, {}), userError('is serverless', 'Leave the guard out'));
  assert.deepEqual(await alarms(), []);
  assert.ok(!aws.rehearsal.requests.includes('SageMaker.UpdateEndpoint'));
  await session.cleanUp();
});

test('of two alarms, a first one does not stay when the second cannot be created', limits, async (t) => {
  const { aws, session, endpoint, next } = await deploy(t);
  let asked = 0;
  aws.fault = (operation) => {
    if (operation.endsWith('.PutMetricAlarm')) asked++;
    return asked === 2 && operation.endsWith('.PutMetricAlarm')
      ? { status: 400, type: 'AccessDeniedException', message: 'no permission' }
      : undefined;
  };
  await assert.rejects(endpoint.update(next, {}), /no permission/);
  assert.equal(asked, 2);
  assert.deepEqual(await alarms(), []);
  assert.ok((await endpoint.predict('bank')).result);
  await session.cleanUp();
});

test(
  'alarms that a killed kernel left go with their endpoint, or with the next clean-up',
  limits,
  async (t) => {
    const { aws, session, endpoint, next } = await deploy(t);
    aws.fault = (operation) =>
      /\.(DeleteAlarms|UpdateEndpoint)$/.test(operation)
        ? { status: 400, type: 'AccessDeniedException', message: 'no permission' }
        : undefined;
    await assert.rejects(endpoint.update(next, {}), /no permission.*cleanUp\(\)/s);
    assert.equal((await alarms()).length, 2);
    aws.fault = () => undefined;
    await new SageMakerClient().send(new DeleteEndpointCommand({ EndpointName: 'guarded' }));
    while ((await session.whatIsRunning()).length > 0);
    const ended = (await session.cleanUp()).map(({ kind }) => kind);
    assert.equal(ended.filter((kind) => kind === 'alarm').length, 2);
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);
