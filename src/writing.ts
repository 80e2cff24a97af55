// Writing into folders that may be full or read-only: the system's errors become sentences, in one place.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from './errors';

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
    accessSync(whatIsThereOf(folder), constants.W_OK | constants.X_OK);
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
    throw new UserError(
      `Cannot write into ${folder} (${message}). Make it a folder that this user may write to, or choose another, ` +
        'and run this again.',
    );
  }
}

/** Throws the {@link UserError} of {@link writeInto} where a folder, or the one to create it in, is not writable. */
export async function checkWritable(folder: string): Promise<void> {
  await writeInto(folder, async () => undefined);
}

/** The folder itself, else the one in which it, or its parents, would be created. */
function whatIsThereOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : whatIsThereOf(dirname(folder));
}
