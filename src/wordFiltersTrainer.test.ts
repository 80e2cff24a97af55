import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Examples } from './examples';
import { seededRandom } from './random';
import { assertClose } from './testing';
import { startConvolution } from './wordFilters';
import { createConvolutionTrainer, type Regularisation } from './wordFiltersTrainer';

const shape = { dimensions: 5, filters: 4, labelCount: 3 };
const words = 7;
const none: Regularisation = { leftOutWords: 0, leftOutFilters: 0, smoothing: 0 };
const examples: Examples = {
  tokens: Int32Array.from([0, 1, 2, 3, 0, 0, 4, 4, 5, 6, 1, 2, 0, 0, 0, 0]),
  labels: Int32Array.of(0, 2, 1, 1),
  maxLength: 4,
};
const rows = [0, 1, 2, 3];

/** A trainer over weights that `values` lists, word vectors first; everything drawn. */
function open(regularisation?: Regularisation, seed = 1) {
  const random = seededRandom(9);
  const drawn = (length: number) => Float32Array.from({ length }, () => random.fraction() - 0.5);
  const embedding = drawn(words * shape.dimensions);
  const weights = startConvolution(shape, 4);
  weights.bias.set(drawn(8));
  weights.outputBias.set(drawn(3));
  const settings = { shape, epochs: 1, learningRate: 0.01, seed, rowWeights: Float64Array.of(1, 1, 1, 1) };
  const trainer = createConvolutionTrainer(embedding, weights, {
    ...settings,
    ...(regularisation && { regularisation }),
  });
  const values = [embedding, weights.kernel, weights.bias, weights.output, weights.outputBias];
  return { trainer, values };
}

function meanLoss(change: (values: Float32Array[]) => void): number {
  const { trainer, values } = open(none);
  change(values);
  return trainer.step(examples, rows).loss / rows.length;
}

test('gradients are those of finite differences', () => {
  const { trainer, values } = open(none);
  trainer.step(examples, rows);
  const [, ...moments] = trainer.optimizer();
  const small = 1e-3;
  values.forEach((weight, index) => {
    // Adam's first running mean, after one step from 0, is a tenth of the gradient.
    const gradient = (moments[2 * index] as Float32Array).map((mean) => 10 * mean);
    const differences = Float32Array.from(weight, (_, at) => {
      const at1 = meanLoss((all) => {
        (all[index] as Float32Array)[at] = ((all[index] as Float32Array)[at] as number) + small;
      });
      const at2 = meanLoss((all) => {
        (all[index] as Float32Array)[at] = ((all[index] as Float32Array)[at] as number) - small;
      });
      return (at1 - at2) / (2 * small);
    });
    assertClose(gradient, differences, 2e-3);
    assert.ok(differences.some((slope) => Math.abs(slope) > 0.02));
  });
});

test('word vectors that the rows do not have stay as they are, padding’s among them', () => {
  const { trainer, values } = open(none);
  const before = (values[0] as Float32Array).slice();
  trainer.step(examples, [0]);
  const moved = Array.from({ length: words }, (_, word) =>
    (values[0] as Float32Array)
      .subarray(5 * word, 5 * word + 5)
      .some((value, at) => value !== before[5 * word + at]),
  );
  assert.deepEqual(moved, [false, true, true, true, false, false, false]);
});

test('steps on the same rows bring the loss down, the same for the same seed', () => {
  const run = (seed: number) => {
    const { trainer } = open(undefined, seed);
    trainer.beginEpoch(1);
    for (let step = 0; step < 200; step++) {
      trainer.beginEpoch(1);
      trainer.step(examples, rows);
    }
    return trainer;
  };
  const trained = run(1);
  const right = rows.filter((row) => {
    const logits = trained.logits(examples, row);
    return logits.indexOf(Math.max(...logits)) === examples.labels[row];
  });
  assert.deepEqual(right, rows);
  assert.deepEqual(trained.weights(), run(1).weights());
  assert.notDeepEqual(trained.weights(), run(2).weights());
});

test('restored weights and optimizer go on as if never stopped', () => {
  const step = ({ trainer }: ReturnType<typeof open>, epoch: number) => {
    trainer.beginEpoch(epoch);
    trainer.step(examples, rows);
  };
  const whole = open();
  step(whole, 1);
  const [weights, optimizer] = [whole.trainer.weights(), whole.trainer.optimizer()];
  step(whole, 2);
  const resumed = open(undefined, 1);
  resumed.trainer.restore(weights, optimizer);
  step(resumed, 2);
  assert.deepEqual(resumed.trainer.weights(), whole.trainer.weights());
  assert.deepEqual(resumed.trainer.optimizer(), whole.trainer.optimizer());
});
