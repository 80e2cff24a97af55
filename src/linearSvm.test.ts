import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels, scores, titles, weights } from './fixtures/linear.json';
import { learnInverseFrequency } from './inverseFrequency';
import { type SvmRows, scoreRows, trainLinearSvm } from './linearSvm';
import { createNgramReader } from './ngrams';
import { assertClose } from './testing';

const bucketCount = 2 ** 18;

function rows(): SvmRows {
  const ngrams = createNgramReader(bucketCount)(titles);
  return {
    ngrams,
    inverse: learnInverseFrequency(ngrams, bucketCount),
    labels: Int32Array.from(labels),
    labelCount: 3,
    rowWeights: Float64Array.from(weights),
  };
}

test('the machines score titles as scikit-learn’s LinearSVC does, weighed rows and TF-IDF included', async () => {
  const given = rows();
  const trained = await trainLinearSvm(given, { seed: 1 });
  assert.ok(trained);
  // Training ends a little before the optimum, and frequencies are kept in sixteenths.
  assertClose(scoreRows(given.ngrams, given.inverse, trained), scores.flat(), 0.03);
});

test('the same seed gives the same weights, and another seed others of the same quality', async () => {
  const [one, same, other] = await Promise.all(
    [1, 1, 2].map(async (seed) => await trainLinearSvm(rows(), { seed })),
  );
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
});

test('a row that counts more is learnt better', async () => {
  const given = rows();
  const margin = async (weight: number) => {
    const rowWeights = given.rowWeights.slice();
    rowWeights[6] = weight;
    const trained = await trainLinearSvm({ ...given, rowWeights }, { seed: 1 });
    return scoreRows(given.ngrams, given.inverse, trained)[6 * 3 + 1] as number;
  };
  assert.ok((await margin(4)) > (await margin(0.1)));
});

test('training that is ended gives the weights learnt so far', async () => {
  const { weights, bias } = await trainLinearSvm(rows(), { seed: 1, isStopped: () => true });
  assert.ok([...weights, ...bias].every((weight) => weight === 0));
  let looks = 0;
  const [short, whole] = [
    await trainLinearSvm(rows(), { seed: 1, isStopped: () => ++looks > 1 }),
    await trainLinearSvm(rows(), { seed: 1 }),
  ];
  assert.ok(short.weights.some((weight) => weight !== 0));
  assert.notDeepEqual(short, whole);
});
