import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prediction } from './classifier';
import { compare } from './compare';

const answering = (...shares: number[]) => ({
  predict: (headlines: readonly string[]): Prediction[] =>
    headlines.map((_, row) => {
      const share = shares[row] as number;
      return { result: share > 0.5 ? 'a' : 'b', probabilities: { a: share, b: 1 - share } };
    }),
});

test('compare() counts the same labels, names the others and measures the probabilities', async () => {
  const remote = {
    predict: async (headlines: readonly string[]) => answering(0.75, 0.25, 1).predict(headlines),
  };
  assert.deepEqual(await compare(answering(0.75, 0.75, 1), remote, ['x', 'y', 'z']), {
    agreeing: 2,
    differing: [{ headline: 'y', one: 'a', other: 'b' }],
    largestDifference: 0.5,
  });
});

test('compare() of no headlines finds no difference', async () => {
  assert.deepEqual(await compare(answering(), answering(), []), {
    agreeing: 0,
    differing: [],
    largestDifference: 0,
  });
});
