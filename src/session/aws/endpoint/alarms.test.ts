// An endpoint's alarms and the time for which its log is kept: as requested, with their cost told, and gone with the endpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { listLeft } from '../../../rehearsal/leftovers';
import { startTrained } from '../../../testing/aws';
import { userError } from '../../../testing/folders';

const limits = { timeout: 120_000 };
const notify = 'arn:aws:sns:us-east-1:123456789012:news';

async function alarms() {
  return (await new CloudWatchClient().send(new DescribeAlarmsCommand({}))).MetricAlarms ?? [];
}

async function retention(endpoint: string) {
  const command = new DescribeLogGroupsCommand({
    logGroupNamePrefix: `/aws/sagemaker/Endpoints/${endpoint}`,
  });
  return (await new CloudWatchLogsClient().send(command)).logGroups?.map((one) => one.retentionInDays);
}

test(
  'alarms watch an endpoint until it is deleted, and its log keeps lines for as many days',
  limits,
  async (t) => {
    const { aws, session, modelArtifact } = await startTrained(t);
    const options = { name: 'watched', alarms: { errorPercent: 1, notify }, logDays: 30 };
    const endpoint = await session.deploy(modelArtifact, options);
    const told = aws.told.join('\n');
    assert.match(
      told,
      /An alarm of endpoint watched reports to news if more than 1% of .* 1000 ms\. They cost cents/,
    );
    assert.ok(told.indexOf('The endpoint watched costs') < told.indexOf('An alarm of endpoint watched'));
    const shared = [
      { Name: 'EndpointName', Value: 'watched' },
      { Name: 'VariantName', Value: 'AllTraffic' },
    ];
    assert.deepEqual(
      (await alarms()).map((one) => [one.AlarmName, one.Threshold, one.AlarmActions, one.Dimensions]),
      [
        ['sagemaker-workshop-watched/Invocation5XXErrors', 0.01, [notify], shared],
        ['sagemaker-workshop-watched/ModelLatency', 1_000_000, [notify], shared],
      ],
    );
    assert.deepEqual(await retention('watched'), [30]);
    // Those of an update under a guard are others, and go before.
    await endpoint.update(modelArtifact, {});
    assert.equal((await alarms()).length, 2);
    await session.deploy(modelArtifact, { name: 'watched-too', alarms: {} });
    await endpoint.delete();
    assert.deepEqual(
      (await alarms()).map(({ AlarmName }) => AlarmName?.split('/')[0]),
      ['sagemaker-workshop-watched-too', 'sagemaker-workshop-watched-too'],
    );
    await session.cleanUp();
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test(
  'alarms that cannot be created start nothing, and a log that cannot be limited is told',
  limits,
  async (t) => {
    const { aws, session, modelArtifact } = await startTrained(t);
    let calls = 0;
    aws.fault = (operation) =>
      (operation.endsWith('.PutMetricAlarm') && calls++ > 0) || operation.endsWith('.PutRetentionPolicy')
        ? {
            status: 400,
            type: 'AccessDeniedException',
            message: 'User: me is not authorized to perform: cloudwatch:PutMetricAlarm',
          }
        : undefined;
    await assert.rejects(
      session.deploy(modelArtifact, { name: 'unwatched', alarms: {} }),
      userError('cloudwatch:PutMetricAlarm is missing'),
    );
    assert.equal(calls, 2);
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    await session.deploy(modelArtifact, { name: 'logged', logDays: 7 });
    assert.match(
      aws.told.join('\n'),
      /log of endpoint logged stay for longer than 7 days: you lack logs:PutRetention/,
    );
    await session.cleanUp();
  },
);

test('an identical endpoint that runs gets the alarms that a later call asks for', limits, async (t) => {
  const { session, modelArtifact } = await startTrained(t);
  const { name } = await session.deploy(modelArtifact);
  assert.deepEqual(await alarms(), []);
  assert.equal((await session.deploy(modelArtifact, { alarms: {} })).name, name);
  assert.equal((await alarms()).length, 2);
  await session.cleanUp();
  assert.deepEqual(await alarms(), []);
});
