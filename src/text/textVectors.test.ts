import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder, userError } from '../testing/folders';
import { readTextVectors } from './textVectors';
import type { VectorsOptions } from './vectors';

/** Reads a text as if it were a file of vectors; `notices` is what was told. */
async function read(t: TestContext, content: string | Buffer, options: VectorsOptions = {}) {
  const path = join(await temporaryFolder(t), 'glove.txt');
  await writeFile(path, content);
  const notices: string[] = [];
  const vectors = await readTextVectors(path, { notify: (notice) => notices.push(notice), ...options });
  return { path, vectors, notices };
}

test('readTextVectors() gives each word its numbers, whatever the dimension', async (t) => {
  for (const dimensions of [1, 2, 300]) {
    const numbers = Array.from({ length: dimensions }, (_, index) => index / 8 - 1);
    const { vectors, notices } = await read(t, `goose ${numbers.join(' ')}\n`);
    assert.equal(vectors.dimensions, dimensions);
    assert.deepEqual(vectors.lookup('goose'), Float32Array.from(numbers));
    assert.equal(vectors.lookup('toString'), undefined);
    assert.deepEqual(notices, []);
  }
});

test('readTextVectors() knows every way to write a number and any word', async (t) => {
  const { vectors } = await read(t, 'café -1.5e-3 1E2\n鵞鳥 +0.5 -0\n" 3 4\n__proto__ 5 6');
  assert.deepEqual(vectors.lookup('café'), Float32Array.of(-0.0015, 100));
  assert.deepEqual(vectors.lookup('鵞鳥'), Float32Array.of(0.5, -0));
  assert.deepEqual(vectors.lookup('"'), Float32Array.of(3, 4));
  assert.deepEqual(vectors.lookup('__proto__'), Float32Array.of(5, 6));
});

test('readTextVectors() bears CRLF, spaces at line ends, a byte order mark and the header of word2vec', async (t) => {
  const { vectors, notices } = await read(t, '\uFEFFgoose 1 2 \r\nbank 3 4\r\n');
  assert.deepEqual(vectors.lookup('goose'), Float32Array.of(1, 2));
  assert.deepEqual(vectors.lookup('bank'), Float32Array.of(3, 4));
  const headed = await read(t, '2 3\ngoose 1 2 3\nbank 3 4 5\n');
  assert.equal(headed.vectors.dimensions, 3);
  assert.deepEqual([...notices, ...headed.notices], []);
});

test('readTextVectors() takes a word’s first line', async (t) => {
  const { vectors, notices } = await read(t, 'goose 1 2\ngoose 3 4\ngoose none\n');
  assert.deepEqual(vectors.lookup('goose'), Float32Array.of(1, 2));
  assert.deepEqual(notices, []);
});

test('readTextVectors() keeps only the words asked for, and looks at no other lines', async (t) => {
  const { vectors, notices } = await read(t, 'goose 1 2\nbank x y z\ncafé 3 4\n', {
    words: new Set(['café']),
  });
  assert.equal(vectors.lookup('goose'), undefined);
  assert.deepEqual(vectors.lookup('café'), Float32Array.of(3, 4));
  assert.deepEqual(notices, []);
});

test('readTextVectors() skips bad lines and reports them', async (t) => {
  const good = Array.from({ length: 6 }, (_, index) => `word${index} 1 2\n`).join('');
  const { path, vectors, notices } = await read(t, `${good}a 1\nb 1 x\nc 1 2 3\n\nd 1  2\ne 1 NaN\n`);
  assert.deepEqual(notices, [
    `${path}: skipped 6 line(s) that cannot be read (line 7: 1 number(s) instead of 2; ` +
      'line 8: "x" is not a number; line 9: 3 number(s) instead of 2; and others).',
  ]);
  assert.deepEqual(vectors.lookup('word5'), Float32Array.of(1, 2));
  for (const word of ['a', 'b', 'c', 'd', 'e', '']) assert.equal(vectors.lookup(word), undefined);
});

const refused: readonly [string, string | Buffer, string[]][] = [
  ['an empty file', '', ['it is empty']],
  ['a header alone', '2 3\n', ['it is empty']],
  ['text', 'The goose is back.\nSo is the bank.\n', ['line 1: "goose" is not a number', 'GloVe']],
  ['words alone', 'goose\nbank\n', ['line 1: no numbers']],
  ['a file that is mostly bad', 'goose 1 2\nbank 1\ncafé 1\n', ['damaged: 2 line(s)', 'line 2: 1 number']],
  ['a gzipped file', Buffer.from('1f8b0800000000000003', 'hex'), ['line 1: no numbers', 'GloVe']],
  ['a line without end', Buffer.alloc(10_000_001, 'x'), ['a line of more than 10000000 bytes']],
];
for (const [what, content, parts] of refused) {
  test(`readTextVectors() rejects ${what}`, async (t) => {
    await assert.rejects(read(t, content), userError('glove.txt', ...parts));
  });
}

test('readTextVectors() reads files larger than the pieces it reads', async (t) => {
  const row = (index: number) => `word${index} ${Array.from({ length: 50 }, () => index).join(' ')}\n`;
  const { vectors } = await read(t, Array.from({ length: 10_000 }, (_, index) => row(index)).join(''));
  for (let index = 0; index < 10_000; index++) {
    assert.equal(vectors.lookup(`word${index}`)?.[49], index);
  }
});
