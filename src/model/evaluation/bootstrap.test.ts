import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { bootstrap, bootstrapDifference } from './bootstrap';

const labels = ['a', 'b'];

/** Of rows with one label: [0, 0] is a right answer, [0, 1] a wrong one. */
function rowsWith(rights: readonly boolean[]): [number, number][] {
  return rights.map((right) => [0, right ? 0 : 1]);
}

const width = ([low, high]: readonly [number, number]) => high - low;

test('the interval of an accuracy is the binomial one if every row is a group of its own', () => {
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

test('the interval of a difference is that of the paired rows, narrower than the one of unpaired ones', () => {
  const random = seededRandom(7);
  const rows = Array.from({ length: 4000 }, () => {
    const isHard = random.fraction() < 0.3;
    const first = !isHard || random.fraction() < 0.3;
    return { first, second: random.fraction() < 0.05 ? !first : first };
  });
  const [first, second] = [rows.map((row) => Number(row.first)), rows.map((row) => Number(row.second))];
  const found = bootstrapDifference(first, second, [...rows.keys()], { rounds: 2000 });
  // The normal interval of a mean of paired differences, each −1, 0 or 1.
  const differences = first.map((right, row) => right - (second[row] as number));
  const mean = differences.reduce((sum, one) => sum + one, 0) / rows.length;
  const variance = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (rows.length - 1);
  const half = 1.96 * Math.sqrt(variance / rows.length);
  assert.ok(Math.abs(found[0] - (mean - half)) < 0.001, `${found} instead of ${mean} ± ${half}`);
  assert.ok(Math.abs(found[1] - (mean + half)) < 0.001, `${found} instead of ${mean} ± ${half}`);
  const mirrored = bootstrapDifference(second, first, [...rows.keys()], { rounds: 2000 });
  assert.deepEqual(mirrored.map((end) => Math.abs(end)).sort(), found.map((end) => Math.abs(end)).sort());
});

test('models that differ in every row of one story alone are as unsure as that story', () => {
  const groups = Array.from({ length: 100 }, (_, row) => (row < 50 ? 'one' : row));
  const first = groups.map((group) => Number(group === 'one'));
  const second = groups.map(() => 0);
  assert.equal(bootstrapDifference(first, second, groups)[0], 0);
  assert.deepEqual(bootstrapDifference(first, first, groups), [0, 0]);
});
