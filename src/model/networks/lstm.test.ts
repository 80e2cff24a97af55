import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lstm } from '../../testing/fixtures/keras.json';
import { testLikeKeras } from '../../testing/likeKeras';
import { fixtureShape, getWeights, make } from '../../testing/networks';
import { lstmNetwork } from './lstm';

const network = { make: lstmNetwork, hyperparameters: {} };
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
function weights(step?: { weights_after: readonly KerasLayer[] }) {
  const layers: readonly KerasLayer[] = step?.weights_after ?? lstm.weights;
  return [lstm.embedding, ...layers.flatMap(padUnits)];
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

testLikeKeras('lstm', lstm, { network, weights, tolerances: [2e-6, 5e-6, 5e-6] });

test('the lstm starts with a bias of 1 at the forget gate, as Keras’ does', () => {
  const names = ['kernel', 'recurrent kernel', 'bias'];
  const [, ...layers] = getWeights(make(network, fixtureShape));
  assert.deepEqual(
    layers.map(({ length }) => length),
    [4 * 128, 32 * 128, 128, 32 * 128, 32 * 128, 128, 32 * 128, 32 * 128, 128, 32 * 3, 3],
  );
  for (const layer of [0, 1, 2]) {
    const bias = layers[names.length * layer + 2] as Float32Array;
    assert.deepEqual(
      [...bias],
      Array.from({ length: 128 }, (_, column) => Number(column >= 32 && column < 64)),
    );
  }
});
