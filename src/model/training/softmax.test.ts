import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from '../../testing/folders';
import { tensorflow } from '../networks/tensorflow';
import { crossEntropy, softmax, unknownLabel } from './softmax';

const tf = tensorflow();
const logits = Float32Array.of(1, -2, 0.5, 0, 0, 0, 40, -40, 3, -1000, 999, 1000);
const labels = [2, 0, 0, 1];

test('softmax() is TensorFlow’s, of large logits too', () => {
  const values = logits.slice();
  softmax(values, 3);
  assertClose(values, tf.softmax(tf.tensor2d(logits, [4, 3])).dataSync() as Float32Array, 1e-6);
});

test('crossEntropy() and its gradient are TensorFlow’s', () => {
  const targets = tf.oneHot(labels, 3).toFloat();
  const ofRows = (values: typeof given) => tf.losses.softmaxCrossEntropy(targets, values);
  const given = tf.tensor2d(logits, [4, 3]);
  const { loss, right, gradient } = crossEntropy(logits, labels);
  assertClose(loss / 4, ofRows(given).dataSync()[0] as number, 1e-5);
  assertClose(
    gradient,
    tf
      .grad(ofRows as never)(given)
      .dataSync() as Float32Array,
    1e-5,
  );
  assert.equal(right, 2);
});

test('crossEntropy() counts rows by their label’s weight', () => {
  const [weights, each] = [
    [2, 0, 0.5],
    [0.5, 2, 2, 0],
  ];
  const whole = crossEntropy(logits, labels, weights);
  const alone = labels.map((label, row) => crossEntropy(logits.slice(3 * row, 3 * row + 3), [label]));
  assertClose(
    whole.loss,
    alone.reduce((sum, { loss }, row) => sum + loss * (each[row] as number), 0),
    1e-5,
  );
  alone.forEach(({ gradient }, row) => {
    const expected = gradient.map((value) => (value * (each[row] as number)) / 4);
    assertClose(whole.gradient.slice(3 * row, 3 * row + 3), expected, 1e-6);
  });
});

test('crossEntropy() counts a row of an unknown label as wrong, without a gradient', () => {
  const known = crossEntropy(logits.slice(0, 9), labels.slice(0, 3));
  const { loss, right, gradient } = crossEntropy(logits, [...labels.slice(0, 3), unknownLabel]);
  assertClose(loss, known.loss - Math.log(1e-7), 1e-5);
  assert.equal(right, known.right);
  assert.deepEqual([...gradient.slice(9)], [0, 0, 0]);
});
