// Weights, rows and predictions for tests of networks, without a classifier. Used by tests only.
import assert from 'node:assert/strict';
import { seededRandom } from '../data/random';
import { openKernels } from '../model/networks/kernels';
import type { ModelShape, Network } from '../model/networks/network';
import type { Gradient } from '../model/networks/rmsprop';
import { createTrainer } from '../model/networks/trainer';
import type { Examples } from '../model/training/examples';
import { crossEntropy, softmax } from '../model/training/softmax';
import { startWeights } from '../model/training/startingWeights';

/** The shape of the Keras fixture. */
export const fixtureShape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 12,
  dimensions: 4,
  maxLength: 5,
  labelCount: 3,
};

/** Flattens the nested lists of a fixture. */
export function flat(values: readonly unknown[]): Float32Array {
  return Float32Array.from(values.flat(Infinity) as number[]);
}

export function toExamples(inputs: readonly (readonly number[])[], labels: readonly number[]): Examples {
  const tokens = Int32Array.from(inputs.flat());
  return { tokens, labels: Int32Array.from(labels), maxLength: inputs[0]?.length ?? 0 };
}

/** Draws starting weights, pretrained word vectors included; padding's vector is zero. */
export function drawWeights(network: Network, shape: ModelShape, seed = 1): Float32Array[] {
  const random = seededRandom(seed + 99);
  const length = shape.vocabularySize * shape.dimensions;
  const vectors = Float32Array.from({ length }, () => 2 * random.fraction() - 1).fill(0, 0, shape.dimensions);
  return startWeights(network.weights(shape), seed, shape.vectors === 'pretrained' ? vectors : undefined);
}

/** Draws rows of zero to `longest` tokens, and their labels. */
export function drawExamples(shape: ModelShape, rows: number, longest = shape.maxLength, seed = 3): Examples {
  const random = seededRandom(seed);
  const { maxLength, vocabularySize, labelCount } = shape;
  const inputs = Array.from({ length: rows }, () => {
    const words = random.integer(longest + 1);
    return Array.from({ length: maxLength }, (_, position) =>
      position < maxLength - words ? 0 : 1 + random.integer(vocabularySize - 1),
    );
  });
  return toExamples(
    inputs,
    inputs.map(() => random.integer(labelCount)),
  );
}

/** Returns probabilities, row after row. */
export function answer(
  network: Network,
  shape: ModelShape,
  weights: readonly Float32Array[],
  { tokens, labels, maxLength }: Examples,
): Float32Array {
  const kernels = openKernels();
  const given = { indices: tokens, rows: labels.length, length: maxLength };
  const { logits } = kernels.scope(() => network.forward(kernels, shape, weights, { tokens: given }));
  softmax(logits, shape.labelCount);
  return logits;
}

/** Returns the mean cross-entropy of the examples and its full gradient by each trained weight. */
export function lossAndGradients(
  network: Network,
  shape: ModelShape,
  weights: readonly Float32Array[],
  { tokens, labels, maxLength }: Examples,
): { loss: number; gradients: Float32Array[] } {
  const kernels = openKernels();
  const given = { indices: tokens, rows: labels.length, length: maxLength };
  const trained = weights.filter((_, index) => !network.weights(shape)[index]?.isFrozen);
  return kernels.scope(() => {
    const pass = network.forward(kernels, shape, weights, { tokens: given });
    const { loss, gradient } = crossEntropy(pass.logits, labels);
    const gradients = pass.gradients(gradient);
    assert.equal(gradients.length, trained.length);
    return {
      loss: loss / labels.length,
      gradients: gradients.map((one, index) => inFull(one, (trained[index] as Float32Array).length)),
    };
  });
}

function inFull({ values, rows }: Gradient, length: number): Float32Array {
  if (!rows) return values;
  const whole = new Float32Array(length);
  const size = values.length / rows.length;
  rows.forEach((row, place) => {
    whole.set(values.subarray(place * size, (place + 1) * size), row * size);
  });
  return whole;
}

/** Trains weights in place, for comparisons with other programs. */
export function openTrainer(network: Network, shape: ModelShape, weights: readonly Float32Array[]) {
  return createTrainer(network, weights, { shape, learningRate: 0.001, seed: 1, dropout: 0 });
}
