import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-node';
import fc from 'fast-check';
import { ArtifactFault } from '../../platform/errors';
import type { NamedTensor } from '../training/tensors';
import { interpret } from './interpreter';
import { tensorsOf } from './layersModel';
import { tensorflow } from './tensorflow';
import { buildModel } from './tensorflowModel';
import { readTopology } from './topology';

const sizes = { length: 20, vocabularySize: 12, labelCount: 3 };
const tf = tensorflow();
const activations = [
  ...['relu', 'linear', 'tanh', 'sigmoid', 'elu', 'selu', 'hardSigmoid', 'softplus', 'softsign', 'relu6'],
  ...['softmax', 'swish'],
] as const;

/** Layers by number, so that fast-check can make networks smaller. */
function sequenceLayer(kind: number, size: number) {
  const activation = activations[size % activations.length] as 'relu';
  const padding = size % 2 ? 'same' : 'valid';
  const makers = [
    () => tf.layers.dense({ units: size, activation, useBias: size % 3 > 0 }),
    () => tf.layers.conv1d({ filters: size, kernelSize: 1 + (size % 3), padding, activation }),
    () => tf.layers.conv1d({ filters: size, kernelSize: 2, strides: 2, padding }),
    () => tf.layers.conv1d({ filters: size, kernelSize: 2, dilationRate: 2, padding }),
    () => tf.layers.batchNormalization({ scale: size % 2 > 0, center: size % 3 > 0 }),
    () => tf.layers.dropout({ rate: 0.5 }),
    () => tf.layers.activation({ activation }),
    () => tf.layers.reLU(),
    () => tf.layers.softmax({ axis: -1 }),
    () => tf.layers.maxPooling1d({ poolSize: 2, strides: 1 + (size % 2), padding }),
    () => tf.layers.averagePooling1d({ poolSize: 2, strides: 1 + (size % 2), padding }),
    () => tf.layers.lstm({ units: size, recurrentActivation: 'sigmoid', returnSequences: true }),
    () => tf.layers.lstm({ units: size, unitForgetBias: true, returnSequences: true }),
  ];
  return (makers[kind % makers.length] as () => ReturnType<typeof tf.layers.reLU>)();
}

const numbers = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 12 }));
const networks = fc.record({
  // Windows and strides shorten a text at most from 20 to 4 positions.
  trunk: fc.array(numbers, { maxLength: 2 }),
  branches: fc.array(fc.tuple(fc.array(numbers, { maxLength: 1 }), fc.nat(2)), {
    minLength: 1,
    maxLength: 3,
  }),
  merge: fc.nat(5),
  head: fc.array(
    numbers.map(([kind, size]) => [[0, 4, 5, 6, 7][kind % 5] as number, size] as const),
    { maxLength: 2 },
  ),
  isLogits: fc.boolean(),
  rows: fc.array(fc.array(fc.integer({ min: 1, max: 11 }), { maxLength: 9 }), { minLength: 1, maxLength: 4 }),
});
type NetworkPlan = typeof networks extends fc.Arbitrary<infer Plan> ? Plan : never;

function makeNetwork({ trunk, branches, merge, head, isLogits }: NetworkPlan): LayersModel {
  const apply = (x: SymbolicTensor, layers: readonly (readonly [number, number])[]) =>
    layers.reduce((value, [kind, size]) => sequenceLayer(kind, size).apply(value) as SymbolicTensor, x);
  const tokens = tf.input({ shape: [sizes.length], dtype: 'int32' });
  const words = tf.layers.embedding({ inputDim: 12, outputDim: 4 }).apply(tokens) as SymbolicTensor;
  const sequence = apply(words, trunk);
  const ends = [tf.layers.globalMaxPooling1d, tf.layers.globalAveragePooling1d, tf.layers.flatten];
  const outputs = branches.map(([layers, end]) => {
    const value = (ends[end] as typeof tf.layers.flatten)({}).apply(apply(sequence, layers));
    return tf.layers.dense({ units: 4 }).apply(value) as SymbolicTensor;
  });
  const { add, average, maximum, minimum, multiply, concatenate } = tf.layers;
  const merges = [add, average, maximum, minimum, multiply, concatenate] as (typeof add)[];
  const merged =
    outputs.length === 1 ? outputs[0] : ((merges[merge] as typeof add)().apply(outputs) as SymbolicTensor);
  const last = tf.layers.dense({ units: 3, activation: isLogits ? 'linear' : 'softmax' });
  return tf.model({
    inputs: tokens,
    outputs: last.apply(apply(merged as SymbolicTensor, head)) as SymbolicTensor,
  });
}

/** Gives every weight numbers that differ from where it started: positive, since some are variances. */
function drawWeights(model: LayersModel): NamedTensor[] {
  let state = 1;
  const draw = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return tensorsOf(model).map(({ name, shape, data }) => ({
    name,
    shape,
    data: Float32Array.from(data, () => (name.endsWith('variance') ? 0.5 + draw() : 1.5 * draw() - 0.75)),
  }));
}

function describeModel(model: LayersModel) {
  const topology = JSON.parse(model.toJSON() as string);
  const weights = drawWeights(model);
  model.dispose();
  return { topology, weights };
}

function toTokens(rows: readonly (readonly number[])[]): Int32Array {
  return Int32Array.from(rows.flatMap((row) => [...new Array(sizes.length - row.length).fill(0), ...row]));
}

test('the interpreter gives the probabilities of TensorFlow', async () => {
  await fc.assert(
    fc.asyncProperty(networks, async (plan) => {
      const { topology, weights } = describeModel(makeNetwork(plan));
      const answer = interpret(readTopology(topology), weights, sizes);
      assert.ok(answer);
      const tokens = toTokens(plan.rows);
      const expected = await buildModel(topology, weights, { ...sizes, padding: undefined });
      // Twice: nothing of a row is left for the next.
      for (const given of [answer(tokens), answer(tokens)]) assertClose(given, expected(tokens));
    }),
    { numRuns: 40, seed: 1 },
  );
});

