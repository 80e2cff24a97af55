import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createVectors, temporaryFolder, userError } from '../testing/folders';
import { embeddingMatrix, loadVectors } from './vectors';

const words = ['goose', 'café', 'constructor'];
const values = Float32Array.of(1, 2, -3, 0.5, 0, -0.25);

test('loadVectors() finds each word’s row and no other word', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'words.txt'), `${words.join('\n')}\n`);
  await writeFile(join(folder, 'vectors.f32'), values);
  const vectors = await loadVectors(folder);
  assert.equal(vectors.dimensions, 2);
  assert.deepEqual(vectors.lookup('goose'), Float32Array.of(1, 2));
  assert.deepEqual(vectors.lookup('café'), Float32Array.of(-3, 0.5));
  assert.deepEqual(vectors.lookup('constructor'), Float32Array.of(0, -0.25));
  for (const word of ['', 'Goose', 'toString', 'geese']) assert.equal(vectors.lookup(word), undefined);
});

test('loadVectors() names the command for missing files', async (t) => {
  const folder = await temporaryFolder(t);
  const missing = userError(`no word vectors in ${folder}`, 'npm run setup');
  await assert.rejects(loadVectors(folder), missing);
  await writeFile(join(folder, 'vectors.f32'), values);
  await assert.rejects(loadVectors(folder), missing);

  const other = join(folder, 'other');
  await mkdir(other);
  await writeFile(join(other, 'words.txt'), 'goose\n');
  await assert.rejects(loadVectors(other), userError(`no word vectors in ${other}`, 'npm run setup'));
});

test('loadVectors() reads a file in GloVe’s text format, or a folder that holds one', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'glove.6B.2d.txt'), 'goose 1 2\ncafé -3 0.5\n');
  await writeFile(join(folder, '.hidden.txt'), 'nothing\n');
  await writeFile(join(folder, 'README.md'), 'about');
  for (const place of [folder, join(folder, 'glove.6B.2d.txt')]) {
    const vectors = await loadVectors(place, { words: new Set(['café', 'bank']) });
    assert.equal(vectors.dimensions, 2);
    assert.deepEqual(vectors.lookup('café'), Float32Array.of(-3, 0.5));
    assert.equal(vectors.lookup('goose'), undefined);
  }
});

test('loadVectors() rejects a folder with several text files, naming them', async (t) => {
  const folder = await temporaryFolder(t);
  for (const file of ['b.txt', 'a.vec']) await writeFile(join(folder, file), 'goose 1 2\n');
  await assert.rejects(loadVectors(folder), userError(folder, 'several files of word vectors: a.vec, b.txt'));
});

test('loadVectors() rejects vectors that do not belong to the words', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'words.txt'), `${words.join('\n')}\n`);
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(4 * 5), Buffer.alloc(4 * 6 + 1), Buffer.alloc(4 * 7)]) {
    await writeFile(join(folder, 'vectors.f32'), bytes);
    await assert.rejects(
      loadVectors(folder),
      userError(`${folder} are damaged: ${bytes.length} bytes for 3 words`, 'npm run setup'),
    );
  }
});

test('embeddingMatrix() gives padding, unknown words and the room left a row of zeros', () => {
  const vectors = createVectors({ goose: [1, 2], bank: [3, 4] });
  const matrix = embeddingMatrix(['bank', 'unheard', 'goose'], 5, vectors);
  assert.deepEqual(matrix, Float32Array.of(0, 0, 3, 4, 0, 0, 1, 2, 0, 0));
});
