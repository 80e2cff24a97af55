import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import { accelerate } from './fastLayers';
import { type Tensor, tensorflow } from './tensorflow';

const tf = tensorflow();

function draw(shape: number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const length = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length }, () => 2 * random.fraction() - 1),
    shape,
  );
}

/** Two LSTM layers with drawn weights. */
function makeModel(units: number, settings: object = {}) {
  const layer = { units, recurrentActivation: 'sigmoid', ...settings } as const;
  const model = tf.sequential({
    layers: [tf.layers.lstm({ ...layer, inputShape: [6, 3], returnSequences: true }), tf.layers.lstm(layer)],
  });
  model.setWeights(model.getWeights().map(({ shape }, index) => draw(shape, index)));
  return model;
}

/** Returns the output, and the gradients of a sum of its squares by the input and by each weight. */
function passThrough(model: ReturnType<typeof makeModel>): Float32Array[] {
  return tf.tidy(() => {
    const input = draw([4, 6, 3], 77);
    const loss = () => tf.sum(tf.square(model.apply(input, { training: true }) as Tensor)).asScalar();
    const sources = [input, ...model.trainableWeights.map((weight) => weight.read())];
    const { grads } = tf.engine().gradients(loss, sources);
    return [model.apply(input) as Tensor, ...grads].map((tensor) => tensor.dataSync<'float32'>().slice());
  }) as unknown as Float32Array[];
}

for (const [name, settings] of Object.entries({
  'with a bias of 1 at the forget gate': { unitForgetBias: true },
  'with dropout, which is left to tf.layers': { recurrentActivation: 'hardSigmoid' },
})) {
  test(`LSTM layers by TensorFlow’s kernels compute what tf.layers computes: ${name}`, () => {
    for (const units of [1, 5, 32]) {
      const model = makeModel(units, settings);
      const expected = passThrough(model);
      accelerate(model);
      passThrough(model).forEach((values, index) => {
        assertClose(values, expected[index] as Float32Array, 2e-5);
      });
      model.dispose();
    }
  });
}

test('equal values share the gradient of their maximum, as in TensorFlow', () => {
  accelerate(tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }));
  const gradientOf = (axis: number) =>
    tf.grad((x) => tf.sum(tf.mul(tf.max(x, axis), tf.tensor1d([6, 12]))))(
      tf.tensor2d([
        [1, 1],
        [0, 1],
      ]),
    );
  assert.deepEqual(gradientOf(0).arraySync(), [
    [6, 6],
    [0, 6],
  ]);
  assert.deepEqual(gradientOf(1).arraySync(), [
    [3, 3],
    [0, 12],
  ]);
});

test('ReLU has no gradient at and below 0', () => {
  const gradient = tf.grad((x) => tf.sum(tf.relu(x)))(tf.tensor1d([-1, 0, 2]));
  assert.deepEqual(gradient.arraySync(), [0, 0, 1]);
});
