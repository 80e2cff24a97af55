// The orthogonal initializer of tf.layers, which takes half a second for a layer of 32 LSTM units, in a hundredth of it.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { drawNormal, seededRandom } from '../../data/random';
import { tensorflow } from './tensorflow';

let isRegistered = false;

/** Replaces tf.layers' class `Orthogonal`, also in models that are made by its name. */
export function registerOrthogonal(): void {
  if (isRegistered) return;
  isRegistered = true;
  const tf = tensorflow();
  const original = tf.initializers.orthogonal({}) as object;
  const Original = original.constructor as new (settings: {
    gain?: number;
    seed?: number;
  }) => {
    gain: number;
    seed?: number;
    apply(shape: number[]): TensorFlow.Tensor;
  };
  class Orthogonal extends Original {
    static readonly className = 'Orthogonal';
    override apply(shape: number[]): TensorFlow.Tensor {
      const columns = shape.at(-1) ?? 0;
      const rows = tf.util.sizeFromShape(shape.slice(0, -1));
      const sizes: [number, number] = [Math.min(rows, columns), Math.max(rows, columns)];
      const random = this.seed == null ? Math.random : seededRandom(this.seed).fraction;
      const vectors = tf.tensor2d(orthonormalRows(sizes, random), sizes).mul(this.gain);
      return (rows <= columns ? vectors : vectors.transpose()).reshape(shape);
    }
  }
  tf.serialization.registerClass(Orthogonal as never);
}

/** Draws orthonormal rows, at most as many as columns, by Gram–Schmidt orthogonalisation of normal draws. */
function orthonormalRows([rows, columns]: [number, number], random: () => number): Float32Array {
  const done: number[][] = [];
  for (let row = 0; row < rows; row++) {
    let vector = Array.from({ length: columns }, () => drawNormal(random));
    for (const other of done) {
      const shared = dot(vector, other);
      vector = vector.map((value, column) => value - shared * (other[column] as number));
    }
    const length = Math.sqrt(dot(vector, vector));
    done.push(vector.map((value) => value / length));
  }
  return Float32Array.from(done.flat());
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] as number), 0);
}
