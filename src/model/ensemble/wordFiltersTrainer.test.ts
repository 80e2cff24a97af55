import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import type { Examples } from '../training/examples';
import { startConvolution, toConvolution } from './wordFilters';
import { type ConvolutionTrainer, createConvolutionTrainer, type Regularisation } from './wordFiltersTrainer';

const shape = { dimensions: 5, filters: 8, labelCount: 3 };
const words = 7;
const none: Regularisation = { leftOutWords: 0, leftOutFilters: 0, smoothing: 0 };
const examples: Examples = {
  tokens: Int32Array.from([0, 1, 2, 3, 0, 0, 4, 4, 5, 6, 1, 2, 0, 0, 0, 0]),
  labels: Int32Array.of(0, 2, 1, 1),
  maxLength: 4,
};
const rows = [0, 1, 2, 3];

/** What training begins with, word vectors first; everything drawn. */
function startValues(): Float32Array[] {
  const random = seededRandom(9);
  const drawn = (length: number) => Float32Array.from({ length }, () => random.fraction() - 0.5);
  const { kernel, output } = startConvolution(shape, 4);
  return [drawn(words * shape.dimensions), kernel, drawn(16), output, drawn(3)];
}

function open(regularisation?: Regularisation, { seed = 1, values = startValues() } = {}) {
  const [embedding, ...convolution] = values as [Float32Array, ...Float32Array[]];
  return createConvolutionTrainer(embedding, toConvolution(convolution), examples.maxLength, {
    shape,
    epochs: 1000,
    rowsOfEpoch: rows.length,
    batchSize: rows.length,
    learningRate: 0.01,
    seed,
    rowWeights: Float64Array.of(1, 1, 1, 1),
    ...(regularisation && { regularisation }),
  });
}

/** With one of the weights' numbers changed. */
function meanLoss(index: number, at: number, change: number): number {
  const values = startValues();
  const changed = values[index] as Float32Array;
  changed[at] = (changed[at] as number) + change;
  return open(none, { values }).step(examples, rows).loss / rows.length;
}

test('gradients are those of finite differences', () => {
  const trainer = open(none);
  trainer.step(examples, rows);
  const [, ...moments] = trainer.optimizer();
  const small = 2e-3;
  startValues().forEach((weight, index) => {
    // Adam's first running mean, after one step from 0, is a tenth of the gradient.
    const gradient = (moments[2 * index] as Float32Array).map((mean) => 10 * mean);
    const differences = Float32Array.from(
      weight,
      (_, at) => (meanLoss(index, at, small) - meanLoss(index, at, -small)) / (2 * small),
    );
    assertClose(gradient, differences, 2e-3);
    assert.ok(differences.some((slope) => Math.abs(slope) > 0.02));
  });
});

test('word vectors that the rows do not have stay as they are, padding’s among them', () => {
  const trainer = open(none);
  const [before] = trainer.weights() as [Float32Array];
  trainer.step(examples, [0]);
  const [after] = trainer.weights() as [Float32Array];
  const moved = Array.from({ length: words }, (_, word) =>
    after.subarray(5 * word, 5 * word + 5).some((value, at) => value !== before[5 * word + at]),
  );
  assert.deepEqual(moved, [false, true, true, true, false, false, false]);
});

test('steps on the same rows bring the loss down, the same for the same seed', () => {
  const run = (seed: number) => {
    const trainer = open(undefined, { seed });
    for (let step = 1; step <= 200; step++) {
      trainer.beginEpoch(step);
      trainer.step(examples, rows);
    }
    return trainer;
  };
  const trained = run(1);
  const right = rows.filter((row) => {
    const logits = trained.logits(examples, [row]);
    return logits.indexOf(Math.max(...logits)) === examples.labels[row];
  });
  assert.deepEqual(right, rows);
  assert.deepEqual(trained.weights(), run(1).weights());
  assert.notDeepEqual(trained.weights(), run(2).weights());
});

test('training continues from restored weights and optimizer as if never stopped', () => {
  const step = (trainer: ConvolutionTrainer, epoch: number) => {
    trainer.beginEpoch(epoch);
    trainer.step(examples, rows);
  };
  const whole = open();
  step(whole, 1);
  const [weights, optimizer] = [whole.weights(), whole.optimizer()];
  step(whole, 2);
  const resumed = open();
  resumed.restore(weights, optimizer);
  step(resumed, 2);
  assert.deepEqual(resumed.weights(), whole.weights());
  assert.deepEqual(resumed.optimizer(), whole.optimizer());
});
