// AWS is silent for minutes: nothing is started twice, no wait ends, and what may be billed is named.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { listLeft } from '../../rehearsal/leftovers';
import { startTrained } from '../../testing/aws';
import { atEnd, temporaryFolder, userError } from '../../testing/folders';
import { whySlow } from '../../testing/slow';
import { patience, rideOut } from './account/poll';
import { waitForTraining } from './jobs/trainingWait';

const limits = { timeout: 240_000 };
const slow = { ...limits, skip: whySlow('it waits half a minute') };

async function prepare(t: TestContext) {
  const { aws, session, channels, modelArtifact } = await startTrained(t);
  const endpoints = () => aws.rehearsal.account.endpoints.entries().map(({ name }) => name);
  /** Cuts the next requests of an operation, more than a client sends by itself. */
  const silence = (operation: RegExp) => {
    let cuts = 0;
    aws.fault = (one) => (operation.test(one) && cuts++ < 12 ? 'cut' : undefined);
    return () => cuts;
  };
  return { aws, session, channels, modelArtifact, endpoints, silence };
}

test('a deployment and a wait ride out a silence longer than a client’s own retries', slow, async (t) => {
  const { aws, session, channels, modelArtifact, endpoints, silence } = await prepare(t);
  for (const operation of [/\.CreateEndpointConfig$/, /\.CreateEndpoint$/, /\.DescribeEndpoint$/]) {
    const cuts = silence(operation);
    const before = aws.told.length;
    const endpoint = await session.deploy(modelArtifact, { again: true });
    assert.ok(cuts() > 12);
    assert.match(aws.told.slice(before).join('\n'), /cannot be reached.*tries again for up to \d+ minutes/);
    assert.ok(aws.told.includes('AWS answers again.'));
    assert.deepEqual(endpoints(), [endpoint.name]);
    if (operation.test('SageMaker.CreateEndpoint')) {
      for (const step of [/\.CreateModel$/, /\.UpdateEndpoint$/]) {
        silence(step);
        await endpoint.update(modelArtifact);
      }
      assert.ok((await endpoint.predict('bank')).result);
    }
    await endpoint.delete();
  }
  const job = await session.train({ channels, hyperparameters: { epochs: 2 } });
  silence(/\.DescribeTrainingJob$/);
  assert.equal((await job.wait()).status, 'Completed');
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a batch transform and scaling ride out a silence, and start nothing twice', slow, async (t) => {
  const { aws, session, modelArtifact, silence } = await prepare(t);
  const parts = await temporaryFolder(t);
  await writeFile(join(parts, 'one.csv'), 'bank profit\n');
  const input = await session.upload(parts, 'parts');
  for (const operation of [/\.CreateModel$/, /\.CreateTransformJob$/]) {
    const cuts = silence(operation);
    const job = await session.transform({ input, modelArtifact });
    assert.ok(cuts() > 12);
    assert.equal((await job.wait()).status, 'Completed');
  }
  let lost = 0;
  aws.fault = (operation) =>
    /\.Create(Model|TransformJob)$/.test(operation) && lost++ % 2 === 0 ? 'lost' : undefined;
  const job = await session.transform({ input, modelArtifact });
  assert.equal((await job.wait()).status, 'Completed');
  assert.equal(lost, 4);
  const endpoint = await session.deploy(modelArtifact);
  for (const operation of [/\.RegisterScalableTarget$/, /\.PutScalingPolicy$/]) {
    const cuts = silence(operation);
    assert.match(await endpoint.scale({ to: 2 }), / scales between 1 and 2 /);
    assert.ok(cuts() > 12);
  }
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a deployment whose answer never comes is named with its price, and found again', limits, async (t) => {
  const { aws, session, modelArtifact, endpoints } = await prepare(t);
  const { start } = patience;
  patience.start = 0;
  atEnd(t, () => {
    patience.start = start;
  });
  let isSilent = false;
  aws.fault = (operation) => {
    if (isSilent) return 'cut';
    isSilent = operation === 'SageMaker.CreateEndpoint';
    return isSilent ? 'lost' : undefined;
  };
  await assert.rejects(
    session.deploy(modelArtifact),
    userError('cannot be reached', 'may have been started', '$1.00 an hour', 'attachEndpoint(', 'cleanUp()'),
  );
  aws.fault = () => undefined;
  const [name = ''] = endpoints();
  const endpoint = await session.deploy(modelArtifact);
  assert.equal(endpoint.name, name);
  assert.deepEqual(endpoints(), [name]);
  assert.match(
    aws.told.join('\n'),
    new RegExp(`identical endpoint, ${name}, is already running.*again: true`),
  );

  const other = await session.deploy(modelArtifact, { again: true });
  assert.equal(endpoints().length, 2);
  await other.update(modelArtifact);
  await endpoint.delete();
  const third = await session.deploy(modelArtifact);
  assert.notEqual(third.name, other.name, 'an endpoint that was updated serves something else');
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a wait that ends with an error names the endpoint, its price and what to do', limits, async (t) => {
  const { aws, session, modelArtifact } = await prepare(t);
  let isCreated = false;
  aws.fault = (operation) => {
    isCreated ||= operation === 'SageMaker.CreateEndpoint';
    return isCreated && operation === 'SageMaker.DescribeEndpoint'
      ? { status: 400, type: 'ExpiredTokenException' }
      : undefined;
  };
  await assert.rejects(
    session.deploy(modelArtifact, { name: 'seen' }),
    userError('have expired', 'endpoint seen', '$1.00 an hour', "attachEndpoint('seen')", 'cleanUp()'),
  );
  aws.fault = () => undefined;
  await session.cleanUp();
});

