import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { allows } from '../../testing/iam';
import { fill, optionalActions, switchOffPolicy, userActions, userPolicy } from './policies';
import { policies } from './policyFiles';

const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'aws.md'), 'utf8');

test('the user’s policy allows every action of the list, and no more', () => {
  const allowed = userPolicy().Statement.flatMap(({ Action }) => Action);
  assert.deepEqual([...new Set(allowed)].sort(), userActions());
  assert.ok(allowed.every((action) => !action.includes('*')));
});

test('only what names no resource is allowed on all', () => {
  const everywhere = userPolicy().Statement.filter(({ Resource }) => Resource === '*');
  const actions = everywhere.flatMap(({ Action }) => Action);
  assert.ok(
    actions.every((action) => /:(List|Get|Describe)/.test(action)),
    actions.join(),
  );
});

test('each role is passed to its own service alone', () => {
  const passing = userPolicy().Statement.filter(({ Action }) => Action.includes('iam:PassRole'));
  const services = passing.map(({ Resource, Condition }) => [
    Resource,
    Condition?.StringEquals?.['iam:PassedToService'],
  ]);
  assert.deepEqual(services, [
    ['arn:PARTITION:iam::ACCOUNT:role/ROLE', 'sagemaker.amazonaws.com'],
    ['arn:PARTITION:iam::ACCOUNT:role/sagemaker-workshop-switch-off', 'scheduler.amazonaws.com'],
  ]);
});

for (const [name, policy] of Object.entries(policies)) {
  test(`${name} can be attached in every partition`, () => {
    assert.ok(JSON.stringify(policy).length <= 6144);
    const resources = policy.Statement.flatMap(({ Resource }) => Resource);
    assert.deepEqual(
      resources.filter((one) => one !== '*' && !one.startsWith('arn:PARTITION:')),
      [],
    );
    const sids = policy.Statement.map(({ Sid }) => Sid);
    assert.equal(new Set(sids).size, sids.length);
  });
}

const names = { PARTITION: 'aws-cn', REGION: 'cn-north-1', ACCOUNT: '123456789012', ROLE: 'Worker' };
const arn = (type: string, name: string) => `arn:aws-cn:sagemaker:cn-north-1:123456789012:${type}/${name}`;
const ours = { 'aws:ResourceTag/project': 'sagemaker-text-classification' };

for (const [what, action, resource, context, isAllowed] of [
  ['creates what has the tag', 'CreateEndpoint', arn('endpoint', 'news'), requested(), true],
  ['creates nothing without it', 'CreateEndpoint', arn('endpoint', 'headlines-1'), {}, false],
  ['deletes what has the tag', 'DeleteEndpoint', arn('endpoint', 'news'), ours, true],
  ['deletes what has its names', 'DeleteModel', arn('model', 'headlines-1'), {}, true],
  ['deletes nothing else', 'DeleteEndpoint', arn('endpoint', 'theirs'), {}, false],
  ['stops nothing else', 'StopTrainingJob', arn('training-job', 'theirs'), {}, false],
  ['reads everything', 'DescribeEndpoint', arn('endpoint', 'theirs'), {}, true],
] as const) {
  test(`the user’s policy ${what}`, () => {
    const need = { action: `sagemaker:${action}`, resource, context };
    assert.equal(allows([fill(userPolicy(), names)], need), isAllowed);
  });
}

function requested() {
  return { 'aws:RequestTag/project': 'sagemaker-text-classification' };
}

test('the switch-off deletes the workshop’s endpoints and no others', () => {
  const may = (name: string, context: Record<string, string> = {}) =>
    allows([fill(switchOffPolicy(), names)], {
      action: 'sagemaker:DeleteEndpoint',
      resource: arn('endpoint', name),
      context,
    });
  assert.deepEqual([may('headlines-1'), may('news', ours), may('news')], [true, true, false]);
});

test('docs/aws.md lists what the workshop does without', () => {
  const rows = [...page.matchAll(/^\| `([\w-]+:\w+)` \| (.+) \|$/gm)].map(([, action, gain]) => [
    action,
    gain,
  ]);
  assert.deepEqual(rows, Object.entries(optionalActions));
});
