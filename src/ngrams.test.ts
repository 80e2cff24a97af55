import assert from 'node:assert/strict';
import { test } from 'node:test';
import { characters, inverse as inverses, titles, words } from './fixtures/linear.json';
import { groupScale, learnInverseFrequency } from './inverseFrequency';
import { createNgramReader, readNgrams } from './ngrams';
import { assertClose } from './testing';

/** So many that no two n-grams of the fixture share one. */
const bucketCount = 2 ** 30;

test('n-grams are the words, pairs and runs of characters that scikit-learn takes, each in a bucket of its own', () => {
  const { buckets, starts } = createNgramReader(bucketCount)(titles);
  const bucketOf = new Map<string, number>();
  titles.forEach((_, title) => {
    for (const [group, expected] of [words[title], characters[title]].entries()) {
      const own = [...buckets.subarray(starts[2 * title + group], starts[2 * title + group + 1])];
      assert.equal(own.length, expected?.length);
      const counts = [own, expected as string[]].map((items) => countsOf(items));
      assert.deepEqual(counts[0], counts[1]);
    }
  });

  function countsOf(items: readonly (string | number)[]): number[] {
    const counts = new Map<string | number, number>();
    for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
    return [...counts.values()].sort();
  }
  for (const word of new Set(titles.flatMap((title) => title.split(' ')))) {
    bucketOf.set(word, createNgramReader(bucketCount)([word]).buckets[0] as number);
  }
  assert.equal(new Set(bucketOf.values()).size, bucketOf.size);
});

test('the same n-gram falls into the same bucket in every title, and in every reader', () => {
  const read = (title: string) => {
    const { buckets, starts } = createNgramReader(2 ** 13)([title]);
    return [...buckets.subarray(0, starts[1])];
  };
  const [, , pair] = read('harbor bakery');
  assert.deepEqual(read('Harbor: Bakery!'), read('harbor bakery'));
  assert.ok(read('the harbor bakery shares').includes(pair as number));
  assert.ok(!read('bakery harbor').includes(pair as number));
  assert.ok(read('harbor bakery').every((bucket) => bucket < 2 ** 13));
});

test('many titles have the n-grams that each has by itself', async () => {
  const many = Array.from({ length: 12_345 }, (_, row) => `${titles[row % titles.length]} ${row}`);
  const { buckets, starts } = await readNgrams(many, 2 ** 16);
  const read = createNgramReader(2 ** 16);
  for (const row of [0, 1, 9_999, 10_000, 12_344]) {
    const own = read([many[row] as string]);
    assert.deepEqual(buckets.slice(starts[2 * row], starts[2 * row + 2]), own.buckets.slice());
    assert.equal(
      (starts[2 * row + 1] as number) - (starts[2 * row] as number),
      (own.starts[1] as number) - (own.starts[0] as number),
    );
  }
});

test('a title without words has no n-grams', () => {
  assert.deepEqual(createNgramReader(1024)(['', ' -- ']).starts, Uint32Array.of(0, 0, 0, 0, 0));
});

test('inverse frequencies are scikit-learn’s, to a sixteenth', () => {
  const bucketCount = 2 ** 18;
  const read = createNgramReader(bucketCount);
  const learnt = learnInverseFrequency(read(titles), bucketCount);
  const terms = Object.keys(inverses).filter((term) => !term.includes(' '));
  const sixteenths = terms.map((term) => learnt[read([term]).buckets[0] as number] as number);
  assertClose(
    sixteenths.map((value) => value / 16),
    terms.map((term) => inverses[term as keyof typeof inverses]),
    1 / 32 + 1e-6,
  );
});

test('a group’s values have length 1, and an empty group has none', () => {
  const inverse = Uint8Array.of(16, 32, 48);
  const buckets = Uint32Array.of(0, 1, 1);
  const scale = groupScale(inverse, buckets, { start: 0, end: 3 });
  assertClose(Math.hypot(16 * scale, 32 * scale, 32 * scale), 1, 1e-12);
  assert.equal(groupScale(inverse, buckets, { start: 1, end: 1 }), 0);
});