test('a silence that lasts ends the wait with its error, and another error at once', async () => {
  const told: string[] = [];
  const context = { pollSeconds: 0.002, tell: (sentence: string) => void told.push(sentence) };
  const silent = Object.assign(new Error('no route'), { code: 'ENETUNREACH' });
  let asked = 0;
  const send = async () => {
    asked += 1;
    throw silent;
  };
  await assert.rejects(rideOut(context, send, { seconds: 0.06 }), silent);
  assert.ok(asked > 10 && asked < 40, `${asked} requests, each after 2 to 6 ms`);
  assert.equal(told.length, 1);
  const denied = Object.assign(new Error('no permission'), { $metadata: { httpStatusCode: 403 } });
  await assert.rejects(
    rideOut(context, () => Promise.reject(denied), { seconds: 3600 }),
    denied,
  );
  assert.equal(patience.wait, 3600);
});

test('an interruption of the kernel ends a silence with its error', { timeout: 10_000 }, async (t) => {
  // Another listener, as the kernel has one: without any, the signal would end this process.
  const kernel = () => assert.fail('the kernel must not end the cell');
  process.on('SIGINT', kernel);
  t.after(() => process.off('SIGINT', kernel));
  const silent = Object.assign(new Error('no route'), { code: 'ENETUNREACH' });
  const context = {
    pollSeconds: 60,
    tell: () => void setTimeout(() => process.kill(process.pid, 'SIGINT'), 20),
  };
  await assert.rejects(
    rideOut(context, () => Promise.reject(silent), { seconds: 3600 }),
    silent,
  );
});

test('a wait reads the log more often than the status', async () => {
  const status = { TrainingJobName: 'slow', TrainingJobStatus: 'InProgress' };
  let [asked, read] = [0, 0];
  const context = {
    pollSeconds: 0.04,
    tell: () => undefined,
    clients: {
      sagemaker: {
        async send() {
          asked += 1;
          return { ...status, ...(asked === 6 && { TrainingJobStatus: 'Stopped' }) };
        },
      },
      logs: Object.assign(new CloudWatchLogsClient({ region: 'us-east-1' }), {
        async send() {
          read += 1;
          throw new Error('no log');
        },
      }),
    },
    recordEnd: () => undefined,
    budget: { settle: () => undefined },
  };
  const start = performance.now();
  await waitForTraining(context as never, 'slow');
  assert.equal(asked, 6);
  assert.ok(read > 6, `${read} reads`);
  assert.ok(performance.now() - start > 5 * 40, 'statuses are at least pollSeconds apart');
});
