import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../data/random';
import { createTokenIndex } from './tokenIndex';

test('a token index answers as a Map of strings does, through every growth', () => {
  const random = seededRandom(1);
  const map = new Map<string, number>();
  const index = createTokenIndex(['known']);
  map.set('known', 0);
  for (let round = 0; round < 50_000; round++) {
    const token = `${random.integer(30_000)}ßé${'x'.repeat(random.integer(3))}`;
    const text = `<${token}>`;
    assert.equal(index.find(text, 1, text.length - 1), map.get(token) ?? -1);
    if (!map.has(token)) map.set(token, map.size);
    assert.equal(index.add(text, 1, text.length - 1), map.get(token));
  }
  assert.deepEqual(index.tokens, [...map.keys()]);
});

test('a token index tells tokens apart that differ in length or in one letter only', () => {
  const { add, find } = createTokenIndex();
  assert.deepEqual(
    ['a', 'aa', 'ab', 'b'].map((token) => add(token, 0, token.length)),
    [0, 1, 2, 3],
  );
  assert.equal(find('xaab', 1, 3), 1);
  assert.equal(find('ac', 0, 2), -1);
});