function assertClose(given: Float32Array, expected: Float32Array): void {
  assert.equal(given.length, expected.length);
  given.forEach((value, index) => {
    assert.ok(Math.abs(value - (expected[index] as number)) < 1e-5, `${given} instead of ${expected}`);
  });
}

const dense = () => tf.layers.dense({ units: 3, activation: 'softmax' });
const sequential = (...layers: import('@tensorflow/tfjs-node').layers.Layer[]) =>
  tf.sequential({
    layers: [tf.layers.embedding({ inputDim: 12, outputDim: 4, inputLength: 20 }), ...layers],
  });

test('layers that the interpreter does not know are left to TensorFlow', async () => {
  const { topology, weights } = describeModel(
    sequential(tf.layers.gru({ units: 2, recurrentActivation: 'sigmoid' }), dense()),
  );
  const turned = describeModel(sequential(tf.layers.flatten({ dataFormat: 'channelsFirst' }), dense()));
  assert.equal(interpret(readTopology(turned.topology), turned.weights, sizes), undefined);
  assert.equal(interpret(readTopology(topology), weights, sizes), undefined);
  const answer = await buildModel(topology, weights, { ...sizes, padding: undefined });
  assert.equal(answer(toTokens([[1, 2], []])).length, 6);
});

type Json = { class_name: string; config: Record<string, unknown>; inbound_nodes?: unknown };
const changes: Record<string, (layers: Json[]) => void> = {
  'a class that holds code': (layers) => Object.assign(layers[1] as Json, { class_name: 'Lambda' }),
  'a class from a prototype': (layers) => Object.assign(layers[1] as Json, { class_name: 'constructor' }),
  'two billion units': (layers) => Object.assign((layers[2] as Json).config, { units: 2e9 }),
  'units that are not a number': (layers) => Object.assign((layers[2] as Json).config, { units: 'many' }),
  'other words': (layers) => Object.assign((layers[0] as Json).config, { input_dim: 11 }),
  'another input': (layers) => Object.assign((layers[0] as Json).config, { batch_input_shape: [null, 8] }),
  'two layers of one name': (layers) =>
    Object.assign((layers[1] as Json).config, { name: (layers[2] as Json).config.name }),
  'a billion repetitions': (layers) =>
    layers.splice(
      2,
      0,
      { class_name: 'RepeatVector', config: { name: 'r', n: 1e9 } },
      {
        class_name: 'GlobalMaxPooling1D',
        config: { name: 'g' },
      },
    ),
  'two billion GRU units': (layers) =>
    layers.splice(1, 1, { class_name: 'GRU', config: { name: 'l', units: 2e9 } }),
  'deep nesting': (layers) => {
    let inner: unknown = 1;
    for (let depth = 0; depth < 1000; depth++) inner = [inner];
    Object.assign((layers[1] as Json).config, { inner });
  },
  'a layer too few': (layers) => layers.pop(),
  'links by another spelling': (layers) =>
    Object.assign(layers[1] as Json, { inbound__nodes: [[['d', 0, 0, {}]]] }),
  'two names for a layer': (layers) => Object.assign(layers[1] as Json, { name: 'other' }),
  'repetitions within a model': (layers) =>
    layers.splice(1, 0, {
      class_name: 'Sequential',
      config: {
        name: 'inner',
        layers: [
          { class_name: 'GlobalMaxPooling1D', config: { name: 'g', batch_input_shape: [null, 20, 4] } },
          { class_name: 'RepeatVector', config: { name: 'r', n: 6e7 } },
        ],
      },
    }),
};

test('a topology with another topology in it is rejected', () => {
  const { topology } = describeModel(sequential(tf.layers.globalMaxPooling1d(), dense()));
  assert.throws(() => readTopology({ ...topology, model_config: topology }), ArtifactFault);
});

test('texts that are padded to more than their length have the limit of what is padded', async () => {
  const { topology, weights } = describeModel(
    tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 12, outputDim: 4 }),
        tf.layers.conv1d({ filters: 1000, kernelSize: 1 }),
        tf.layers.globalMaxPooling1d({}),
        dense(),
      ],
    }),
  );
  const built = (padding: number) => buildModel(topology, weights, { ...sizes, padding });
  await built(20);
  await assert.rejects(built(1e6), ArtifactFault);
});

for (const [words, change] of Object.entries(changes)) {
  test(`a topology with ${words} is rejected, by the interpreter and by TensorFlow`, async () => {
    const { topology, weights } = describeModel(sequential(tf.layers.globalMaxPooling1d(), dense()));
    change(topology.config.layers);
    const isFault = (error: unknown) => error instanceof ArtifactFault;
    const interpreted = () => interpret(readTopology(topology), weights, sizes);
    const isKnown = !/repetitions|GRU/.test(words);
    if (isKnown) assert.throws(interpreted, isFault);
    await assert.rejects(async () => {
      readTopology(topology);
      await buildModel(topology, weights, { ...sizes, padding: undefined });
    }, isFault);
  });
}

test('layers that read each other in a circle are rejected', () => {
  const plan = { trunk: [], branches: [[[], 0]], merge: 0, head: [], isLogits: false, rows: [[1]] };
  const { topology } = describeModel(makeNetwork(plan as never));
  const layers = topology.config.layers as { name: string; inbound_nodes: unknown }[];
  const last = layers.at(-1)?.name;
  Object.assign(layers[2] as object, { inbound_nodes: [[[last, 0, 0, {}]]] });
  assert.throws(() => readTopology(topology), ArtifactFault);
});
