import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { type OptimizerName, type TrainedVariable, trainedVariable } from './optimizers';
import { scope, tensorflow } from './tensorflow';

const tf = tensorflow();
const rate = 0.01;

/** TensorFlow.js' own optimizers, with Keras' constants. */
const references = {
  rmsprop: () => tf.train.rmsprop(rate, 0.9, 0, 1e-7),
  adam: () => tf.train.adam(rate, 0.9, 0.999, 1e-7),
  sgd: () => tf.train.sgd(rate),
};

/** TensorFlow.js' Adam adds epsilon to another root than Keras' and TensorFlow's. */
const tolerance = { rmsprop: 2e-6, adam: 1e-4, sgd: 2e-6 };

function draw(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random.fraction() - 1);
}

function valuesOf(variable: TrainedVariable): Float32Array {
  return scope(() => variable.read().dataSync<'float32'>().slice());
}

for (const name of Object.keys(references) as OptimizerName[]) {
  test(`${name} takes the steps of TensorFlow.js`, () => {
    const own = scope(() => trainedVariable(tf.tensor2d(draw(12, 1), [4, 3]), name, rate));
    const reference = tf.variable(tf.tensor2d(draw(12, 1), [4, 3]));
    const optimizer = references[name]();
    for (let step = 1; step <= 20; step++) {
      const gradient = () => tf.tensor2d(draw(12, 100 + step), [4, 3]);
      scope(() => own.apply(gradient()));
      scope(() => optimizer.applyGradients([{ name: reference.name, tensor: gradient() }]));
    }
    assertClose(valuesOf(own), reference.dataSync() as Float32Array, tolerance[name]);
    own.dispose();
  });

  test(`${name} continues from its state with the same bits`, () => {
    const step = (variable: TrainedVariable, at: number) =>
      scope(() => {
        if (at % 2) variable.apply(tf.tensor2d(draw(12, at), [4, 3]));
        else variable.applyRows(tf.tensor2d(draw(6, at), [2, 3]), Int32Array.of(at % 4, 1));
      });
    const start = () => scope(() => trainedVariable(tf.tensor2d(draw(12, 1), [4, 3]), name, rate));
    const [whole, first, second] = [start(), start(), start()];
    for (let at = 1; at <= 9; at++) {
      step(whole, at);
      if (at === 4) whole.state();
    }
    for (let at = 1; at <= 4; at++) step(first, at);
    scope(() => second.write(first.read()));
    assert.equal(first.state().length, first.stateLength);
    second.restore(first.state());
    for (let at = 5; at <= 9; at++) step(second, at);
    assert.deepEqual(valuesOf(second), valuesOf(whole));
    assert.deepEqual(second.state(), whole.state());
    for (const variable of [whole, first, second]) variable.dispose();
  });
}

const byRows = (Object.keys(references) as OptimizerName[]).flatMap((name) =>
  // Large ones, and ones beside which Keras' epsilon is not small.
  [1, 1e-3, 1e-5, 1e-7].map((size) => [name, size] as const),
);
for (const [name, size] of byRows) {
  test(`${name} by rows takes the steps that it takes with zeros for all other rows, gradients of ${size}`, () => {
    const [byRow, whole] = [1, 1].map((seed) =>
      scope(() => trainedVariable(tf.tensor2d(draw(30, seed), [10, 3]), name, rate)),
    ) as [TrainedVariable, TrainedVariable];
    const random = seededRandom(5);
    for (let step = 1; step <= 400; step++) {
      const rows = Int32Array.from(
        new Set([1, 2, 3].map(() => random.integer(random.integer(40) === 0 ? 10 : 7))),
      );
      const values = draw(3 * rows.length, 50 + step).map((value) => size * value);
      const gradient = new Float32Array(30);
      rows.forEach((row, place) => {
        gradient.set(values.subarray(3 * place, 3 * place + 3), 3 * row);
      });
      scope(() => byRow.applyRows(tf.tensor2d(values, [rows.length, 3]), rows));
      scope(() => whole.apply(tf.tensor2d(gradient, [10, 3])));
    }
    assertClose(valuesOf(byRow), valuesOf(whole), 2e-6);
    for (const variable of [byRow, whole]) variable.dispose();
  });
}

test('values that are written stay, whatever rows had still to follow', () => {
  const variable = scope(() => trainedVariable(tf.tensor2d(draw(12, 1), [4, 3]), 'adam', rate));
  for (const row of [2, 3]) {
    scope(() => variable.applyRows(tf.tensor2d(draw(3, row), [1, 3]), Int32Array.of(row)));
  }
  scope(() => variable.write(tf.zeros([4, 3])));
  assert.deepEqual(valuesOf(variable), new Float32Array(12));
  variable.dispose();
});

test('a step leaves no tensor, and a variable none after its end', () => {
  const before = tf.memory().numTensors;
  const variable = scope(() => trainedVariable(tf.zeros([4, 3]), 'adam', rate));
  const between = tf.memory().numTensors;
  scope(() => variable.apply(tf.ones([4, 3])));
  scope(() => variable.applyRows(tf.ones([1, 3]), Int32Array.of(2)));
  assert.equal(tf.memory().numTensors, between);
  variable.dispose();
  assert.equal(tf.memory().numTensors, before);
});
