// The inputs of an image: the files that container/Dockerfile.dockerignore includes, that file and the Dockerfile, and
// the build's settings. Their hash is the image's tag.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import ignore from '@balena/dockerignore';
import { UserError } from '../../platform/errors';

export const dockerfile = join('container', 'Dockerfile');
const ignoreFile = `${dockerfile}.dockerignore`;

/**
 * Returns a hash of the contents, names and executable bits of the inputs and of the settings, as twelve hexadecimal
 * digits. Throws a {@link UserError} if the Dockerfile is missing.
 */
export async function hashInputs(folder: string, settings: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const path of [dockerfile, ignoreFile, ...(await listInputs(folder))]) {
    const file = join(folder, path);
    const isExecutable = ((await stat(file)).mode & 0o111) !== 0;
    const content = await readFile(file);
    hash.update(JSON.stringify([path, isExecutable, content.length])).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}

/** Returns the sorted paths, relative to the folder, of the files in the build. */
async function listInputs(folder: string): Promise<string[]> {
  const missing = [dockerfile, ignoreFile].find((file) => !existsSync(join(folder, file)));
  if (missing) {
    throw new UserError(`${missing} is missing in ${folder}. Restore it: \`git checkout ${missing}\`.`);
  }
  const patterns = (await readFile(join(folder, ignoreFile), 'utf8')).split('\n');
  const taken = ignore().add(patterns).createFilter();
  // The file excludes everything (*) and includes the paths after a !, so reading those is enough.
  const roots = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const files = await Promise.all(roots.map((root) => filesUnder(join(folder, root))));
  const paths = files.flat().map((file) => relative(folder, file));
  return paths.filter((path) => taken(path)).sort();
}

async function filesUnder(place: string): Promise<string[]> {
  if ((await stat(place)).isFile()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
