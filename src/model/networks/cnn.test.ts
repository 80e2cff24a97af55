import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { cnn } from '../../testing/fixtures/keras.json';
import { assertClose, type DenseWeights } from '../../testing/folders';
import {
  answer,
  drawExamples,
  drawWeights,
  fixtureShape,
  flat,
  openTrainer,
  toExamples,
} from '../../testing/networks';
import { cnnNetwork } from './cnn';
import { openKernels } from './kernels';
import type { ModelShape } from './network';
import { createTrainer } from './trainer';

const examples = toExamples(cnn.inputs, cnn.labels);
const [filters, room] = [2, 100];

interface Convolution {
  kernel: number[][][];
  bias: number[];
}

/**
 * The fixture's weights in the network's order, its two filters of each width among 100. The others have zero weights on
 * both sides, so they answer 0, get no gradient and change nothing.
 */
function withLayers(embedding: number[][], layers: readonly (Convolution | DenseWeights)[]): Float32Array[] {
  const convolutions = layers.slice(0, 3) as Convolution[];
  const { kernel, bias } = layers[3] as DenseWeights;
  const rows = Array.from({ length: 3 * room }, (_, row) => {
    const [width, filter] = [Math.floor(row / room), row % room];
    return filter < filters ? (kernel[width * filters + filter] as number[]) : [0, 0, 0];
  });
  const padded = convolutions.flatMap(({ kernel, bias }) => [
    kernel.map((rows) => rows.map(padFilters)),
    padFilters(bias),
  ]);
  return [embedding, cnn.frozen_embedding, ...padded, rows, bias].map((values) => flat(values));
}

function padFilters(values: readonly number[]): number[] {
  return Array.from({ length: room }, (_, filter) => values[filter] ?? 0);
}

test('the cnn answers as Keras does with the same weights', () => {
  const weights = withLayers(cnn.embedding, cnn.weights);
  assertClose(answer(cnnNetwork, fixtureShape, weights, examples), cnn.outputs.flat(), 1e-6);
});

test('the cnn takes the same training steps as Keras, its word vectors too', () => {
  const weights = withLayers(cnn.embedding, cnn.weights);
  const trainer = openTrainer(cnnNetwork, fixtureShape, weights);
  for (const { rows, loss, accuracy, weights_after, embedding_after } of cnn.steps) {
    const measured = trainer.step(examples, rows);
    assertClose([measured.loss / rows.length, measured.right / rows.length], [loss, accuracy], 1e-6);
    assertClose(weights, withLayers(embedding_after, weights_after), 3e-6);
  }
  assertClose(answer(cnnNetwork, fixtureShape, weights, examples), cnn.outputs_after.flat(), 2e-6);
});

const shape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 40,
  dimensions: 6,
  maxLength: 20,
  labelCount: 3,
};

test('the cnn starts with both channels alike and padding zero, also where vectors are its own', () => {
  const [tuned, frozen] = drawWeights(cnnNetwork, shape);
  assert.deepEqual(tuned, frozen);
  for (const vectors of ['pretrained', 'trained'] as const) {
    const [embedding] = drawWeights(cnnNetwork, { ...shape, vectors });
    assert.ok(embedding?.subarray(0, 6).every((value) => value === 0));
    assert.ok(embedding?.subarray(6).every((value) => value !== 0));
  }
});

test('the cnn leaves padding zero and the frozen channel as it is', () => {
  const weights = drawWeights(cnnNetwork, shape);
  const [tunedBefore, frozenBefore] = weights.map((values) => values.slice());
  const trainer = openTrainer(cnnNetwork, shape, weights);
  for (let step = 0; step < 3; step++) trainer.step(drawExamples(shape, 16), [...Array(16).keys()]);
  assert.deepEqual(weights[1], frozenBefore);
  assert.notDeepEqual(weights[0], tunedBefore);
  assert.ok(weights[0]?.subarray(0, 6).every((value) => value === 0));
});

test('the cnn reads titles that are shorter than its filters', () => {
  const short = { ...shape, maxLength: 2 };
  const weights = drawWeights(cnnNetwork, short);
  const answers = answer(
    cnnNetwork,
    short,
    weights,
    toExamples(
      [
        [0, 0],
        [0, 7],
        [7, 0],
        [3, 9],
      ],
      [0, 0, 0, 0],
    ),
  );
  const byRow = [0, 1, 2, 3].map((row) => answers.slice(3 * row, 3 * row + 3).join());
  assert.equal(new Set(byRow).size, 4);
});

test('dropout leaves out that share of the features in training, and keeps their mean', () => {
  const weights = drawWeights(cnnNetwork, shape);
  const { tokens, labels, maxLength } = drawExamples(shape, 64);
  const kernels = openKernels();
  const given = { indices: tokens, rows: labels.length, length: maxLength };
  const run = (seed?: number) =>
    kernels.scope(() => {
      const dropout = seed === undefined ? undefined : { rate: 0.5, random: seededRandom(seed) };
      return cnnNetwork.forward(kernels, shape, weights, { tokens: given, dropout }).logits;
    });
  assert.deepEqual(run(1), run(1));
  assert.notDeepEqual(run(1), run(2));
  const many = Array.from({ length: 200 }, (_, seed) => run(seed));
  const mean = run().map(
    (_, at) => many.reduce((sum, logits) => sum + (logits[at] as number), 0) / many.length,
  );
  const spread = Math.hypot(...run(1).map((value, at) => value - (run()[at] as number)));
  assert.ok(Math.hypot(...mean.map((value, at) => value - (run()[at] as number))) < spread / 5);
});

test('dropout’s gradients are those of the features that are left', () => {
  const weights = drawWeights(cnnNetwork, shape);
  const given = drawExamples(shape, 16);
  const settings = { shape, learningRate: 0.001, seed: 4, dropout: 0.9 };
  const trainer = createTrainer(cnnNetwork, weights, settings);
  const kernel = weights.at(-2) as Float32Array;
  const before = kernel.slice();
  trainer.beginEpoch(1);
  trainer.step(given, [0]);
  const moved = kernel.filter((value, at) => value !== before[at]).length / kernel.length;
  assert.ok(moved > 0 && moved < 0.2, `${moved} of the last layer’s weights have moved`);
});
