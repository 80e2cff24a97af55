import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lstm } from '../../testing/fixtures/keras.json';
import { assertClose } from '../../testing/folders';
import { answer, drawWeights, fixtureShape, flat, openTrainer, toExamples } from '../../testing/networks';
import { lstmNetwork } from './lstm';

const examples = toExamples(lstm.inputs, lstm.labels);
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
function withLayers(layers: readonly KerasLayer[]): Float32Array[] {
  return [lstm.embedding, ...layers.flatMap(padUnits)].map((values) => flat(values));
}

function padUnits({ kernel, recurrent_kernel: recurrent, bias }: KerasLayer, index: number) {
  const inputs = index === 0 ? kernel.length : room;
  if (!recurrent) return [padRows(kernel, inputs, bias.length), bias];
  const padded = [padRows(kernel, inputs), padRows(recurrent, room)];
  return [...padded.map((rows) => rows.map(padGates)), padGates(bias)];
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

test('the lstm answers as Keras does with the same weights', () => {
  assertClose(
    answer(lstmNetwork, fixtureShape, withLayers(lstm.weights), examples),
    lstm.outputs.flat(),
    1e-6,
  );
});

test('the lstm answers a single headline as it does among others, whatever its padding', () => {
  const weights = withLayers(lstm.weights);
  lstm.inputs.forEach((input, row) => {
    const alone = answer(lstmNetwork, fixtureShape, weights, toExamples([input], [0]));
    assertClose(alone, lstm.outputs[row] as number[], 1e-6);
  });
});

test('the lstm takes the same training steps as Keras', () => {
  const weights = withLayers(lstm.weights);
  const trainer = openTrainer(lstmNetwork, fixtureShape, weights);
  for (const { rows, loss, accuracy, weights_after } of lstm.steps) {
    const measured = trainer.step(examples, rows);
    assertClose([measured.loss / rows.length, measured.right / rows.length], [loss, accuracy], 2e-6);
    assertClose(weights, withLayers(weights_after), 5e-6);
  }
  assertClose(answer(lstmNetwork, fixtureShape, weights, examples), lstm.outputs_after.flat(), 5e-6);
});

test('the lstm has the original’s layers, and starts as Keras’ does', () => {
  const specs = lstmNetwork.weights(fixtureShape);
  assert.deepEqual(
    specs.map(({ shape }) => shape),
    [
      [12, 4],
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
    ],
  );
  const weights = drawWeights(lstmNetwork, fixtureShape, 3);
  for (const layer of [0, 1, 2]) {
    const [kernel, recurrent, bias] = weights.slice(1 + 3 * layer) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const limit = Math.sqrt(6 / (kernel.length / 128 + 128));
    const largest = Math.max(...kernel.map(Math.abs));
    assert.ok(largest <= limit && largest > 0.9 * limit, `kernel ${layer}: ${largest} of ${limit}`);
    const row = (index: number) => recurrent.subarray(index * 128, (index + 1) * 128);
    for (const [one, other] of [
      [0, 0],
      [31, 31],
      [0, 1],
      [7, 30],
    ] as const) {
      const product = row(one).reduce((sum, value, at) => sum + value * (row(other)[at] as number), 0);
      assertClose(product, Number(one === other), 1e-6);
    }
    assert.deepEqual(
      [...bias],
      Array.from({ length: 128 }, (_, column) => Number(column >= 32 && column < 64)),
    );
  }
});
