import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followPush, type PushMessage } from './pushProgress';

function linesAfter(messages: readonly PushMessage[]): string[] {
  const progress = followPush();
  for (const message of messages) progress.read(message);
  return progress.lines();
}

test('layers on their way have a line each, all others one for each state', () => {
  const lines = linesAfter([
    { status: 'The push refers to repository [123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-a]' },
    { status: 'Preparing', id: 'one', progressDetail: {} },
    { status: 'Layer already exists', id: 'one', progressDetail: {} },
    { status: 'Mounted from sagemaker-b', id: 'two', progressDetail: {} },
    { status: 'Pushing', id: 'three', progressDetail: { current: 1_200_000, total: 48_000_000 } },
    { status: 'Pushing', id: 'three', progressDetail: { current: 12_340_000, total: 48_000_000 } },
    { status: 'Waiting', id: 'four', progressDetail: {} },
    { status: 'Preparing', id: 'five', progressDetail: {} },
    { status: 'Pushed', id: 'six', progressDetail: {} },
  ]);
  assert.deepEqual(lines, [
    'already there: 2 layer(s)',
    'pushed: 1 layer(s)',
    'three: 12.3 of 48.0 MB',
    'waiting: 2 layer(s)',
  ]);
});

test('a layer may have no size, or become larger than it was said to be', () => {
  assert.deepEqual(linesAfter([{ status: 'Pushing', id: 'one', progressDetail: { current: 512_000 } }]), [
    'one: 0.5 MB',
  ]);
  assert.deepEqual(
    linesAfter([{ status: 'Pushing', id: 'one', progressDetail: { current: 2_100_000, total: 2_000_000 } }]),
    ['one: 2.1 of 2.1 MB'],
  );
});

test('a broken connection is told until the layer goes on; what is no layer is left out', () => {
  const broken = [
    { status: 'Pushing', id: 'one', progressDetail: { current: 1_000_000, total: 2_000_000 } },
    { status: 'Retrying in 5 seconds', id: 'one', progressDetail: {} },
  ];
  assert.deepEqual(linesAfter(broken), ['one: connection lost, retrying in 5 seconds']);
  const later = [
    { status: 'Pushed', id: 'one', progressDetail: {} },
    { status: '1: digest: sha256:… size: 528' },
  ];
  assert.deepEqual(linesAfter([...broken, ...later]), ['pushed: 1 layer(s)']);
});
