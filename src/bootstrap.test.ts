import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from './bootstrap';
import { seededRandom } from './random';

const labels = ['a', 'b'];

/** Of rows with one label: [0, 0] is a right answer, [0, 1] a wrong one. */
function rowsWith(rights: readonly boolean[]): [number, number][] {
  return rights.map((right) => [0, right ? 0 : 1]);
}

const width = ([low, high]: readonly [number, number]) => high - low;

test('the interval of an accuracy is the binomial one where every row stands alone', () => {
  const random = seededRandom(5);
  const rights = Array.from({ length: 2000 }, () => random.fraction() < 0.8);
  const accuracy = rights.filter(Boolean).length / rights.length;
  const groups = rights.map((_, row) => row);
  const { accuracy: found } = bootstrap(labels, rowsWith(rights), groups, { rounds: 2000 });
  const half = 1.96 * Math.sqrt((accuracy * (1 - accuracy)) / rights.length);
  assert.ok(Math.abs(found[0] - (accuracy - half)) < 0.003, `${found}`);
  assert.ok(Math.abs(found[1] - (accuracy + half)) < 0.003, `${found}`);
});

test('rows that are right or wrong together make it wider, by the root of how many they are', () => {
  const random = seededRandom(6);
  const stories = Array.from({ length: 200 }, () => random.fraction() < 0.7);
  const rights = stories.flatMap((right) => Array<boolean>(9).fill(right));
  const alone = bootstrap(
    labels,
    rowsWith(rights),
    rights.map((_, row) => row),
    {},
  );
  const together = bootstrap(
    labels,
    rowsWith(rights),
    rights.map((_, row) => Math.floor(row / 9)),
    {},
  );
  const ratio = width(together.accuracy) / width(alone.accuracy);
  assert.ok(ratio > 2.6 && ratio < 3.4, `${ratio}`);
});

test('the same seed gives the same intervals, and one group leaves no doubt', () => {
  const rights = Array.from({ length: 40 }, (_, row) => row % 4 !== 0);
  const drawn = [1, 1, 2].map((seed) =>
    bootstrap(labels, rowsWith(rights), [...rights.keys()], { seed, rounds: 50 }),
  );
  assert.deepEqual(drawn[0], drawn[1]);
  assert.notDeepEqual(drawn[0], drawn[2]);
  const one = bootstrap(
    labels,
    rowsWith(rights),
    rights.map(() => 'x'),
    {},
  );
  assert.deepEqual(one.accuracy, [0.75, 0.75]);
  assert.deepEqual(one.byLabel[0]?.recall, [0.75, 0.75]);
});
