// Errors whose message is written for the person at the notebook: what was wrong, where, what to do.
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** A mistake that the user can mend. It has no stack trace, so that none is shown in a cell or a log. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
  override readonly stack: string = `${this.name}: ${this.message}`;
}

/** The sentence to show for anything thrown: a {@link UserError}'s message, else the error with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const fullDisk = ['ENOSPC', 'EDQUOT'];
const badFolder = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOENT', 'ENAMETOOLONG'];

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
