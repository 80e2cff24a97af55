// A network in training. A step passes some rows through it and moves its weights; measuring changes nothing.

import { seededRandom } from '../../data/random';
import type { Examples } from '../training/examples';
import { crossEntropy } from '../training/softmax';
import type { Trainer } from '../training/trainer';
import { openKernels } from './kernels';
import type { ModelShape, Network } from './network';
import { createRmsprop } from './rmsprop';

export interface TrainerSettings {
  shape: ModelShape;
  learningRate: number;
  seed: number;
  /** The share of the last layer's inputs that is dropped at random. */
  dropout: number;
  /** The weight of the rows of each label. @default 1 each */
  labelWeights?: readonly number[] | undefined;
}

/** Returns a trainer that changes `weights` in place. */
export function createTrainer(
  network: Network,
  weights: readonly Float32Array[],
  { shape, learningRate, seed, dropout, labelWeights }: TrainerSettings,
): Trainer {
  const kernels = openKernels();
  const specs = network.weights(shape);
  const trained = weights.filter((_, index) => !specs[index]?.isFrozen);
  const rmsprop = createRmsprop(trained, learningRate);
  let random = seededRandom(seed);

  return {
    beginEpoch(epoch) {
      random = seededRandom(seed + 104_729 * epoch);
    },
    step(examples, rows) {
      const { tokens, labels } = take(examples, rows);
      const { gradients, ...measured } = kernels.scope(() => {
        const pass = network.forward(kernels, shape, weights, {
          tokens,
          dropout: dropout > 0 ? { rate: dropout, random } : undefined,
        });
        const { gradient, ...measured } = crossEntropy(pass.logits, labels, labelWeights);
        return { ...measured, gradients: pass.gradients(gradient) };
      });
      rmsprop.apply(gradients);
      return measured;
    },
    measure(examples, rows) {
      const { tokens, labels } = take(examples, rows);
      const { logits } = kernels.scope(() => network.forward(kernels, shape, weights, { tokens }));
      const { loss, right } = crossEntropy(logits, labels);
      return { loss, right };
    },
    weights: () => trained.map((values) => values.slice()),
    optimizer: () => rmsprop.state(),
    restore(saved, state) {
      trained.forEach((values, index) => {
        values.set(saved[index] as Float32Array);
      });
      if (state) rmsprop.restore(state);
    },
  };
}

/** Returns some of the examples. */
function take({ tokens, labels, maxLength }: Examples, rows: readonly number[]) {
  const indices = new Int32Array(rows.length * maxLength);
  rows.forEach((row, place) => {
    indices.set(tokens.subarray(row * maxLength, (row + 1) * maxLength), place * maxLength);
  });
  return {
    tokens: { indices, rows: rows.length, length: maxLength },
    labels: Int32Array.from(rows, (row) => labels[row] as number),
  };
}
