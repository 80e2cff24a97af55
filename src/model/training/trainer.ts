// Step 5: a network in training. One step takes some rows through it and moves its weights; measuring only looks.

import { seededRandom } from '../../data/random';
import { openKernels } from '../networks/kernels';
import type { ModelShape, Network } from '../networks/network';
import { createRmsprop } from '../networks/rmsprop';
import type { Examples } from './examples';
import { crossEntropy } from './softmax';

/** Sums over rows. */
export interface Measured {
  loss: number;
  /** Rows whose label was the most probable one. */
  right: number;
}

export interface Trainer {
  /** To be called before the steps of an epoch, so that what is random in them depends on nothing before it. */
  beginEpoch(epoch: number): void;
  /** One training step on some of the examples; what is measured is the state before it. */
  step(examples: Examples, rows: readonly number[]): Measured;
  measure(examples: Examples, rows: readonly number[]): Measured | Promise<Measured>;
  /** Copies of the weights that are trained, in order, and of the optimizer's state. */
  weights(): Float32Array[];
  optimizer(): Float32Array[];
  /** Puts back what `weights` and `optimizer` gave. */
  restore(weights: readonly Float32Array[], optimizer?: readonly Float32Array[]): void;
}

export interface TrainerSettings {
  shape: ModelShape;
  learningRate: number;
  seed: number;
  /** The share of what goes into the last layer that is left out at random. */
  dropout: number;
  /** How much rows of each label count. @default 1 each */
  labelWeights?: readonly number[] | undefined;
}

/** Trains `weights` in place. */
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

/** Some of the examples. */
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
