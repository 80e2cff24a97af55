// Writes files whole or not at all, and turns the system's errors about full disks and read-only folders into sentences.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { UserError } from './errors';
import { outputFolder } from './paths';

/** Error codes of a full disk. */
export const fullDisk = ['ENOSPC', 'EDQUOT'];

/** Error codes of a folder that cannot be written to. */
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
 * Runs a function that writes into a folder. Throws a {@link UserError} with a remedy where the disk is full, the folder
 * is not writable, or a file to read is missing or not readable. Other errors pass unchanged.
 */
export async function writeInto<Value>(folder: string, write: () => Promise<Value>): Promise<Value> {
  try {
    // Checked first, since creating folders on a read-only disk gives a different error.
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
    { cause: error },
  );
}

function explainTarget(folder: string, error: NodeJS.ErrnoException): Error {
  const { code = '', message } = error;
  if (fullDisk.includes(code)) {
    return new UserError(
      `The disk is full: no space is left to write into ${folder}. Free some space there, or choose a ` +
        'larger disk, and run this again.',
      { cause: error },
    );
  }
  if (!badFolder.includes(code)) return error;
  const another = `choose another${folder.startsWith(outputFolder) ? ' with OUTPUT=FOLDER' : ''}`;
  return new UserError(
    `Cannot write into ${folder} (${message}). Make it a folder that this user may write to, or ${another}, ` +
      'and run this again.',
    { cause: error },
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

/** Returns whether a folder, or the one to create it in, is writable. */
export function isWritable(folder: string): boolean {
  try {
    demandWritable(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * Writes a file whole or not at all, also while others write it; creates its folder. Throws the {@link UserError} of
 * {@link writeInto}.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeInto(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeTogether({ [path]: content });
  });
}

/** Writes files into existing folders. No file gets its name before all of them are on the disk. */
export async function writeTogether(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const parts = Object.entries(files).map(([path, content]) => ({ path, content, part: partName(path) }));
  try {
    for (const { part, content } of parts) await writeFile(part, content, { flush: true });
    for (const { part, path } of parts) await rename(part, path);
  } catch (error) {
    // The error itself may have to be written to the same disk.
    await Promise.allSettled(parts.map(({ part }) => rm(part, { force: true })));
    throw error;
  }
}

/** Writes a short text whole or not at all into an existing folder, synchronously. */
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

/** Makes a folder under a temporary name and puts it, whole, in place of the one at `path`. */
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

/** Returns a temporary name next to `path` that no other writer uses. */
export function partName(path: string): string {
  return `${path}.${randomBytes(4).toString('hex')}${partEnding}`;
}

/** Returns whether a killed writer left this file behind. */
export function isPart(name: string): boolean {
  return name.endsWith(partEnding);
}

const partEnding = '.unfinished';

/** Renames a folder. Returns false where the new name belongs to a folder that is not empty. */
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
  // The dot makes a file fail.
  accessSync(`${existingPartOf(folder)}/.`, constants.W_OK | constants.X_OK);
}

/** Returns the folder, else the nearest parent that exists. */
function existingPartOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingPartOf(dirname(folder));
}
