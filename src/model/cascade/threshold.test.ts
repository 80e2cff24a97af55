import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fitTemperature, type Held, temper, thresholdFor } from './threshold';

/** A row of two labels with this probability of the first, which is its label or not. */
const row = (confidence: number, isRight = true): Held => ({
  probabilities: [confidence, 1 - confidence],
  label: isRight ? 0 : 1,
});
const alone = (held: readonly Held[], threshold: number) =>
  held.filter(({ probabilities }) => Math.max(...probabilities) >= threshold);

const held = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.58, 0.55].map((confidence, place) =>
  row(confidence, place !== 3 && place < 6),
);

test('a share is that share of the rows, the surest', () => {
  for (const share of [0.1, 0.3, 0.7, 1]) {
    const threshold = thresholdFor(held, { share, accuracy: 0 });
    assert.equal(alone(held, threshold).length, share * held.length);
  }
  assert.equal(alone(held, thresholdFor(held, { share: 0, accuracy: 0 })).length, 0);
});

test('rows of one confidence are taken together, as near to the share as that comes', () => {
  const tied = [row(0.9), row(0.9), row(0.9), row(0.6)];
  const count = (share: number) => alone(tied, thresholdFor(tied, { share, accuracy: 0 })).length;
  assert.deepEqual([0.1, 0.25, 0.5, 0.75, 0.9].map(count), [0, 0, 3, 3, 4]);
});

test('an accuracy takes as many rows as surely reach it together', () => {
  const repeat = (count: number, one: Held) => Array.from({ length: count }, () => one);
  const rows = [...repeat(60, row(0.9)), ...repeat(20, row(0.8)), ...repeat(20, row(0.6, false))];
  const count = (accuracy: number) => alone(rows, thresholdFor(rows, { share: 1, accuracy })).length;
  // 80 of 80 are right at least in 96.7% of the cases, 80 of 100 in 72.6% (Wilson, one-sided 95%).
  assert.deepEqual([1, 0.97, 0.96, 0.73, 0.72].map(count), [0, 0, 80, 80, 100]);
});

test('a label that only ties for the most probable one is not right', () => {
  const tied: Held[] = Array.from({ length: 40 }, () => ({ probabilities: [0.5, 0.5], label: 1 }));
  assert.ok(thresholdFor(tied, { share: 1, accuracy: 0.5 }) > 1);
});

test('without rows the small model never answers alone, unless it always does', () => {
  assert.ok(thresholdFor([], { share: 0.7, accuracy: 0 }) > 1);
  assert.ok(thresholdFor([], { share: 1, accuracy: 0.9 }) > 1);
  assert.equal(thresholdFor([], { share: 1, accuracy: 0 }), 0);
  assert.equal(fitTemperature([]), 1);
});

test('the temperature has the least loss on a fine grid, where one far from 1 is a loss itself', () => {
  const rows = fc.array(
    fc.record({ confidence: fc.double({ min: 0.5, max: 0.99, noNaN: true }), isRight: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(rows, (drawn) => {
      const some = drawn.map(({ confidence, isRight }) => row(confidence, isRight));
      const loss = (temperature: number) =>
        some.reduce(
          (sum, { probabilities, label }) =>
            sum - Math.log(temper(probabilities, temperature)[label] as number),
          5 * Math.log(temperature) ** 2,
        );
      const grid = Array.from({ length: 200 }, (_, place) => 0.2 * 25 ** (place / 199));
      const best = Math.min(...grid.map(loss));
      assert.ok(loss(fitTemperature(some)) <= best + 1e-3);
    }),
    { numRuns: 50 },
  );
});

test('a temperature keeps order and sum, and 1 changes nothing', () => {
  assert.deepEqual(
    temper([0.6, 0.3, 0.1], 1).map((value) => Number(value.toFixed(12))),
    [0.6, 0.3, 0.1],
  );
  for (const temperature of [0.3, 2, 4]) {
    const [first = 0, second = 0, third = 0] = temper([0.6, 0.3, 0.1], temperature);
    assert.ok(first > second && second > third);
    assert.ok(Math.abs(first + second + third - 1) < 1e-12);
  }
});
