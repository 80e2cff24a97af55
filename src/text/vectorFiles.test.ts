import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../data/random';
import { temporaryFolder, userError } from '../testing/folders';
import { formatOf, readVectorFiles, type VectorTable, writeVectorFiles } from './vectorFiles';
import { loadVectors } from './vectors';

/** Vectors as word vectors are: most numbers small, a few large, a word of zeros among them. */
function createTable(count: number, dimensions: number): VectorTable {
  const random = seededRandom(1);
  const words = Array.from({ length: count }, (_, row) => `word${row}`);
  const values = Float32Array.from({ length: count * dimensions }, (_, position) =>
    position < dimensions ? 0 : (random.fraction() - 0.5) * (random.fraction() < 0.1 ? 8 : 1),
  );
  return { words, dimensions, values };
}

test('float32 files give the numbers back as they were', async (t) => {
  const folder = join(await temporaryFolder(t), 'vectors');
  const table = createTable(7, 5);
  await writeVectorFiles(folder, table, 'f32');
  assert.equal(formatOf(folder), 'f32');
  const { dimensions, lookup } = await readVectorFiles(folder, 'f32');
  assert.equal(dimensions, 5);
  table.words.forEach((word, row) => {
    assert.deepEqual(lookup(word), table.values.slice(row * 5, row * 5 + 5));
  });
  assert.equal(lookup('word7'), undefined);
});

test('byte files give each number back within half a 127th of the word’s largest, in a quarter of the room', async (t) => {
  const folder = join(await temporaryFolder(t), 'vectors');
  const table = createTable(50, 100);
  await writeVectorFiles(folder, table, 'i8');
  assert.equal((await stat(join(folder, 'vectors.i8'))).size, 50 * 104);
  const vectors = await loadVectors(folder);
  assert.equal(vectors.dimensions, 100);
  table.words.forEach((word, row) => {
    const vector = table.values.slice(row * 100, row * 100 + 100);
    const tolerance = (Math.max(...vector.map(Math.abs)) / 127) * 0.5001;
    const read = vectors.lookup(word) as Float32Array;
    vector.forEach((value, position) => {
      assert.ok(Math.abs((read[position] as number) - value) <= tolerance);
    });
  });
});

test('byte files are laid out as scales, then numbers', async (t) => {
  const folder = join(await temporaryFolder(t), 'vectors');
  const table = { words: ['a', 'b'], dimensions: 2, values: Float32Array.of(127, -1, 0, 254) };
  await writeVectorFiles(folder, table, 'i8');
  const bytes = await readFile(join(folder, 'vectors.i8'));
  assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4)], [1, 2]);
  assert.deepEqual([...new Int8Array(bytes.subarray(8))], [127, -1, 0, 127]);
});

test('files that are written take the place of the ones before, whatever their format', async (t) => {
  const folder = join(await temporaryFolder(t), 'vectors');
  await writeVectorFiles(folder, createTable(3, 2), 'f32');
  await writeVectorFiles(folder, createTable(4, 2), 'i8');
  assert.deepEqual((await readdir(folder)).sort(), ['vectors.i8', 'words.txt']);
});

test('byte files that are cut short are rejected', async (t) => {
  const folder = join(await temporaryFolder(t), 'vectors');
  await writeVectorFiles(folder, createTable(3, 2), 'i8');
  await writeFile(join(folder, 'vectors.i8'), Buffer.alloc(12));
  await assert.rejects(loadVectors(folder), userError(`${folder} are damaged: 12 bytes for 3 words`));
});
