import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lstm } from './fixtures/keras.json';
import { lstmNetwork } from './lstm';
import { buildModel, type ModelShape } from './network';
import { createRmsprop } from './neural';
import { type LayersModel, type Tensor2D, tensorflow } from './tensorflow';
import { assertClose } from './testing';

const tf = tensorflow();
const shape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 12,
  dimensions: 4,
  maxLength: 5,
  labelCount: 3,
};
const [units, room] = [4, 32];

interface KerasLayer {
  kernel: number[][];
  recurrent_kernel?: number[][];
  bias: number[];
}

/**
 * The fixture's weights in the network's order, its four units among 32. The others have zero weights on both sides:
 * their cells stay 0, so they answer 0, get no gradient and change nothing.
 */
function padUnits(layers: readonly KerasLayer[]): (number[] | number[][])[] {
  return layers.flatMap(({ kernel, recurrent_kernel: recurrent, bias }, index) => {
    const inputs = index === 0 ? kernel.length : room;
    if (!recurrent) return [padRows(kernel, inputs, bias.length), bias];
    const padded = [padRows(kernel, inputs), padRows(recurrent, room)];
    return [...padded.map((rows) => rows.map(padGates)), padGates(bias)];
  });
}

function padRows(rows: readonly number[][], length: number, columns = 4 * units): number[][] {
  return Array.from({ length }, (_, row) => rows[row] ?? Array(columns).fill(0));
}

/** Each of the four gates that stand side by side, from 4 units to 32. */
function padGates(values: readonly number[]): number[] {
  const gate = (first: number) =>
    Array.from({ length: room }, (_, unit) => (unit < units ? first + unit : -1));
  return [0, 1, 2, 3].flatMap((index) => gate(index * units)).map((column) => values[column] ?? 0);
}

function buildAsInKeras(): LayersModel {
  const model = buildModel(lstmNetwork, shape);
  model.setWeights([...padUnits(lstm.weights), lstm.embedding].map((values) => tf.tensor(values)));
  return model;
}

function predict(model: LayersModel, inputs: number[][]): number[][] {
  return (model.predictOnBatch(tf.tensor2d(inputs, undefined, 'int32')) as Tensor2D).arraySync();
}

test('the lstm answers as Keras does with the same weights', () => {
  assertClose(predict(buildAsInKeras(), lstm.inputs), lstm.outputs, 1e-6);
});

test('the lstm answers a single headline as it does among others', () => {
  const model = buildAsInKeras();
  lstm.inputs.forEach((input, row) => {
    assertClose(predict(model, [input]), lstm.outputs[row] as number[], 1e-6);
  });
});

test('the lstm takes the same training steps as Keras', async () => {
  const model = buildAsInKeras();
  model.compile({
    optimizer: createRmsprop(0.001),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  const inputs = tf.tensor2d(lstm.inputs, undefined, 'int32');
  const targets = tf.oneHot(lstm.labels, 3).toFloat();
  for (const { rows, loss, accuracy, weights_after } of lstm.steps) {
    const metrics = (await model.trainOnBatch(inputs.gather(rows), targets.gather(rows))) as number[];
    assertClose(metrics, [loss, accuracy], 2e-6);
    const after = model.getWeights().map((tensor) => tensor.arraySync() as number[][]);
    assertClose(after, [...padUnits(weights_after), lstm.embedding], 5e-6);
  }
  assertClose(predict(model, lstm.inputs), lstm.outputs_after, 5e-6);
});

test('the lstm’s gradients are those of small differences, the word vectors’ too', () => {
  const model = buildModel(lstmNetwork, { ...shape, vectors: 'trained' }, 1);
  const inputs = tf.tensor2d(lstm.inputs, undefined, 'int32');
  const targets = tf.oneHot(lstm.labels, 3).toFloat();
  const loss = () =>
    tf.metrics
      .categoricalCrossentropy(targets, model.apply(inputs) as Tensor2D)
      .mean()
      .asScalar();
  const { grads } = tf.variableGrads(loss);
  for (const weight of model.trainableWeights) {
    const values = weight.read().clone();
    const gradient = grads[weight.name];
    assert.ok(gradient, weight.name);
    // Along the gradient itself, where the slope is its length: float32 leaves too little of a single weight’s.
    const length = gradient.norm().dataSync()[0] as number;
    const step = 0.02 / length;
    const at = (factor: number) => {
      weight.write(values.add(gradient.mul(factor * step)));
      return loss().dataSync()[0] as number;
    };
    const slope = (at(1) - at(-1)) / (2 * step * length);
    weight.write(values);
    assert.ok(Math.abs(slope / length - 1) < 0.02, `${weight.name}: ${slope} instead of ${length}`);
  }
});

test('the lstm has the original’s layers, and starts as Keras’ does', () => {
  const model = buildModel(lstmNetwork, shape, 3);
  const tensors = model.getWeights();
  assert.deepEqual(
    tensors.map((tensor) => tensor.shape),
    [
      [4, 128],
      [32, 128],
      [128],
      [32, 128],
      [32, 128],
      [128],
      [32, 128],
      [32, 128],
      [128],
      [32, 3],
      [3],
      [12, 4],
    ],
  );
  for (const layer of [0, 1, 2]) {
    const [kernel, recurrent, bias] = tensors.slice(3 * layer) as [Tensor2D, Tensor2D, Tensor2D];
    const limit = Math.sqrt(6 / (kernel.shape[0] + 128));
    const largest = kernel.abs().max().dataSync()[0] as number;
    assert.ok(largest <= limit && largest > 0.9 * limit, `kernel ${layer}: ${largest} of ${limit}`);
    assertClose(tf.matMul(recurrent, recurrent, false, true).arraySync(), tf.eye(32).arraySync(), 1e-5);
    assert.deepEqual(
      [...bias.dataSync()],
      Array.from({ length: 128 }, (_, column) => Number(column >= 32 && column < 64)),
    );
  }
  const recurrents = [1, 4, 7].map((index) => tensors[index]?.dataSync());
  assert.notDeepEqual(recurrents[0], recurrents[1]);
  assert.notDeepEqual(recurrents[1], recurrents[2]);
});

test('the lstm leaves no tensors, neither of a training step nor of a prediction', async () => {
  const model = buildAsInKeras();
  model.compile({ optimizer: createRmsprop(0.001), loss: 'categoricalCrossentropy' });
  const inputs = tf.tensor2d(lstm.inputs, undefined, 'int32');
  const targets = tf.oneHot(lstm.labels, 3).toFloat();
  const tensorsAfterStep = async () => {
    await model.trainOnBatch(inputs, targets);
    tf.dispose(model.predictOnBatch(inputs));
    return tf.memory().numTensors;
  };
  assert.equal(await tensorsAfterStep(), await tensorsAfterStep());
});
