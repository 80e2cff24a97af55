// Pretrained word vectors, from a file in GloVe's text format (textVectors.ts) or from the project's own files
// (vectorFiles.ts), which convertVectors.ts makes.
import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonToPassOver } from '../platform/dataFiles';
import { UserError } from '../platform/errors';
import { projectFolder } from '../platform/paths';
import { readTextVectors } from './textVectors';
import { formatOf, readVectorFiles, wordsFile } from './vectorFiles';
import type { VectorsOptions, WordVectors } from './vectorTypes';

export type { VectorsOptions, WordVectors } from './vectorTypes';

/** The folder of the converted vectors. */
export const vectorsFolder = join(projectFolder, 'data', 'vectors');

/**
 * Reads word vectors from a file in GloVe's text format (not compressed), a folder that contains one, or a folder of
 * converted vectors.
 * @param place default: the vectors that set-up installs, GloVe-derived, 100 dimensions
 * @throws `UserError` if the vectors are missing or damaged, or if there are several files
 * @example
 * ```ts
 * const vectors = await workshop.loadVectors();
 * console.log(vectors.dimensions, vectors.lookup('stocks')?.length, vectors.lookup('stokcs')); // 100 100 undefined
 * ```
 */
export async function loadVectors(
  place: string = vectorsFolder,
  options: VectorsOptions = {},
): Promise<WordVectors> {
  if (!existsSync(place)) throw noVectors(place);
  if (!statSync(place).isDirectory()) return await readTextVectors(place, options);
  const format = formatOf(place);
  if (format) return await readVectorFiles(place, format);
  const [file, ...others] = await textFiles(place);
  if (!file) throw noVectors(place);
  if (others.length > 0) {
    throw new UserError(
      `${place} contains several files of word vectors: ${[file, ...others].join(', ')}. Keep only the one you want.`,
    );
  }
  return await readTextVectors(join(place, file), options);
}

async function textFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  const isData = (file: string) => reasonToPassOver(file, 1) === undefined && file !== wordsFile;
  return files.filter((file) => /\.(txt|vec)$/.test(file) && isData(file)).sort();
}

function noVectors(place: string): UserError {
  return new UserError(
    `There are no word vectors in ${place}. Put a file in GloVe’s text format there (.txt), ` +
      'or run `npm run setup`, which downloads vectors into data/vectors.',
  );
}

/** Returns the embedding matrix of a vocabulary, shape [size, dimensions]: row 0 (padding) and unknown words are zero. */
export function embeddingMatrix(
  vocabulary: readonly string[],
  size: number,
  vectors: WordVectors,
): Float32Array {
  const matrix = new Float32Array(size * vectors.dimensions);
  vocabulary.forEach((word, position) => {
    const vector = vectors.lookup(word);
    if (vector) matrix.set(vector, (position + 1) * vectors.dimensions);
  });
  return matrix;
}
