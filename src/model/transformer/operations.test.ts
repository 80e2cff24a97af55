// Gradients against small differences, values against the same formulas in operations of TensorFlow.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { scope, type Tensor, tensorflow } from '../networks/tensorflow';
import { attend, drawFactors, gelu, linear, normalise, scaled, sum } from './operations';

const tf = tensorflow();
const random = seededRandom(1);
const draw = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from(
      { length: shape.reduce((product, size) => product * size, 1) },
      () => 2 * random.fraction() - 1,
    ),
    shape,
  );

const [texts, length, heads, depth] = [2, 3, 2, 2];
const padding = tf.tensor4d([0, 0, 0, 0, 0, -1e9], [texts, 1, 1, length]);
const factors = tf.tensor4d(
  Float32Array.from({ length: texts * heads * length * length }, (_, at) => (at % 3 === 0 ? 0 : 1.5)),
  [texts, heads, length, length],
);
const attention = { texts, heads, mask: padding };

/** Attention by TensorFlow.js' own operations. */
function attendPlainly(input: Tensor, dropped?: Tensor): Tensor {
  const parts = tf
    .split(input, 3, 1)
    .map((part) => tf.transpose(tf.reshape(part, [texts, length, heads, depth]), [0, 2, 1, 3])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const [queries, keys, values] = parts;
  const scores = tf.div(tf.matMul(queries, keys, false, true), Math.sqrt(depth));
  const shares = tf.softmax(tf.add(scores, padding));
  const read = tf.matMul(dropped ? tf.mul(shares, dropped) : shares, values);
  return tf.reshape(tf.transpose(read, [0, 2, 1, 3]), [texts * length, heads * depth]);
}

const cases: [
  name: string,
  inputs: Tensor[],
  ours: (...inputs: Tensor[]) => Tensor,
  theirs: (...inputs: Tensor[]) => Tensor,
][] = [
  [
    'linear',
    [draw(4, 3), draw(3, 5), draw(5)],
    linear as never,
    (x, kernel, bias) => tf.add(tf.matMul(x as never, kernel as never), bias as Tensor),
  ],
  ['sum', [draw(4, 3), draw(4, 3)], sum as never, (one, other) => tf.add(one as Tensor, other as Tensor)],
  [
    'scaled',
    [draw(2, 2)],
    (x) =>
      scaled(
        x as Tensor,
        tf.tensor2d([
          [0, 2],
          [2, 0],
        ]),
      ),
    (x) =>
      tf.mul(
        x as Tensor,
        tf.tensor2d([
          [0, 2],
          [2, 0],
        ]),
      ),
  ],
  [
    'gelu',
    [draw(4, 3)],
    gelu as never,
    (x) => tf.mul(tf.mul(x as Tensor, 0.5), tf.add(tf.erf(tf.div(x as Tensor, Math.SQRT2)), 1)),
  ],
  [
    'normalise',
    [draw(4, 3), draw(3), draw(3)],
    (x, scale, offset) => normalise(x as Tensor, scale as Tensor, offset as Tensor, 1e-3),
    (x, scale, offset) => {
      const { mean, variance } = tf.moments(x as Tensor, 1, true);
      const normal = tf.div(tf.sub(x as Tensor, mean), tf.sqrt(tf.add(variance, 1e-3)));
      return tf.add(tf.mul(normal, scale as Tensor), offset as Tensor);
    },
  ],
  ['attend', [draw(6, 12)], (x) => attend(x as Tensor, attention), (x) => attendPlainly(x as Tensor)],
  [
    'attend with dropout',
    [draw(6, 12)],
    (x) => attend(x as Tensor, { ...attention, factors }),
    (x) => attendPlainly(x as Tensor, factors),
  ],
];

for (const [name, inputs, ours, theirs] of cases) {
  test(`${name} equals the plain formula, and so does its gradient`, () => {
    const weights = draw(...ours(...inputs).shape);
    const results = [ours, theirs].map((operation) => {
      const value = operation(...inputs).dataSync<'float32'>();
      const gradients = tf.grads((...given) => tf.sum(tf.mul(operation(...given), weights)))(inputs);
      return [value, ...gradients.map((gradient) => gradient.dataSync<'float32'>())];
    }) as [Float32Array[], Float32Array[]];
    for (const [index, values] of results[0].entries()) {
      assertClose(values, results[1][index] as Float32Array, 2e-6);
    }
  });

  test(`the gradient of ${name} is the slope`, () => {
    const weights = draw(...ours(...inputs).shape);
    const total = (given: Tensor[]) =>
      scope(() => tf.sum(tf.mul(ours(...given), weights)).dataSync<'float32'>()[0] as number);
    const gradients = tf.grads((...given) => tf.sum(tf.mul(ours(...given), weights)))(inputs);
    inputs.forEach((input, index) => {
      const numbers = input.dataSync<'float32'>();
      const slopes = numbers.map((_, at) => {
        const [above, below] = [0.01, -0.01].map((step) => {
          const moved = numbers.slice();
          moved[at] = (moved[at] as number) + step;
          return total(inputs.with(index, tf.tensor(moved, input.shape)));
        }) as [number, number];
        return (above - below) / 0.02;
      });
      assertClose((gradients[index] as Tensor).dataSync<'float32'>(), slopes, 2e-3);
    });
  });
}

test('operations leave no tensor behind', () => {
  const before = tf.memory().numTensors;
  scope(() => {
    tf.grad((x) => tf.sum(attend(x, { ...attention, factors })))(draw(6, 12));
  });
  assert.equal(tf.memory().numTensors, before);
});

test('dropout drops the share it is asked to, keeps the mean, and repeats with its seed', () => {
  const drawn = drawFactors([100, 100], 0.2, [1, 2]).dataSync<'float32'>();
  const dropped = drawn.filter((factor) => factor === 0).length / drawn.length;
  assert.ok(Math.abs(dropped - 0.2) < 0.02, String(dropped));
  assert.deepEqual([...new Set(drawn)].sort(), [0, Math.fround(1 / (1 - 0.2))]);
  assert.deepEqual(drawFactors([100, 100], 0.2, [1, 2]).dataSync(), drawn);
  assert.notDeepEqual(drawFactors([100, 100], 0.2, [1, 3]).dataSync(), drawn);
});
