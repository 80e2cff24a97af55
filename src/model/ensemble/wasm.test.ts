import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../platform/errors';
import { assemble } from './wasm';

const open = () => assemble({ codes: [Uint16Array, 3], ngrams: [Uint32Array, 5] }, () => ({ hashShift: 20 }));

test('blocks are apart, of the length asked for, and 0', () => {
  const { views } = open();
  assert.deepEqual([views.codes, views.ngrams], [new Uint16Array(3), new Uint32Array(5)]);
  views.codes.fill(0xffff);
  assert.deepEqual(views.ngrams, new Uint32Array(5));
});

test('a block that is enlarged is another, and all others keep their numbers', () => {
  const assembly = open();
  assembly.views.ngrams.fill(7);
  assembly.enlarge({ codes: 100_000 });
  assert.deepEqual(assembly.views.codes, new Uint16Array(100_000));
  assert.deepEqual(assembly.views.ngrams, new Uint32Array(5).fill(7));
  assembly.views.codes.set([0x20, 0x61, 0x20]);
  const { codes, ngrams } = assembly.views;
  assert.equal(assembly.functions.readWords(codes.byteOffset, 3, ngrams.byteOffset), ngrams.byteOffset + 4);
});

test('without memory, an error is thrown and nothing has changed', () => {
  const assembly = open();
  assembly.views.codes.set([1, 2, 3]);
  assert.throws(
    () => assembly.enlarge({ codes: 100, ngrams: 2 ** 31 }),
    (error) => error instanceof UserError && /needs 8\.\d GB of contiguous memory/.test(error.message),
  );
  assert.deepEqual(assembly.views.codes, Uint16Array.of(1, 2, 3));
  assert.throws(() => assemble({ codes: [Uint16Array, 2 ** 32] }, () => ({})), UserError);
  assembly.enlarge({ codes: 4 });
  assert.equal(assembly.views.codes.length, 4);
});
