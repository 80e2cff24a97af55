import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mlp } from './fixtures/keras.json';
import { lstmNetwork } from './lstm';
import { mlpNetwork } from './mlp';
import { allWeights, buildModel, type ModelShape, readLayers, writeLayers } from './network';
import { seededRandom } from './random';
import { type LayersModel, type Tensor2D, tensorflow } from './tensorflow';
import { assertClose, padLayers } from './testing';

const tf = tensorflow();

const networks = { mlp: mlpNetwork, lstm: lstmNetwork };
const shape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 12,
  dimensions: 4,
  maxLength: 5,
  labelCount: 3,
};

function predict(model: LayersModel, inputs: number[][]): number[][] {
  return (model.predictOnBatch(tf.tensor2d(inputs, undefined, 'int32')) as Tensor2D).arraySync();
}

function kernels(model: LayersModel): number[][][] {
  const weights = model.getWeights().slice(0, -1);
  return weights.filter((_, index) => index % 2 === 0).map((tensor) => tensor.arraySync() as number[][]);
}

test('buildModel() answers as Keras does with the same weights', () => {
  const model = buildModel(mlpNetwork, shape);
  model.setWeights([...padLayers(mlp.weights), mlp.embedding].map((values) => tf.tensor(values)));
  assertClose(predict(model, mlp.inputs), mlp.outputs, 1e-6);
});

test('buildModel() has the workshop’s layers, the embedding frozen', () => {
  const model = buildModel(mlpNetwork, shape);
  assert.deepEqual(
    model.getWeights().map((tensor) => tensor.shape),
    [[20, 32], [32], [32, 32], [32], [32, 3], [3], [12, 4]],
  );
  assert.equal(model.trainableWeights.length, 6);
  assert.deepEqual(model.outputShape, [null, 3]);
});

for (const [name, network] of Object.entries(networks)) {
  test(`buildModel() gives each row a probability distribution: ${name}`, () => {
    const random = seededRandom(1);
    const model = buildModel(network, shape, 1);
    const embedding = tf.tensor2d(
      Float32Array.from({ length: 48 }, () => 4 * random.fraction() - 2),
      [12, 4],
    );
    model.layers[0]?.setWeights([embedding]);
    const inputs = Array.from({ length: 100 }, () => Array.from({ length: 5 }, () => random.integer(12)));
    const outputs = predict(model, inputs);
    assert.equal(outputs.length, 100);
    for (const row of outputs) {
      assert.ok(row.every((probability) => probability > 0 && probability < 1));
      assertClose(
        row.reduce((sum, probability) => sum + probability),
        1,
        1e-6,
      );
    }
  });

  test(`readLayers() gives what allWeights() names, and writeLayers() puts it back: ${name}`, () => {
    for (const vectors of ['pretrained', 'trained'] as const) {
      const whole = { ...shape, vectors };
      const [model, other] = [1, 2].map((seed) => buildModel(network, whole, seed)) as [
        LayersModel,
        LayersModel,
      ];
      assert.deepEqual(
        model.layers.flatMap((layer) => layer.getWeights().map((tensor) => tensor.shape)),
        allWeights(network, whole).map(({ shape }) => shape),
      );
      writeLayers(other, readLayers(model));
      assert.deepEqual(readLayers(other), readLayers(model));
      assert.deepEqual(predict(other, mlp.inputs), predict(model, mlp.inputs));
    }
  });

  test(`buildModel() starts alike for the same seed and differently for another: ${name}`, () => {
    for (const vectors of ['pretrained', 'trained'] as const) {
      const [first, second, other] = [1, 1, 2].map((seed) =>
        buildModel(network, { ...shape, vectors }, seed)
          .trainableWeights.filter((weight) => weight.shape.length === 2)
          .map((weight) => weight.read().dataSync()),
      );
      assert.deepEqual(first, second);
      for (const [index, values] of (first ?? []).entries()) assert.notDeepEqual(values, other?.[index]);
    }
  });
}

test('buildModel() starts word vectors that are to be trained as Keras does: uniform within 0.05', () => {
  const model = buildModel(mlpNetwork, { ...shape, vectors: 'trained', vocabularySize: 500 }, 3);
  assert.equal(model.trainableWeights.length, 7);
  const values = model.layers[0]?.getWeights()[0]?.dataSync() as Float32Array;
  assert.equal(values.length, 2000);
  const largest = Math.max(...values.map(Math.abs));
  assert.ok(largest <= 0.05 && largest > 0.049, `largest ${largest}`);
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value) / 2000) < 0.003);
});

test('buildModel() starts as Keras does: Glorot uniform kernels, biases and embedding zero', () => {
  const model = buildModel(mlpNetwork, shape, 3);
  const embedding = model.layers[0]?.getWeights()[0]?.dataSync() as Float32Array;
  assert.ok(embedding.length === 48 && embedding.every((weight) => weight === 0));
  const layers = model.getWeights().slice(0, -1);
  layers.forEach((tensor, index) => {
    const values = tensor.dataSync() as Float32Array;
    const [inputs = 0, units] = tensor.shape;
    if (units === undefined) {
      assert.ok(values.every((bias) => bias === 0));
      return;
    }
    const limit = Math.sqrt(6 / (inputs + units));
    const largest = Math.max(...values.map(Math.abs));
    const mean = values.reduce((sum, weight) => sum + weight) / values.length;
    assert.ok(largest <= limit && largest > 0.9 * limit, `weights ${index}: ${largest} of ${limit}`);
    assert.ok(Math.abs(mean) < 0.15 * limit, `weights ${index}: mean ${mean}`);
  });
});

test('buildModel() starts each layer of the mlp differently', () => {
  // Glorot's limits differ from layer to layer: the sequences are told apart by their signs.
  const signs = kernels(buildModel(mlpNetwork, shape, 1)).map((kernel) =>
    kernel.flat().slice(0, 96).map(Math.sign),
  );
  assert.notDeepEqual(signs[0], signs[1]);
  assert.notDeepEqual(signs[1], signs[2]);
});
