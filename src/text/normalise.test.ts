import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../data/random';
import keras from '../testing/fixtures/keras.json';
import { normalise } from './normalise';

test('normalise() answers as Python’s regular expressions do', () => {
  assert.equal(keras.normalise.length, 44);
  for (const { text, normalised } of keras.normalise) assert.equal(normalise(text), normalised, text);
});

test('normalise() parts words at punctuation beside a space and keeps it inside a word', () => {
  assert.equal(normalise('It\'s "over" - R&D, at last!'), "it's over r&d at last!");
  assert.equal(normalise(''), '');
});

test('normalise() answers alike within ASCII and beyond: a letter that changes nothing may be added', () => {
  const random = seededRandom(7);
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  for (let round = 0; round < 2000; round++) {
    const title = Array.from({ length: random.integer(30) }, () => characters[random.integer(128)]).join('');
    assert.equal(`${normalise(`${title}x`)}é`, normalise(`${title}xé`), JSON.stringify(title));
  }
});
