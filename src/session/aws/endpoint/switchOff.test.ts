// An endpoint ends at its time without this machine, and the user knows when.
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { DeleteEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../../rehearsal/leftovers';
import type { Fault } from '../../../rehearsal/server';
import { startTrained } from '../../../testing/aws';
import { userError } from '../../../testing/folders';
import { scheduleName } from './switchOff';

const limits = { timeout: 120_000 };

async function prepare(t: TestContext) {
  const { aws, folder, session, modelArtifact } = await startTrained(t);
  /** Stops the clock of the session and of AWS, and returns a function that moves it. */
  const stopClock = () => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    return (hours: number) => t.mock.timers.setTime(Date.now() + hours * 3_600_000);
  };
  const endpoints = () => aws.rehearsal.account.endpoints.entries().map(({ name }) => name);
  return { aws, folder, session, modelArtifact, stopClock, endpoints };
}

test('an endpoint ends after its hours, says so, and deploys again under its name', limits, async (t) => {
  const { aws, folder, session, modelArtifact, stopClock } = await prepare(t);
  const wait = stopClock();
  const endpoint = await session.deploy(modelArtifact, { name: 'brief', hours: 2 });
  assert.match(
    aws.told.at(-1) ?? '',
    /^Endpoint brief ends at .* UTC, in 2 hours: AWS deletes it.*extend\(2\)/,
  );
  const schedule = aws.rehearsal.account.schedules.get('sagemaker-workshop-brief');
  assert.deepEqual(schedule?.Target, {
    Arn: 'arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint',
    RoleArn: 'arn:aws:iam::123456789012:role/sagemaker-workshop-switch-off',
    Input: '{"EndpointName":"brief"}',
  });
  assert.equal(schedule?.ActionAfterCompletion, 'DELETE');
  const [running] = await session.whatIsRunning();
  assert.ok(running?.ends && aws.told.at(-1)?.includes(`ends at ${running.ends}, in`));
  wait(1.9);
  assert.ok((await endpoint.predict('bank')).result);
  wait(0.2);
  while ((await session.whatIsRunning()).length > 0);
  const again = `await session.deploy('${modelArtifact}', { name: 'brief' })`;
  for (const ask of [
    () => endpoint.predict('bank'),
    () => endpoint.extend(1),
    () => aws.open(folder).attachEndpoint('brief'),
  ]) {
    await assert.rejects(ask, userError('Endpoint brief was switched off at', 'as planned', again));
  }
  const second = await session.deploy(modelArtifact, { name: 'brief' });
  assert.match(aws.told.at(-1) ?? '', /in 1 hour:/);
  assert.ok((await second.predict('bank')).result);
  await second.delete();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('an identical endpoint that has no end gets the one that was asked for', limits, async (t) => {
  const { aws, session, modelArtifact } = await prepare(t);
  const endless = await session.deploy(modelArtifact, { switchOff: 'none' });
  assert.equal(aws.rehearsal.account.schedules.size, 0);
  const found = await session.deploy(modelArtifact, { hours: 2 });
  assert.equal(found.name, endless.name);
  assert.ok(aws.rehearsal.account.schedules.get(scheduleName(found.name)));
  assert.ok((await session.whatIsRunning())[0]?.ends);
  await found.delete();
});

test('an update does not start shortly before the end', limits, async (t) => {
  const { session, modelArtifact } = await prepare(t);
  const endpoint = await session.deploy(modelArtifact, { hours: 0.25 });
  await assert.rejects(
    endpoint.update(modelArtifact),
    userError('ends at', 'this update takes up to 15 minutes', 'await endpoint.extend(2)'),
  );
  await endpoint.delete();
});

test('extend() moves the end, within the budget, also from a later kernel', limits, async (t) => {
  const { aws, folder, session, modelArtifact, stopClock, endpoints } = await prepare(t);
  const wait = stopClock();
  await session.deploy(modelArtifact, { name: 'kept' });
  wait(0.5);
  const attached = await aws.open(folder, { budget: 3 }).attachEndpoint('kept');
  await assert.rejects(attached.extend(4), userError('at most $4.00', 'budget is $3.00'));
  await assert.rejects(attached.extend(0.1), userError('hours is 0.1', 'from 0.25'));
  assert.match(await attached.extend(3), /^Endpoint kept ends at .*, in 3 hours/);
  wait(2);
  assert.equal((await session.whatIsRunning())[0]?.name, 'kept');
  wait(1.1);
  while ((await session.whatIsRunning()).length > 0);
  assert.deepEqual(endpoints(), []);
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

const denials: [string, Fault][] = [
  [
    'scheduler:CreateSchedule',
    {
      status: 403,
      type: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::1:user/ann is not authorized to perform: scheduler:CreateSchedule on resource: arn:aws:scheduler:us-east-1:1:schedule/default/x',
    },
  ],
  [
    'iam:PassRole',
    {
      status: 403,
      type: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::1:user/ann is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/off',
    },
  ],
  [
    'which EventBridge Scheduler must be allowed to assume',
    { status: 400, type: 'ValidationException', message: 'The execution role you provide must allow it.' },
  ],
];

test('without an end, an endpoint on an instance is refused before anything is billed', limits, async (t) => {
  const { aws, session, modelArtifact, endpoints } = await prepare(t);
  let fault: Fault = 'cut';
  aws.fault = (operation) => (operation.startsWith('Scheduler.') ? fault : undefined);
  for (const [named, denied] of denials) {
    fault = denied;
    aws.rehearsal.requests.length = 0;
    await assert.rejects(
      session.deploy(modelArtifact),
      userError(named, 'Nothing was started', "switchOff: 'none'", 'SWITCH_OFF=none', 'sagemaker-workshop'),
    );
    assert.ok(!aws.rehearsal.requests.some((request) => request.startsWith('SageMaker.Create')));
  }
  for (const [given, words] of [
    [{ hours: -1, switchOff: 'none' }, 'hours is -1'],
    [{ hours: Number.NaN }, 'hours is NaN'],
    [{ switchOff: 'off' as 'none' }, 'switchOff (or SWITCH_OFF) is "off"'],
  ] as const) {
    await assert.rejects(session.deploy(modelArtifact, given), userError(words));
  }
  const endless = await session.deploy(modelArtifact, { switchOff: 'none' });
  assert.match(aws.told.join('\n'), new RegExp(`Endpoint ${endless.name} has no end: it is billed until`));
  await session.deploy(modelArtifact, { serverless: true });
  assert.equal(endpoints().length, 2);
  assert.equal(aws.rehearsal.account.schedules.size, 0);
  aws.fault = () => undefined;
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a clean-up deletes the owner’s schedules without an endpoint, and no others', limits, async (t) => {
  const { aws, session, modelArtifact } = await prepare(t);
  await session.deploy(modelArtifact, { name: 'gone' });
  await session.deploy(modelArtifact, { name: 'here' });
  await new SageMakerClient().send(new DeleteEndpointCommand({ EndpointName: 'gone' }));
  while ((await session.whatIsRunning()).length > 1);
  const { schedules } = aws.rehearsal.account;
  const theirs = schedules.get(scheduleName('gone'));
  assert.ok(theirs);
  schedules.set(scheduleName('theirs'), {
    ...theirs,
    Name: scheduleName('theirs'),
    Description: 'sagemaker-text-classification, arn:aws:iam::123456789012:user/somebody',
    Target: { ...theirs.Target, Input: '{"EndpointName":"theirs"}' },
  });
  const planned = await session.cleanUp({ dryRun: true, olderThan: 0 });
  assert.deepEqual(
    planned
      .filter(({ kind }) => kind === 'schedule' || kind === 'endpoint')
      .map(({ kind, name }) => [kind, name]),
    [
      ['endpoint', 'here'],
      ['schedule', 'gone'],
    ],
  );
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), [`schedule ${scheduleName('theirs')}`]);
});

test('every endpoint has a schedule of its own, with a name that AWS accepts', () => {
  const long = 'a'.repeat(62);
  const names = ['one', `${long}b`, `${long}c`].map(scheduleName);
  assert.equal(new Set(names).size, 3);
  for (const name of names) assert.match(name, /^[\w.-]{1,64}$/);
});
