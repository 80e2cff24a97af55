import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, shuffled } from '../../data/random';
import { mlp } from '../../testing/fixtures/keras.json';
import { assertClose, type DenseWeights, padLayers } from '../../testing/folders';
import {
  answer,
  drawExamples,
  drawWeights,
  fixtureShape,
  flat,
  openTrainer,
  toExamples,
} from '../../testing/networks';
import { mlpNetwork } from './mlp';
import type { ModelShape } from './network';
import { type Tensor, tensorflow } from './tensorflow';

const examples = toExamples(mlp.inputs, mlp.labels);

function withLayers(layers: readonly DenseWeights[]): Float32Array[] {
  return [mlp.embedding, ...padLayers(layers)].map((values) => flat(values));
}

test('the mlp answers as Keras does with the same weights', () => {
  assertClose(answer(mlpNetwork, fixtureShape, withLayers(mlp.weights), examples), mlp.outputs.flat(), 1e-6);
});

test('the mlp takes the same training steps as Keras', async () => {
  const weights = withLayers(mlp.weights);
  const trainer = openTrainer(mlpNetwork, fixtureShape, weights);
  const all = await trainer.measure(examples, [...mlp.labels.keys()]);
  assertClose([all.loss / 8, all.right / 8], [mlp.loss, mlp.accuracy], 1e-6);
  for (const { rows, loss, accuracy, weights_after } of mlp.steps) {
    const measured = trainer.step(examples, rows);
    assertClose([measured.loss / rows.length, measured.right / rows.length], [loss, accuracy], 1e-6);
    assertClose(weights, withLayers(weights_after), 2e-6);
  }
  assertClose(answer(mlpNetwork, fixtureShape, weights, examples), mlp.outputs_after.flat(), 1e-6);
});

for (const vectors of ['pretrained', 'trained'] as const) {
  test(`the mlp takes the steps of tfjs’ own layers, whatever the batches leave out: vectors ${vectors}`, async () => {
    const shape: ModelShape = { vectors, vocabularySize: 50, dimensions: 10, maxLength: 30, labelCount: 4 };
    const weights = drawWeights(mlpNetwork, shape);
    const model = layersOf(shape, weights);
    const trainer = openTrainer(mlpNetwork, shape, weights);
    // Short titles first, so that what is far in front has nothing to learn for a while.
    const rows = drawExamples(shape, 64, 6);
    const longer = drawExamples(shape, 64, 25);
    const random = seededRandom(1);
    for (const given of [rows, rows, longer, rows, rows, rows, longer, longer]) {
      const some = shuffled(given.labels.keys(), random).slice(0, 16);
      trainer.step(given, some);
      await trainLayers(model, given, some, 4);
    }
    assertClose(weights, layerWeights(model), 2e-5);
  });
}

/** The same network as tfjs' layers API has it. */
function layersOf(shape: ModelShape, weights: readonly Float32Array[]) {
  const tf = tensorflow();
  const { vocabularySize, dimensions, maxLength, labelCount, vectors } = shape;
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({
        inputDim: vocabularySize,
        outputDim: dimensions,
        inputLength: maxLength,
        trainable: vectors === 'trained',
      }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 32, activation: 'relu' }),
      tf.layers.dense({ units: 32, activation: 'relu' }),
      tf.layers.dense({ units: labelCount, activation: 'softmax' }),
    ],
  });
  const rest = mlpNetwork
    .weights(shape)
    .map((spec, index) => tf.tensor(weights[index]?.slice() as Float32Array, [...spec.shape]));
  for (const layer of model.layers) layer.setWeights(rest.splice(0, layer.weights.length));
  model.compile({ optimizer: tf.train.rmsprop(0.001, 0.9, 0, 1e-7), loss: 'categoricalCrossentropy' });
  return model;
}

type Layers = ReturnType<typeof layersOf>;

async function trainLayers(
  model: Layers,
  given: typeof examples,
  rows: number[],
  labelCount: number,
): Promise<void> {
  const tf = tensorflow();
  const { tokens, labels, maxLength } = given;
  const inputs = tf.tensor2d(tokens, [labels.length, maxLength], 'int32').gather(rows);
  await model.trainOnBatch(inputs, tf.oneHot(Array.from(labels), labelCount).toFloat().gather(rows));
}

function layerWeights(model: Layers): Float32Array[] {
  const tensors: Tensor[] = model.layers.flatMap((layer) => layer.getWeights());
  return tensors.map((tensor) => tensor.dataSync() as Float32Array);
}

test('the mlp starts as Keras does: Glorot uniform kernels, biases zero, vectors of its own within 0.05', () => {
  const shape: ModelShape = { ...fixtureShape, vectors: 'trained', vocabularySize: 500 };
  const specs = mlpNetwork.weights(shape);
  const limits = [0.05, Math.sqrt(6 / 52), 0, Math.sqrt(6 / 64), 0, Math.sqrt(6 / 35), 0];
  drawWeights(mlpNetwork, shape).forEach((values, index) => {
    const limit = limits[index] as number;
    const largest = Math.max(...values.map(Math.abs));
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    assert.ok(largest <= limit && largest >= 0.9 * limit, `${specs[index]?.name}: ${largest} of ${limit}`);
    assert.ok(Math.abs(mean) <= 0.15 * limit, `${specs[index]?.name}: mean ${mean}`);
  });
});
