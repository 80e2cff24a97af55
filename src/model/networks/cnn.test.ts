import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cnn } from '../../testing/fixtures/keras.json';
import { assertClose, type DenseWeights } from '../../testing/folders';
import { testLikeKeras } from '../../testing/likeKeras';
import { answer, drawExamples, getWeights, make, openTrainer, toExamples } from '../../testing/networks';
import type { LoadedNetwork } from '../training/networkFunction';
import { cnnNetwork } from './cnn';
import type { ModelShape } from './layersModel';

const padding = 5;
const withDropout = (dropout: number): LoadedNetwork => ({
  make: cnnNetwork as unknown as LoadedNetwork['make'],
  hyperparameters: { dropout },
  padding,
});

const [filters, room] = [2, 100];

interface Convolution {
  kernel: number[][][];
  bias: number[];
}

/**
 * The fixture's weights in the network's order, its two filters of each width among 100. The others have zero weights on
 * both sides, so they answer 0, get no gradient and change nothing.
 */
function withLayers(embedding: number[][], layers: readonly (Convolution | DenseWeights)[]) {
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
  return [embedding, cnn.frozen_embedding, ...padded, rows, bias];
}

function padFilters(values: readonly number[]): number[] {
  return Array.from({ length: room }, (_, filter) => values[filter] ?? 0);
}

testLikeKeras('cnn', cnn, {
  network: withDropout(0),
  weights: (step) =>
    step ? withLayers(step.embedding_after, step.weights_after) : withLayers(cnn.embedding, cnn.weights),
  settings: { padding },
  tolerances: [1e-6, 3e-6, 2e-6],
});

const shape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 40,
  dimensions: 6,
  maxLength: 20,
  labelCount: 3,
};

test('the cnn leaves padding zero and the frozen channel as it is', () => {
  const made = make(withDropout(0), shape);
  const [tunedBefore, frozenBefore] = getWeights(made);
  assert.deepEqual(tunedBefore, frozenBefore);
  const trainer = openTrainer(made, { padding });
  for (let step = 0; step < 3; step++) trainer.step(drawExamples(shape, 16), [...Array(16).keys()]);
  trainer.end();
  const [tuned, frozen] = getWeights(made);
  assert.deepEqual(frozen, frozenBefore);
  assert.notDeepEqual(tuned, tunedBefore);
  assert.ok(tuned?.subarray(0, 6).every((value) => value === 0));
});

test('the cnn answers the same with all of the padding and with as much as it declares', () => {
  const made = make(withDropout(0), shape);
  for (const longest of [0, 1, 4, 9, 20]) {
    const given = drawExamples(shape, 12, longest);
    assertClose(answer(made, given, padding), answer(made, given), 1e-6);
  }
});

test('the cnn reads titles that are shorter than its filters', () => {
  const inputs = [
    [0, 0],
    [0, 7],
    [7, 0],
    [3, 9],
  ];
  const short = toExamples(inputs, [0, 0, 0, 0]);
  const answers = answer(make(withDropout(0), { ...shape, maxLength: 2 }), short, padding);
  const byRow = [0, 1, 2, 3].map((row) => answers.slice(3 * row, 3 * row + 3).join());
  assert.equal(new Set(byRow).size, 4);
});

test('dropout leaves out that share of the features in training alone, the same with the same seed', () => {
  const given = drawExamples(shape, 16);
  const afterStep = (seed: number) => {
    const made = make(withDropout(0.9), shape);
    const before = getWeights(made).at(-2) as Float32Array;
    const trainer = openTrainer(made, { padding, seed });
    trainer.beginEpoch(1);
    trainer.step(given, [0]);
    trainer.end();
    const kernel = getWeights(made).at(-2) as Float32Array;
    return { kernel, moved: kernel.filter((value, at) => value !== before[at]).length / kernel.length };
  };
  const { kernel, moved } = afterStep(4);
  assert.ok(moved > 0 && moved < 0.2, `${moved} of the last layer’s weights have moved`);
  assert.deepEqual(afterStep(4).kernel, kernel);
  assert.notDeepEqual(afterStep(5).kernel, kernel);
  const made = make(withDropout(0.9), shape);
  assert.deepEqual(answer(made, given), answer(made, given));
});
