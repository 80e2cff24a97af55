import assert from 'node:assert/strict';
import { test } from 'node:test';
import { characters, inverse as inverses, titles, words } from './fixtures/linear.json';
import { groupScale, inverseFrequency } from './inverseFrequency';
import { createNgramReader, encodeTitles } from './ngrams';
import { assertClose } from './testing';
import { tokenise } from './tokenizer';

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

test('a long title has the n-grams of its words', () => {
  const read = createNgramReader(bucketCount);
  const words = Array.from({ length: 3000 }, (_, place) => `word${place}`);
  const { buckets, starts } = read([words.join(' ')]);
  const characters = words.flatMap((word) => {
    const alone = read([word]);
    return [...alone.buckets.subarray(alone.starts[1])];
  });
  assert.deepEqual([...buckets.subarray(starts[1])], characters);
  assert.equal(starts[1], 2 * words.length - 1);
});

test('many titles are their tokens, each behind a space and the last one in front of one', async () => {
  const many = Array.from({ length: 12_345 }, (_, row) => `Row: ${row}${'İ'.repeat(row % 50)}`);
  const { codes, starts } = await encodeTitles(many);
  for (const row of [0, 1, 9_999, 10_000, 12_344]) {
    const own = String.fromCharCode(...codes.subarray(starts[row], starts[row + 1]));
    assert.equal(own, ` ${tokenise(many[row] as string).join(' ')} `);
  }
  assert.equal(codes.length, starts.at(-1));
});

test('a title without words has no n-grams', () => {
  assert.deepEqual(createNgramReader(1024)(['', ' -- ']).starts, Uint32Array.of(0, 0, 0, 0, 0));
});

test('inverse frequencies are scikit-learn’s, to a sixteenth', () => {
  const terms = Object.keys(inverses).filter((term) => !term.includes(' '));
  const has = (title: string, term: string) => title.split(' ').includes(term);
  assertClose(
    terms.map((term) => {
      const having = titles.filter((title) => has(title, term)).length;
      return inverseFrequency(having, titles.length) / 16;
    }),
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
