// Writing into folders that may be full or read-only: the system's errors become sentences, in one place.
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from './errors';
import { outputFolder } from './output';

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
 * Does something that writes into a folder. A full disk, or a folder that may not be written to, becomes a
 * {@link UserError} that names the folder and what to do; any other error stays as it is.
 */
export async function writeInto<Value>(folder: string, write: () => Promise<Value>): Promise<Value> {
  try {
    // Asked first, since creating folders on a read-only disk gives another error than this.
    demandWritable(folder);
    return await write();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (fullDisk.includes(code)) {
      throw new UserError(
        `The disk is full: there is no room for what belongs into ${folder}. Free some space there, or choose a ` +
          'larger disk, and run this again.',
      );
    }
    if (!badFolder.includes(code)) throw error;
    const another = `choose another${folder.startsWith(outputFolder) ? ' with OUTPUT=FOLDER' : ''}`;
    throw new UserError(
      `Cannot write into ${folder} (${message}). Make it a folder that this user may write to, or ${another}, ` +
        'and run this again.',
    );
  }
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

/** Writes a file whole or not at all; folders are created. Throws the {@link UserError} of {@link writeInto}. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await writeInto(dirname(path), async () => {
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(unfinished, text);
      await rename(unfinished, path);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  });
}

function demandWritable(folder: string): void {
  // With a dot, so that a file counts as no folder.
  accessSync(`${whatIsThereOf(folder)}/.`, constants.W_OK | constants.X_OK);
}

/** The folder itself, else the one in which it, or its parents, would be created. */
function whatIsThereOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : whatIsThereOf(dirname(folder));
}
