// Hashes of everything a model is made from, for the model artifact. They hold no path and no time, so equal
// inputs give equal artifacts.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { imageVariable } from '../../platform/baseDirectory';
import { contentHash } from '../../platform/contentHash';
import { projectFolder } from '../../platform/paths';

/** The contents that a model was trained from. Hashes are the first 16 hexadecimal digits of a SHA-256. */
export interface Origin {
  /** The hash of each channel, as in the address that `upload()` returns; embeddings also if they came with the program, code is a network. */
  data: Record<string, string>;
  /** The hash of the container's program with its WebAssembly and, outside an image, the versions of its packages. */
  code: string;
  /** The digest of the training image, sha256:…, if there was one and the session passed it on. */
  image?: string;
}

/** Hashes the sources and the program. @param sources each channel's folder or file; missing ones are left out */
export async function originOf(sources: Readonly<Record<string, string>>): Promise<Origin> {
  const data: Record<string, string> = {};
  for (const [name, path] of Object.entries(sources)) {
    if (existsSync(path)) data[name] = await contentHash(path);
  }
  const image = process.env[imageVariable];
  return { data, code: await hashProgram(), ...(image && { image }) };
}

/**
 * Returns the hash of the program behind `container/train` and `container/serve`: its entry, every file that one of them
 * loads from here, WebAssembly included, and, where these are not bundled, the versions of the packages that they load.
 */
export async function hashProgram(
  entry = join(projectFolder, 'dist', 'container', 'entry.js'),
): Promise<string> {
  const files = (await filesOf(entry)).sort();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const lock = join(dirname(entry), '..', '..', 'package-lock.json');
  if (existsSync(lock)) contents.push(Buffer.from(await versionsIn(lock)));
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.length}\0`).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** Matches how a compiled file names another: a relative path, or the name of a file in its own folder. */
const reference = /["'`](\.{1,2}\/[^"'`\s]+|[\w-]+\.(?:js|wasm))["'`]/g;

/** Returns a compiled file and every file that it loads, directly or indirectly, except packages. */
export async function filesOf(entry: string): Promise<string[]> {
  const found = new Set([entry]);
  for (const file of found) {
    if (!file.endsWith('.js')) continue;
    for (const [, name = ''] of (await readFile(file, 'utf8')).matchAll(reference)) {
      const path = resolve(dirname(file), name);
      const loaded = [path, `${path}.js`].find((one) => /\.(js|wasm)$/.test(one) && existsSync(one));
      if (loaded) found.add(loaded);
    }
  }
  return [...found];
}

/** Returns the packages of a lock file, except devDependencies, with version and checksum. */
async function versionsIn(lock: string): Promise<string> {
  const { packages } = JSON.parse(await readFile(lock, 'utf8')) as {
    packages: Record<string, { dev?: boolean; version?: string; integrity?: string }>;
  };
  const own = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  return JSON.stringify(own.map(([path, { version, integrity }]) => [path, version, integrity]));
}
