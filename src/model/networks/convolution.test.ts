import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor3D } from '@tensorflow/tfjs-node';
import { seededRandom, shuffled } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { convolve, distinctWords } from './convolution';
import { embeddingGradient, lookUp } from './embedding';
import { openKernels } from './kernels';
import { type Tensor, type Tensor2D, tensorflow } from './tensorflow';

const tf = tensorflow();
const [rows, length, size, filters, vocabulary] = [9, 11, 5, 8, 14];

test('distinctWords() names each word once and leaves padding out', () => {
  const { indices, places } = distinctWords(Int32Array.of(0, 7, 3, 7, 0, 3), 2);
  assert.deepEqual([...indices], [7, 3]);
  assert.deepEqual([...places], [-1, 0, 1, 0, -1, 1]);
});

for (const width of [1, 3, 5, 11]) {
  test(`convolve() and its gradients are TensorFlow’s, ${width} words at a time`, () => {
    const random = seededRandom(width);
    const draw = (count: number) => Float32Array.from({ length: count }, () => 2 * random.fraction() - 1);
    const embedding = draw(vocabulary * size).fill(0, 0, size);
    const [kernel, bias, slopes] = [draw(width * size * filters), draw(filters), draw(rows * filters)];
    // tfjs counts a maximum that is there twice twice, unlike TensorFlow: so no word twice, and little padding.
    const tokens = Int32Array.from(
      Array.from({ length: rows }, (_, row) => {
        const words = shuffled(Array(vocabulary - 1).keys(), random).map((word) => word + 1);
        return words.slice(0, length).fill(0, 0, Math.min(row, width));
      }).flat(),
    );

    const oracle = (vectors: Tensor, kernel: Tensor, bias: Tensor) => {
      const looked = tf.gather(vectors, tf.tensor2d(tokens, [rows, length], 'int32')) as Tensor3D;
      return tf.relu(tf.conv1d(looked, kernel as Tensor3D, 1, 'valid').add(bias)).max(1) as Tensor2D;
    };
    const given = [
      tf.tensor(embedding, [vocabulary, size]),
      tf.tensor(kernel, [width, size, filters]),
      tf.tensor(bias),
    ];
    const expected = oracle(...(given as [Tensor, Tensor, Tensor]));
    const gradients = tf.grads((...tensors) => oracle(...(tensors as [Tensor, Tensor, Tensor])))(
      given,
      tf.tensor(slopes, [rows, filters]),
    );
    const [ofVectors, ofKernel, ofBias] = gradients.map((tensor) => tensor.dataSync() as Float32Array);

    const kernels = openKernels();
    kernels.scope(() => {
      const words = distinctWords(tokens, rows);
      const held = kernels.hold(lookUp(embedding, words.indices, size), [words.indices.length, size]);
      const pass = convolve(kernels, held, words, [kernel, bias]);
      assertClose(pass.largest, expected.dataSync() as Float32Array, 1e-5);
      const back = pass.backward(slopes);
      assertClose(back.kernel, ofKernel as Float32Array, 1e-4);
      assertClose(back.bias, ofBias as Float32Array, 1e-5);
      const whole = (values: Float32Array, columns: number) => {
        const { rows: indices, values: sums } = embeddingGradient(values, words.indices, {
          dimensions: columns,
        });
        const all = new Float32Array(vocabulary * columns);
        indices?.forEach((index, place) => {
          all.set(sums.subarray(place * columns, (place + 1) * columns), index * columns);
        });
        return all.subarray(columns);
      };
      const expectedVectors = (ofVectors as Float32Array).subarray(size);
      assertClose(whole(back.vectors(size), size), expectedVectors, 1e-4);
      const firstTwo = expectedVectors.filter((_, at) => at % size < 2);
      assertClose(whole(back.vectors(2), 2), firstTwo, 1e-4);
    });
  });
}
