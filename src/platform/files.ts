// Writing into folders that may be full or read-only: the system's errors become sentences, in one place.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { UserError } from './errors';
import { outputFolder } from './paths';

/** The system's error codes for a disk without room. */
export const fullDisk = ['ENOSPC', 'EDQUOT'];

/** The system's error codes for a folder that cannot be written to. */
export const badFolder = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  'ENOENT',
  'ENAMETOOLONG',
];

/**
 * Does something that writes into a folder. Throws a {@link UserError} that says what to do where the disk is full, the
 * folder is not writable, or a file that is read on the way is missing or not readable. Any other error stays as it is.
 */
export async function writeInto<Value>(folder: string, write: () => Promise<Value>): Promise<Value> {
  try {
    // Asked first, since creating folders on a read-only disk gives another error than this.
    demandWritable(folder);
  } catch (error) {
    throw explainTarget(folder, error as NodeJS.ErrnoException);
  }
  try {
    return await write();
  } catch (error) {
    throw explain(folder, error as NodeJS.ErrnoException);
  }
}

function explain(folder: string, error: NodeJS.ErrnoException): Error {
  const { path, syscall = '', code = '', message } = error;
  if (path === undefined || isTarget(folder, error)) return explainTarget(folder, error);
  if (!badFolder.includes(code) || syscall.startsWith('spawn')) return error;
  return new UserError(
    `Cannot read ${path} (${message}). Check that it is there and that this user may read it, and run this again.`,
  );
}

function explainTarget(folder: string, error: NodeJS.ErrnoException): Error {
  const { code = '', message } = error;
  if (fullDisk.includes(code)) {
    return new UserError(
      `The disk is full: there is no room for what belongs into ${folder}. Free some space there, or choose a ` +
        'larger disk, and run this again.',
    );
  }
  if (!badFolder.includes(code)) return error;
  const another = `choose another${folder.startsWith(outputFolder) ? ' with OUTPUT=FOLDER' : ''}`;
  return new UserError(
    `Cannot write into ${folder} (${message}). Make it a folder that this user may write to, or ${another}, ` +
      'and run this again.',
  );
}

const readingCalls = ['stat', 'lstat', 'scandir', 'opendir', 'readlink', 'realpath', 'read'];

/** Returns whether an error with a path came from writing into the folder, and not from reading something. */
function isTarget(
  folder: string,
  { code = '', path = '', syscall = '', dest }: NodeJS.ErrnoException & { dest?: string },
): boolean {
  if (fullDisk.includes(code)) return true;
  if (readingCalls.includes(syscall)) return false;
  if (syscall === 'copyfile') return isReadable(path);
  if (dest !== undefined) return true;
  const isNear = isBelow(path, folder) || isBelow(folder, path);
  // Opening a file to write fails with ENOENT only where its folder is missing.
  return isNear && !(code === 'ENOENT' && existsSync(dirname(path)));
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function isBelow(path: string, folder: string): boolean {
  return `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`);
}

/** Throws the {@link UserError} of {@link writeInto} where a folder, or the one to create it in, is not writable. */
export async function checkWritable(folder: string): Promise<void> {
  await writeInto(folder, async () => undefined);
}

/** Whether a folder, or the one to create it in, is writable. */
export function isWritable(folder: string): boolean {
  try {
    demandWritable(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes a file whole or not at all, also where others write it at the same time; creates its folder. Throws the
 * {@link UserError} of {@link writeInto}.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeInto(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeTogether({ [path]: content });
  });
}

/** Writes files into folders that are there; none gets its name before all of them are on the disk. */
export async function writeTogether(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const parts = Object.entries(files).map(([path, content]) => ({ path, content, part: partName(path) }));
  try {
    for (const { part, content } of parts) await writeFile(part, content, { flush: true });
    for (const { part, path } of parts) await rename(part, path);
  } catch (error) {
    // What room there is, is needed for saying so.
    await Promise.allSettled(parts.map(({ part }) => rm(part, { force: true })));
    throw error;
  }
}

/** Writes a short text whole or not at all into a folder that is there, without giving way to other work. */
export function writeWholeSync(path: string, text: string): void {
  const part = partName(path);
  try {
    writeFileSync(part, text);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Has a folder made under a passing name and puts it, whole, in the place of the one at `path`. */
export async function replaceFolder(path: string, make: (part: string) => Promise<void>): Promise<void> {
  const part = partName(path);
  try {
    await mkdir(part, { recursive: true });
    await make(part);
    while (!(await tookPlace(part, path))) {
      const old = partName(path);
      await rename(path, old).catch(ignoreMissing);
      await rm(old, { recursive: true, force: true });
    }
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** Returns a name beside `path` that no other writer has, for what is not whole yet. */
export function partName(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}${partEnding}`;
}

/** Returns whether a file was left behind by a writer that was killed. */
export function isPart(name: string): boolean {
  return name.endsWith(partEnding);
}

const partEnding = '.unfinished';

/** Returns false where a folder that is not empty has the name. */
async function tookPlace(part: string, path: string): Promise<boolean> {
  try {
    await rename(part, path);
    return true;
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function demandWritable(folder: string): void {
  // With a dot, so that a file counts as no folder.
  accessSync(`${whatIsThereOf(folder)}/.`, constants.W_OK | constants.X_OK);
}

/** The folder itself, else the one in which it, or its parents, would be created. */
function whatIsThereOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : whatIsThereOf(dirname(folder));
}
