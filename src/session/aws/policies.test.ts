import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { executionPolicy, userActions, userPolicy } from './policies';

test('the user’s policy allows every action of the list, and no more', () => {
  const allowed = userPolicy().Statement.flatMap(({ Action }) => Action);
  assert.deepEqual([...new Set(allowed)].sort(), userActions());
  assert.ok(allowed.every((action) => !action.includes('*')));
});

test('only what names no resource is allowed on all', () => {
  const everywhere = userPolicy().Statement.filter(({ Resource }) => Resource === '*');
  const actions = everywhere.flatMap(({ Action }) => Action);
  assert.ok(
    actions.every((action) => /:(List|Get)/.test(action)),
    actions.join(),
  );
});

test('the role is handed on to SageMaker alone', () => {
  const [statement] = userPolicy().Statement.filter(({ Action }) => Action.includes('iam:PassRole'));
  assert.deepEqual(statement?.Condition, {
    StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
  });
});

test('docs/aws.md holds both policies as they are made', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'aws.md'), 'utf8');
  const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json));
  assert.deepEqual(blocks, [userPolicy(), executionPolicy()]);
});
