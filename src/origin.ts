// Step 5 → 6: what a model is made of, told by content, so that it travels in the model artifact: no path of a machine
// and no time, and equal inputs give equal artifacts.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from './contentHash';

/** The contents that a model was trained from. Hashes are the first 16 hexadecimal digits of a SHA-256. */
export interface Origin {
  /** Of each channel that was read, as in the address that `upload()` gives; embeddings also where they came with the program. */
  data: Record<string, string>;
  /** Of the compiled program, and outside an image of the versions of its packages. */
  code: string;
  /** The digest of the image that trained, sha256:…, where there was one and the session has named it. */
  image?: string;
}

/** The environment variable by which a session tells the container its image's digest. */
export const imageVariable = 'IMAGE_DIGEST';

/** @param sources each channel's folder, or file, by its name; those that do not exist are left out */
export async function originOf(sources: Readonly<Record<string, string>>): Promise<Origin> {
  const data: Record<string, string> = {};
  for (const [name, path] of Object.entries(sources)) {
    if (existsSync(path)) data[name] = await contentHash(path);
  }
  const image = process.env[imageVariable];
  return { data, code: await hashProgram(), ...(image && { image }) };
}

/** In an image this folder holds its bundles alone; elsewhere everything that was compiled, without its tests. */
async function hashProgram(): Promise<string> {
  const names = (await readdir(__dirname)).filter((name) => /(?<!\.test)\.js$/.test(name)).sort();
  const lock = join(__dirname, '..', 'package-lock.json');
  const files = [...names.map((name) => join(__dirname, name)), ...(existsSync(lock) ? [lock] : [])];
  const hash = createHash('sha256');
  for (const file of files) {
    const content = await readFile(file);
    hash.update(`${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}
