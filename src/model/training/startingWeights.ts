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

/** Draws orthonormal rows, at most as many as columns, by Gram–Schmidt orthogonalisation of normal draws. */
export const orthogonal: Start = ([rows = 0, columns = 0], random) => {
  // Box and Muller's transform; 1 − fraction lies in (0, 1].
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
  const done: number[][] = [];
  for (let row = 0; row < rows; row++) {
    let vector = Array.from({ length: columns }, normal);
    for (const other of done) {
      const shared = dot(vector, other);
      vector = vector.map((value, column) => value - shared * (other[column] as number));
    }
    const length = Math.sqrt(dot(vector, vector));
    done.push(vector.map((value) => value / length));
  }
  return Float32Array.from(done.flat());
};

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] as number), 0);
}
