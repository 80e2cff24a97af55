import assert from 'node:assert/strict';
import { test } from 'node:test';
import keras from '../testing/fixtures/keras.json';
import { createEncoder, learnVocabulary } from './vocabulary';

const { fitted, unseen, cases } = keras.tokenizer;

for (const { num_words, word_index, ...answers } of cases) {
  const vocabulary = word_index.slice(0, num_words - 1);

  test(`learnVocabulary() keeps Keras’ word_index below ${num_words}`, () => {
    assert.deepEqual(learnVocabulary(fitted, num_words), vocabulary);
  });

  for (const [name, titles] of Object.entries({ fitted, unseen })) {
    const expected = answers[name as 'fitted' | 'unseen'];

    test(`createEncoder() encodes ${name} titles as Keras does with num_words ${num_words}`, () => {
      const encoded = (maxLength: number) => {
        const tokens = createEncoder(vocabulary, maxLength)(titles);
        return titles.map((_, row) => [...tokens.subarray(row * maxLength, (row + 1) * maxLength)]);
      };
      assert.deepEqual(encoded(8), expected.padded_8);
      assert.deepEqual(encoded(3), expected.padded_3);
      assert.deepEqual(
        encoded(30).map((row) => row.filter((index) => index > 0)),
        expected.sequences,
      );
    });
  }
}

test('learnVocabulary() puts the most frequent first and equally frequent ones in order of appearance', () => {
  assert.deepEqual(learnVocabulary(['b a c', 'c d', 'A!'], 100), ['a', 'c', 'b', 'd']);
  assert.deepEqual(learnVocabulary(['b a c', 'c d', 'A!'], 3), ['a', 'c']);
  assert.deepEqual(learnVocabulary([], 10), []);
});

test('createEncoder() gives no rows for no titles', () => {
  assert.deepEqual(createEncoder(['a'], 4)([]), new Int32Array(0));
});

test('createEncoder() knows no words that every JavaScript object has', () => {
  assert.deepEqual([...createEncoder(['goose'], 3)(['constructor toString goose'])], [0, 0, 1]);
});
