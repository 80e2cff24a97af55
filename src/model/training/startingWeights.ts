// Starting weights as in Keras; the same seed gives the same weights.
import { type Random, seededRandom } from '../../data/random';
import { sizeOf } from './tensors';

/** Creates the values of a weight of a shape. `vectors` is the embedding matrix, if word vectors are pretrained. */
export type Start = (
  shape: readonly number[],
  random: Random,
  vectors: Float32Array | undefined,
) => Float32Array;

/** Draws all weights, each from its own sequence. */
export function startWeights(
  specs: readonly { shape: readonly number[]; start: Start }[],
  seed: number,
  vectors: Float32Array | undefined,
): Float32Array[] {
  // Apart by a prime, so that one seed's second weight is not the next seed's first.
  return specs.map(({ shape, start }, index) => start(shape, seededRandom(seed + 7919 * index), vectors));
}

export const zeros: Start = (shape) => new Float32Array(sizeOf(shape));

/**
 * Draws a kernel uniformly within ±√(6 / (inputs + outputs)). A convolution's inputs and outputs are multiplied by its
 * positions.
 */
export const glorotUniform: Start = (shape, random) => {
  const [inputs = 1, outputs = 1] = shape.slice(-2);
  const positions = sizeOf(shape.slice(0, -2));
  return uniform(sizeOf(shape), Math.sqrt(6 / (positions * (inputs + outputs))), random);
};

/** Returns the pretrained word vectors, or draws them uniformly within ±0.05. */
export const wordVectors: Start = (shape, random, vectors) =>
  vectors?.slice() ?? uniform(sizeOf(shape), 0.05, random);

function uniform(length: number, limit: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => limit * (2 * random.fraction() - 1));
}
