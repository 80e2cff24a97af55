import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  labels,
  others,
  repeating,
  scores,
  scoresOfOthers,
  titles,
  weights,
} from '../../testing/fixtures/linear.json';
import { assertClose, userError } from '../../testing/folders';
import { type SvmRows, trainLinearSvm } from './linearSvm';
import { encodeTitles } from './ngrams';

/** The titles, and those to be scored. */
async function rows(scored: readonly string[] = titles): Promise<SvmRows> {
  return {
    titles: await encodeTitles([...titles, ...scored]),
    buckets: 2 ** 18,
    labels: Int32Array.from(labels),
    labelCount: 3,
    rowWeights: Float64Array.from(weights),
  };
}

test('the machines score titles as scikit-learn’s LinearSVC does, weighed rows and TF-IDF included', async () => {
  const trained = await trainLinearSvm(await rows(), { seed: 1 });
  // Training ends a little before the optimum, and frequencies are kept in sixteenths.
  assertClose(trained.scores, scores.flat(), 0.03);
});

test('titles with n-grams that no row has are scored as scikit-learn scores them', async () => {
  const trained = await trainLinearSvm(await rows(others), { seed: 1 });
  assertClose(trained.scores, scoresOfOthers.flat(), 0.03);
});

test('rows that repeat words, pairs and characters are learnt and scored as scikit-learn does', async () => {
  const given = repeating.titles;
  const trained = await trainLinearSvm(
    {
      ...(await rows()),
      titles: await encodeTitles([...given, ...given, ...others]),
      labels: Int32Array.from(repeating.labels),
      rowWeights: new Float64Array(given.length).fill(1),
    },
    { seed: 1 },
  );
  assertClose(trained.scores, [...repeating.scores, ...repeating.scoresOfOthers].flat(), 0.03);
});

test('a row weighs the same however often it says the same', async () => {
  const given = await rows();
  const learn = async (times: number) => {
    const repeated = titles.map((title) => `${title} `.repeat(times));
    return await trainLinearSvm(
      { ...given, titles: await encodeTitles([...repeated, ...titles]) },
      { seed: 1 },
    );
  };
  // From the second time on, a title also has the pair of its last and its first word.
  assert.deepEqual(await learn(2), await learn(200));
});

test('few buckets, in which words and characters meet, are no obstacle to the optimum', async () => {
  const long = titles.map((title) => Array.from({ length: 40 }, (_, at) => `${title} ${at}`).join(' '));
  const given = { ...(await rows()), titles: await encodeTitles([...long, ...long]), buckets: 64 };
  const trained = await trainLinearSvm(given, { seed: 1 });
  assert.ok(trained.scores.every((score) => Math.abs(score) < 5));
});

test('weights that are not finite fail the training', async () => {
  const rowWeights = Float64Array.from(weights, () => Number.NaN);
  await assert.rejects(trainLinearSvm({ ...(await rows()), rowWeights }, { seed: 1 }), userError('diverged'));
});

test('a label’s machine is the same among many labels', async () => {
  const given = await rows();
  const among = { labels: given.labels.map((label) => label + 3), labelCount: 6 };
  const trained = await trainLinearSvm({ ...given, ...among }, { seed: 1 });
  const own = trained.scores.filter((_, place) => place % 6 >= 3);
  assertClose(own, scores.flat(), 0.03);
  const unused = trained.scores.filter((_, place) => place % 6 < 3);
  assert.ok(unused.every((score) => score < -0.5));
});

test('the same seed gives the same weights, and another seed others of the same quality', async () => {
  const [one, same, other] = await Promise.all(
    [1, 1, 2].map(async (seed) => await trainLinearSvm(await rows(), { seed })),
  );
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
});

test('a row that counts more is learnt better', async () => {
  const given = await rows();
  const margin = async (weight: number) => {
    const rowWeights = given.rowWeights.slice();
    rowWeights[6] = weight;
    const trained = await trainLinearSvm({ ...given, rowWeights }, { seed: 1 });
    return trained.scores[6 * 3 + 1] as number;
  };
  assert.ok((await margin(4)) > (await margin(0.1)));
});

test('training that is ended gives the weights learnt so far', async () => {
  const given = await rows();
  const { weights } = await trainLinearSvm(given, { seed: 1, isStopped: () => true });
  assert.ok([...weights.weights, ...weights.bias].every((weight) => weight === 0));
  let looks = 0;
  const [short, whole] = [
    await trainLinearSvm(given, { seed: 1, isStopped: () => ++looks > 1 }),
    await trainLinearSvm(given, { seed: 1 }),
  ];
  assert.ok(short.weights.weights.some((weight) => weight !== 0));
  assert.notDeepEqual(short, whole);
});
