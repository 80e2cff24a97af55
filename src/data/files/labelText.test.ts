import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseText } from './labelText';

const spellings: [text: string, expected: string, name: string][] = [
  [' a\u00a0 \t b ', 'a b', 'spaces of every kind'],
  ['ti\u0301tulo', 'título', 'decomposed letters'],
  ['\ufeffsp\u00ada\u200bm\u200e', 'spam', 'invisible characters'],
  ['\u202aspam\u202c', 'spam', 'marks of direction'],
  ['s\u200cp\u200dam\u200d', 'spam', 'joiners in Latin script'],
  ['می\u200cخواهم', 'می\u200cخواهم', 'a joiner that parts a Persian word'],
  ['क्\u200dष', 'क्\u200dष', 'a joiner in Devanagari'],
  ['👩🏽\u200d🚀', '👩🏽\u200d🚀', 'a joiner in an emoji'],
  ['👩\u200d', '👩', 'a joiner that joins nothing'],
  ['\u200b', '', 'nothing but the invisible'],
];
for (const [text, expected, name] of spellings) {
  test(`normaliseText() gives one spelling to ${name}`, () => {
    assert.equal(normaliseText(text), expected);
    assert.equal(normaliseText(expected), expected);
  });
}
