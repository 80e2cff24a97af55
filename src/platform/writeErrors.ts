// Turns the system's errors about full disks, read-only folders and unreadable files into sentences.
import { accessSync, constants, existsSync } from 'node:fs';
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

/** Returns the {@link UserError} for a failure while writing into a folder; any other error unchanged. */
export function explainWriting(folder: string, error: NodeJS.ErrnoException): Error {
  const { path, syscall = '', code = '', message } = error;
  if (path === undefined || isTarget(folder, error)) return explainTarget(folder, error);
  if (!badFolder.includes(code) || syscall.startsWith('spawn')) return error;
  return new UserError(
    `Cannot read ${path} (${message}). Check that it is there and that this user may read it, and run this again.`,
    { cause: error },
  );
}

/** Returns the {@link UserError} for an unwritable folder; any other error unchanged. */
export function explainTarget(folder: string, error: NodeJS.ErrnoException): Error {
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
  // Opening a file to write fails with ENOENT only if its folder is missing.
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
