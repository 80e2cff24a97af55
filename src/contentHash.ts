// What a file or a folder holds, as one short word: the same data is uploaded once, the same image built once.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

/**
 * The first 16 hexadecimal digits of the SHA-256 of the names and contents of a file, or of all files in a folder. A file
 * has the hash of a folder that holds it alone.
 */
export async function contentHash(source: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await filesOf(source)) {
    hash.update(`${relative(source, file) || basename(file)}\0`);
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(source: string): Promise<string[]> {
  if (!(await stat(source)).isDirectory()) return [source];
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
