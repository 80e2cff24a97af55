import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor3D } from '@tensorflow/tfjs-node';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { tensorflow } from '../networks/tensorflow';
import { type ConvolutionShape, startConvolution } from './wordFilters';
import { createConvolutionTrainer } from './wordFiltersTrainer';

const shape: ConvolutionShape = { dimensions: 6, filters: 8, labelCount: 3 };
const maxLength = 8;

function draw(length: number, seed = 5): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => 2 * random.fraction() - 1);
}

/** Logits of a title of words with these vectors. */
function answer(vectors: Float32Array): Float32Array {
  const weights = { ...startConvolution(shape, 1), bias: draw(2 * shape.filters, 6), outputBias: draw(3, 7) };
  const words = vectors.length / shape.dimensions;
  const embedding = Float32Array.from([...Array.from({ length: shape.dimensions }, () => 0), ...vectors]);
  const trainer = createConvolutionTrainer(embedding, weights, maxLength, {
    shape,
    epochs: 1,
    rowsOfEpoch: 1,
    batchSize: 1,
    learningRate: 0.01,
    seed: 1,
    rowWeights: Float64Array.of(1),
  });
  const tokens = Int32Array.from({ length: maxLength }, (_, at) => (at < words ? at + 1 : 0));
  return trainer.logits({ tokens, labels: Int32Array.of(0), maxLength }, [0]).slice();
}

/** The same by TensorFlow's convolutions over a title with an empty place at either end. */
function answerByTensorflow(vectors: Float32Array): Float32Array {
  const { kernel, output } = startConvolution(shape, 1);
  const [bias, outputBias] = [draw(2 * shape.filters, 6), draw(3, 7)];
  const tf = tensorflow();
  const { dimensions, filters } = shape;
  return tf.tidy(() => {
    const words = vectors.length / dimensions;
    const title = tf.tensor(vectors, [1, words, dimensions]) as Tensor3D;
    const padded = tf.pad(title, [
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
    const rows = tf.tensor(kernel, [3, filters, dimensions]).transpose([0, 2, 1]);
    const alone = tf.conv1d(title, rows.slice([0], [1]) as Tensor3D, 1, 'valid');
    const pairs = tf.conv1d(padded as Tensor3D, rows.slice([1], [2]) as Tensor3D, 1, 'valid');
    const largest = tf
      .concat([alone.max(1), pairs.max(1)], 1)
      .add(bias)
      .relu();
    const logits = largest.matMul(tf.tensor(output, [3, 2 * filters]).transpose() as never).add(outputBias);
    return Float32Array.from(logits.dataSync());
  });
}

for (const words of [1, 2, 3, 7]) {
  test(`a title of ${words} word(s) is answered as TensorFlow’s convolutions answer it`, () => {
    const vectors = draw(words * shape.dimensions);
    assertClose(answer(vectors), answerByTensorflow(vectors), 1e-5);
  });
}

test('a title without words is answered by the biases of the dense layer', () => {
  assert.deepEqual(answer(new Float32Array(0)), draw(3, 7));
});
