import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prediction } from '../training/classifier';
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

test('compare() takes as many headlines as there are', async () => {
  const many = Array.from({ length: 200_000 }, () => 'x');
  const always = (share: number) => answering(share).predict(['x'])[0] as Prediction;
  const one = { predict: () => many.map(() => always(0.75)) };
  const other = { predict: () => many.map((_, row) => always(row === 199_999 ? 0.25 : 0.75)) };
  const { agreeing, largestDifference } = await compare(one, other, many);
  assert.deepEqual([agreeing, largestDifference], [199_999, 0.5]);
});
