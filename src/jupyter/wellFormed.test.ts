import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wellFormed, wellFormedJson } from './wellFormed';

const [high = '', low = ''] = ['\ud83d', '\ude00'];

test('half a character becomes U+FFFD, a whole one stays', () => {
  assert.equal(wellFormed(`a${high}b`), 'a\ufffdb');
  assert.equal(wellFormed(`${low}${high}`), '\ufffd\ufffd');
  assert.equal(wellFormed(`${high}${low}`), '😀');
});

test('every text of an output can be written as UTF-8, and those that could stay the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.boolean(), (texts, isCut) => {
      const output = {
        data: texts.map((text) => ({ text: isCut ? `${high}${text}` : text, at: 1, none: null })),
      };
      const sent = wellFormedJson(output);
      assert.deepEqual(
        sent.data.map(({ text }) => text),
        output.data.map(({ text }) => Buffer.from(text).toString()),
      );
      assert.deepEqual(
        sent.data.map(({ at, none }) => [at, none]),
        texts.map(() => [1, null]),
      );
    }),
  );
});
