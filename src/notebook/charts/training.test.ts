import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingCurves } from './training';

test('trainingCurves() draws validation only where it was measured', () => {
  const [first, second] = [
    { epoch: 1, loss: 0.9, accuracy: 0.5 },
    { epoch: 2, loss: 0.5, accuracy: 0.8, validation_loss: 0.6, validation_accuracy: 0.7 },
  ];
  const without = trainingCurves([first as never]);
  assert.deepEqual(
    without.data.map(({ name, y }) => [name, y]),
    [
      ['training', [0.5]],
      ['training', [0.9]],
    ],
  );
  const with_ = trainingCurves([first as never, second as never]);
  assert.deepEqual(
    with_.data.map(({ name, y, yaxis }) => [name, y, yaxis]),
    [
      ['training', [0.5, 0.8], 'y'],
      ['training', [0.9, 0.5], 'y2'],
      ['validation', [null, 0.7], 'y'],
      ['validation', [null, 0.6], 'y2'],
    ],
  );
});
