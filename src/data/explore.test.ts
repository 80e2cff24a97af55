import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countBy } from './explore';

test('countBy() counts values, the most frequent first and equally frequent ones as they came', () => {
  const rows = ['b', 'a', 'c', 'a', 'b'].map((name) => ({ name }));
  assert.deepEqual(
    countBy(rows, ({ name }) => name),
    [
      ['b', 2],
      ['a', 2],
      ['c', 1],
    ],
  );
  assert.deepEqual(countBy([], String), []);
});

test('countBy() counts every row of many groups', () => {
  const counts = countBy(Array(200_000).keys(), (number) => number % 100_000);
  assert.equal(counts.length, 100_000);
  assert.ok(counts.every(([, count]) => count === 2));
});
