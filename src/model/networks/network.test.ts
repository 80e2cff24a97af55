// What holds for every network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import {
  answer,
  drawExamples,
  drawWeights,
  lossAndGradients,
  openTrainer,
  toExamples,
} from '../../testing/networks';
import { startWeights } from '../training/startingWeights';
import { sizeOf } from '../training/tensors';
import { cnnNetwork } from './cnn';
import { openKernels } from './kernels';
import { lstmNetwork } from './lstm';
import { mlpNetwork } from './mlp';
import type { ModelShape } from './network';

const shape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 30,
  dimensions: 6,
  maxLength: 20,
  labelCount: 3,
};

for (const [name, network] of Object.entries({ mlp: mlpNetwork, lstm: lstmNetwork, cnn: cnnNetwork })) {
  for (const vectors of ['pretrained', 'trained'] as const) {
    const kind = `${name}, vectors ${vectors}`;
    const whole = { ...shape, vectors };

    test(`a row’s answer is a distribution, and does not depend on the rows beside it: ${kind}`, () => {
      const weights = drawWeights(network, whole);
      const examples = drawExamples(whole, 40, 12);
      const answers = answer(network, whole, weights, examples);
      for (let row = 0; row < 40; row++) {
        const input = [...examples.tokens.subarray(row * 20, (row + 1) * 20)];
        const alone = answer(network, whole, weights, toExamples([input], [0]));
        assertClose(answers.slice(row * 3, (row + 1) * 3), alone, 1e-6);
        assertClose(
          alone.reduce((sum, value) => sum + value),
          1,
          1e-6,
        );
      }
      assert.ok(new Set(answers.map((value) => Math.round(value * 1e6))).size > 60);
    });

    for (const longest of [1, 8, 20]) {
      test(`gradients are those of small differences: ${kind}, up to ${longest} words`, () => {
        const weights = drawWeights(network, whole);
        const examples = drawExamples(whole, 12, longest);
        shake(weights.slice(1));
        const specs = network.weights(whole).filter(({ isFrozen }) => !isFrozen);
        const trained = weights.filter((_, index) => !network.weights(whole)[index]?.isFrozen);
        const { gradients } = lossAndGradients(network, whole, weights, examples);
        trained.forEach((values, index) => {
          const gradient = gradients[index] as Float32Array;
          // Along the gradient itself, where the slope is its length: float32 leaves too little of a single weight’s.
          const length = Math.hypot(...gradient);
          const before = values.slice();
          const step = 0.0007 / Math.max(length, 1e-6);
          const at = (factor: number) => {
            values.set(before.map((value, place) => value + factor * step * (gradient[place] as number)));
            return lossAndGradients(network, whole, weights, examples).loss;
          };
          const slope = (at(1) - at(-1)) / (2 * step * length);
          values.set(before);
          const where = specs[index]?.name;
          assert.ok(length > 1e-4, `${where}: no gradient`);
          assert.ok(Math.abs(slope / length - 1) < 0.03, `${where}: ${slope} instead of ${length}`);
        });
      });
    }

    test(`neither a step nor an answer leaves a tensor: ${kind}`, () => {
      const { binding } = openKernels();
      const weights = drawWeights(network, whole);
      const examples = drawExamples(whole, 12);
      const before = binding.getNumOfTensors();
      openTrainer(network, whole, weights).step(examples, [0, 1, 2]);
      answer(network, whole, weights, examples);
      assert.equal(binding.getNumOfTensors(), before);
    });

    test(`the starting weights are those of the seed, each weight’s its own: ${kind}`, () => {
      const specs = network.weights(whole);
      const [first, second, other] = [1, 1, 2].map((seed) => startWeights(specs, seed, undefined));
      assert.deepEqual(first, second);
      const drawn = (first ?? []).filter((values) => new Set(values).size > 2);
      for (const values of drawn) assert.ok(!other?.some((others) => startsAlike(others, values)));
      for (const values of drawn)
        assert.ok(!drawn.some((others) => others !== values && startsAlike(others, values)));
      assert.deepEqual(
        first?.map(({ length }) => length),
        specs.map(({ shape }) => sizeOf(shape)),
      );
    });
  }
}

/** So that no bias is zero, and padding leaves a state behind. */
function shake(weights: readonly Float32Array[]): void {
  const random = seededRandom(2);
  for (const values of weights) {
    values.forEach((value, at) => {
      values[at] = value + 0.4 * (random.fraction() - 0.5);
    });
  }
}

/** Whether both were drawn from one sequence, whatever the limits. */
function startsAlike(one: Float32Array, other: Float32Array): boolean {
  return Array.from(
    { length: 20 },
    (_, at) => Math.sign(one[at] as number) === Math.sign(other[at] as number),
  ).every(Boolean);
}
