import assert from 'node:assert/strict';
import { test } from 'node:test';
import { characters, inverse as inverses, titles, words } from '../../testing/fixtures/linear.json';
import { assertClose } from '../../testing/folders';
import { tokenise } from '../../text/tokenizer';
import { inverseFrequency } from './inverseFrequency';
import { createTitleWriter, encodeTitles, hashShift, ngramRoom } from './ngrams';
import { assemble } from './wasm';

/** So many that no two n-grams of the fixture share one. */
const bucketCount = 2 ** 30;

/** The buckets of a title's n-grams, of its words and of its characters. */
function read(title: string, buckets = bucketCount): [words: number[], characters: number[]] {
  const writer = createTitleWriter();
  const length = writer.write(title);
  const { functions, views } = assemble(
    { codes: [Uint16Array, length], ngrams: [Uint32Array, ngramRoom(length)] },
    () => ({ hashShift: hashShift(buckets) }),
  );
  const { codes, ngrams } = views;
  codes.set(writer.codes());
  const middle = functions.readWords(codes.byteOffset, length, ngrams.byteOffset);
  const end = functions.readCharacters(codes.byteOffset, length, middle);
  const [first, last] = [middle, end].map((place) => (place - ngrams.byteOffset) / 4);
  assert.ok((last as number) <= ngrams.length);
  return [[...ngrams.subarray(0, first)], [...ngrams.subarray(first, last)]];
}

test('n-grams are the words, pairs and runs of characters that scikit-learn takes, each in a bucket of its own', () => {
  titles.forEach((title, place) => {
    const [ofWords, ofCharacters] = read(title);
    assert.deepEqual(countsOf(ofWords), countsOf(words[place] as string[]));
    assert.deepEqual(countsOf(ofCharacters), countsOf(characters[place] as string[]));
  });

  function countsOf(items: readonly (string | number)[]): number[] {
    const counts = new Map<string | number, number>();
    for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
    return [...counts.values()].sort();
  }
  const all = [...new Set(titles.flatMap((title) => title.split(' ')))];
  assert.equal(new Set(all.map((word) => read(word)[0][0])).size, all.length);
});

test('the same n-gram falls into the same bucket in every title', () => {
  const readFew = (title: string) => read(title, 2 ** 13)[0];
  const [, , pair] = readFew('harbor bakery');
  assert.deepEqual(readFew('Harbor: Bakery!'), readFew('harbor bakery'));
  assert.ok(readFew('the harbor bakery shares').includes(pair as number));
  assert.ok(!readFew('bakery harbor').includes(pair as number));
  assert.ok(readFew('harbor bakery').every((bucket) => bucket < 2 ** 13));
});

test('a long title has the n-grams of its words', () => {
  const words = Array.from({ length: 3000 }, (_, place) => `word${place}`);
  const [ofWords, ofCharacters] = read(words.join(' '));
  assert.deepEqual(
    ofCharacters,
    words.flatMap((word) => read(word)[1]),
  );
  assert.equal(ofWords.length, 2 * words.length - 1);
});

test('there is room for the n-grams of any title', () => {
  for (const title of ['a', 'a b', 'a b c d e f', 'ab', 'abcdefghij '.repeat(100)]) read(title, 2);
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
  for (const title of ['', ' -- ']) assert.deepEqual(read(title), [[], []]);
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
