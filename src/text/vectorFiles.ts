// The project's own format of word vectors: words.txt, one word per line, most frequent first, and either vectors.f32
// (little-endian float32, row by row) or vectors.i8, a quarter of the size: a float32 scale for each word, then, row by
// row, a signed byte for each number, to be multiplied by the word's scale.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../platform/errors';
import { replaceFolder } from '../platform/files';
import { fromInt8Row, toInt8Rows } from './int8Rows';
import type { WordVectors } from './vectorTypes';

/** Words, and their vectors in one array, row by row. */
export interface VectorTable {
  words: readonly string[];
  dimensions: number;
  values: Float32Array;
}

type VectorFormat = 'f32' | 'i8';

/** The file of words; unlike other .txt files, it does not hold vectors. */
export const wordsFile = 'words.txt';
const valuesFile = (format: VectorFormat) => `vectors.${format}`;

/** Returns the format of the vectors in a folder, or undefined if the files are missing. */
export function formatOf(folder: string): VectorFormat | undefined {
  const has = (file: string) => existsSync(join(folder, file));
  return has(wordsFile) ? (['f32', 'i8'] as const).find((format) => has(valuesFile(format))) : undefined;
}

/** Reads vectors that {@link writeVectorFiles} wrote. Throws a {@link UserError} if they are damaged. */
export async function readVectorFiles(folder: string, format: VectorFormat): Promise<WordVectors> {
  const words = (await readFile(join(folder, wordsFile), 'utf8')).trimEnd().split('\n');
  const bytes = new Uint8Array(await readFile(join(folder, valuesFile(format)))).buffer;
  const perWord = bytes.byteLength / words.length;
  const dimensions = format === 'f32' ? perWord / 4 : perWord - 4;
  if (!Number.isInteger(dimensions) || dimensions <= 0) {
    throw new UserError(
      `The word vectors in ${folder} are damaged: ${bytes.byteLength} bytes for ${words.length} words. ` +
        'Delete that folder and run `npm run setup`.',
    );
  }
  const rows = new Map(words.map((word, row) => [word, row]));
  const read = (format === 'f32' ? floats : scaledBytes)(bytes, words.length, dimensions);
  return {
    dimensions,
    words,
    lookup(word) {
      const row = rows.get(word);
      return row === undefined ? undefined : read(row);
    },
  };
}

type RowReader = (row: number) => Float32Array;

function floats(bytes: ArrayBuffer, _words: number, dimensions: number): RowReader {
  const values = new Float32Array(bytes);
  return (row) => values.subarray(row * dimensions, (row + 1) * dimensions);
}

function scaledBytes(bytes: ArrayBuffer, words: number, dimensions: number): RowReader {
  const scales = new Float32Array(bytes, 0, words);
  const rows = { scales, bytes: new Int8Array(bytes, scales.byteLength) };
  return (row) => fromInt8Row(rows, row, dimensions);
}

/** Writes vectors into a folder and replaces existing ones. */
export async function writeVectorFiles(
  folder: string,
  table: VectorTable,
  format: VectorFormat,
): Promise<void> {
  await replaceFolder(folder, async (part) => {
    await writeFile(join(part, wordsFile), `${table.words.join('\n')}\n`);
    await writeFile(join(part, valuesFile(format)), format === 'f32' ? table.values : toScaledBytes(table));
  });
}

function toScaledBytes({ dimensions, values }: VectorTable): Uint8Array {
  const { scales, bytes } = toInt8Rows(values, dimensions);
  return Buffer.concat([new Uint8Array(scales.buffer), new Uint8Array(bytes.buffer)]);
}
