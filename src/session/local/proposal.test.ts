import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Dimension, type Values, valuesAt } from '../contract/searchSpace';
import { propose } from './proposal';

const space: Dimension[] = [
  { name: 'learning_rate', kind: 'number', from: 1e-4, to: 1, isLog: true, isWhole: false },
  { name: 'epochs', kind: 'number', from: 1, to: 20, isLog: false, isWhole: true },
  { name: 'class_weights', kind: 'choice', values: ['none', 'balanced'] },
];

function search(trials: number, seed: number, dimensions = space): Values[] {
  const tried: Values[] = [];
  while (tried.length < trials) tried.push(propose(dimensions, tried, seed));
  return tried;
}

test('propose() gives the same trials for the same seed, others for another, and can be continued', () => {
  const whole = search(8, 1);
  assert.deepEqual(search(8, 1), whole);
  assert.notDeepEqual(search(1, 2), whole.slice(0, 1));
  assert.deepEqual(propose(space, whole.slice(0, 7), 1), whole[7]);
});

test('every proposal is within its ranges, and none comes twice', () => {
  for (const seed of [0, 3, 2 ** 31 - 1]) {
    const tried = search(100, seed);
    for (const { learning_rate, epochs, class_weights } of tried) {
      assert.ok(Number(learning_rate) >= 1e-4 && Number(learning_rate) <= 1);
      assert.ok(Number.isInteger(epochs) && Number(epochs) >= 1 && Number(epochs) <= 20);
      assert.ok(class_weights === 'none' || class_weights === 'balanced');
    }
    assert.equal(new Set(tried.map((values) => JSON.stringify(values))).size, 100);
  }
});

test('proposals cover each of 30 ranges evenly, and no two ranges rise together', () => {
  const many = Array.from({ length: 30 }, (_, at): Dimension => {
    return { name: `${at}`, kind: 'number', from: 0, to: 1, isLog: false, isWhole: false };
  });
  for (const seed of [1, 2, 3]) {
    const tried = search(64, seed, many).map((values) => many.map(({ name }) => Number(values[name])));
    const column = (at: number) => tried.map((point) => point[at] as number);
    for (const at of many.keys()) {
      for (const quarter of [0, 1, 2, 3]) {
        const inIt = column(at).filter((one) => Math.floor(one * 4) === quarter).length;
        assert.ok(inIt >= 6 && inIt <= 28, `${inIt} of 64 in quarter ${quarter} of range ${at}`);
      }
      for (let other = 0; other < at; other++) {
        const together = correlation(column(at), column(other));
        assert.ok(Math.abs(together) < 0.6, `ranges ${at} and ${other}: ${together.toFixed(2)}`);
      }
    }
    // Halton's first dimension: each eighth has exactly an eighth of the trials.
    for (let eighth = 0; eighth < 8; eighth++) {
      assert.equal(column(0).filter((one) => Math.floor(one * 8) === eighth).length, 8);
    }
  }
});

test('where all choices were tried, one comes again', () => {
  const two: Dimension[] = [{ name: 'split', kind: 'choice', values: ['story', 'random'] }];
  const tried = [0, 0.9].map((at) => valuesAt(two, [at]));
  assert.match(String(propose(two, [...tried, ...tried], 1).split), /story|random/);
});

function correlation(one: readonly number[], other: readonly number[]): number {
  const centred = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [a, b] = [centred(one), centred(other)];
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, at) => sum + value * (y[at] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
