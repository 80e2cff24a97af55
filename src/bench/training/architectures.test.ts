import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measuredArchitectures } from '../../notebook/charts/architectures';
import { figureOf } from '../common/measure';
import { toMeasuredArchitectures } from './architectures';

const figuresOf = (accuracies: number[]) => ({
  accuracy: figureOf(accuracies),
  'macro F1': figureOf([0.5]),
  'training s': figureOf([9, 1, 2]),
  'one headline µs': figureOf([30]),
  'model MB': figureOf([4]),
});

test('the chart gets the workshop’s architectures only, the most accurate first: mean scores, median costs', () => {
  const figures = { mlp: figuresOf([0.6, 0.8]), fastText: figuresOf([0.95]), cnn: figuresOf([0.9]) };
  const [first, second, ...others] = toMeasuredArchitectures({ figures });
  assert.equal(first?.architecture, 'cnn');
  assert.equal(second?.accuracy.toFixed(6), '0.700000');
  assert.deepEqual(
    { ...second, accuracy: 0 },
    { architecture: 'mlp', accuracy: 0, macroF1: 0.5, trainingSeconds: 2, megabytes: 4, microseconds: 30 },
  );
  assert.deepEqual(others, []);
});

test('the committed figures have every architecture once, the most accurate first', () => {
  const rows = measuredArchitectures();
  assert.deepEqual(rows.map(({ architecture }) => architecture).sort(), [
    'cascade',
    'cnn',
    'ensemble',
    'lstm',
    'minilm',
    'mlp',
  ]);
  const accuracies = rows.map(({ accuracy }) => accuracy);
  assert.deepEqual(
    accuracies,
    [...accuracies].sort((one, other) => other - one),
  );
  for (const { trainingSeconds, megabytes, microseconds } of rows) {
    assert.ok(trainingSeconds > 0 && megabytes > 0 && microseconds > 0);
  }
});
