import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { createRmsprop, type Gradient } from './rmsprop';

const random = seededRandom(6);
const draw = (length: number) => Float32Array.from({ length }, () => 2 * random.fraction() - 1);

/** The definition, in float64, of whole gradients. */
function plainSteps(weight: Float32Array, gradients: readonly Float32Array[], rate: number): number[] {
  const [values, means] = [Array.from(weight), Array.from(weight, () => 0)];
  for (const gradient of gradients) {
    gradient.forEach((slope, at) => {
      means[at] = 0.9 * (means[at] as number) + 0.1 * slope ** 2;
      values[at] = (values[at] as number) - (rate * slope) / Math.sqrt((means[at] as number) + 1e-7);
    });
  }
  return values;
}

/** Some rows of three numbers, out of ten. */
const steps = [[0, 1], [9], [1, 5, 9], [0], [0], [5, 9], [1], [0, 9]].map((rows) => ({
  rows: Int32Array.from(rows),
  values: draw(3 * rows.length),
}));

function inFull({ rows, values }: (typeof steps)[number]): Float32Array {
  const whole = new Float32Array(30);
  rows.forEach((row, place) => {
    whole.set(values.subarray(3 * place, 3 * place + 3), 3 * row);
  });
  return whole;
}

test('a step is Keras’ rmsprop', () => {
  const start = draw(30);
  const gradients = steps.map(inFull);
  const weight = start.slice();
  const rmsprop = createRmsprop([weight], 0.01);
  for (const values of gradients) rmsprop.apply([{ values }]);
  assertClose(weight, plainSteps(start, gradients, 0.01), 1e-6);
});

test('gradients of some rows are as good as whole ones, and the state too', () => {
  const [start, other] = [draw(30), draw(1)];
  const run = (toGradient: (step: (typeof steps)[number]) => Gradient) => {
    const weights = [start.slice(), other.slice()];
    const rmsprop = createRmsprop(weights, 0.01);
    for (const step of steps) rmsprop.apply([toGradient(step), { values: step.values.slice(0, 1) }]);
    return { weights, state: rmsprop.state() };
  };
  const [rows, whole] = [run((step) => step), run((step) => ({ values: inFull(step) }))];
  assertClose(rows.weights, whole.weights, 1e-6);
  assertClose(rows.state, whole.state, 1e-7);
});

test('state() and restore() continue a run bit for bit', () => {
  const start = draw(30);
  const weight = start.slice();
  const rmsprop = createRmsprop([weight], 0.01);
  for (const step of steps.slice(0, 4)) rmsprop.apply([step]);
  const [state, copy] = [rmsprop.state(), weight.slice()];
  const continued = createRmsprop([copy], 0.01);
  continued.restore(state);
  for (const step of steps.slice(4)) {
    rmsprop.apply([step]);
    continued.apply([step]);
  }
  assert.deepEqual(copy, weight);
  assert.deepEqual(continued.state(), rmsprop.state());
});
