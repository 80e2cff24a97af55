// Hashes the contents of a file or folder, so that the same data is uploaded once.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, relative } from 'node:path';
import { dataFiles } from './dataFiles';

/**
 * Returns the first 16 hexadecimal digits of a SHA-256 over names and contents: of a file, or of all data in a folder. A
 * file has the same hash as a folder that holds only that file.
 */
export async function contentHash(source: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await dataFiles(source)).files) {
    hash.update(`${relative(source, file) || basename(file)}\0`);
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  }
  return hash.digest('hex').slice(0, 16);
}
