// Resolves the name of a file or folder on this machine: a path or a file:// address. Every verb that takes one uses it.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './errors';

/**
 * Returns the absolute path for a path or a file:// address, whether it exists or not; `~` and `~/` are the home folder.
 * Throws a {@link UserError} for an address elsewhere, such as s3://…, and for a value that is empty or not text.
 */
export function localPath(address: string): string {
  // `undefined` comes from a job without a model artifact, in a cell that says `!`.
  if (typeof address !== 'string' || address.trim() === '' || address.includes('\0')) {
    const given = typeof address === 'string' ? JSON.stringify(address) : String(address);
    throw new UserError(`Expected a path or a file:// address, but got ${given}.`);
  }
  if (/^~(\/|$)/.test(address)) return join(homedir(), address.slice(1));
  const scheme = /^([a-z][a-z0-9+.-]+):\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return resolve(address);
  if (scheme !== 'file') throw elsewhere(address, scheme);
  try {
    // In a path, ? and # do not start a query or a fragment.
    return fileURLToPath(address.replaceAll(/[?#]/g, encodeURIComponent));
  } catch (error) {
    const reason = (error as Error).message;
    throw new UserError(
      `${address} is not a valid file:// address (${reason}). Give the path instead, without file://.`,
      { cause: error },
    );
  }
}

function elsewhere(address: string, scheme: string): UserError {
  const toDo =
    scheme === 's3'
      ? 'Copy it here with "aws s3 cp" and give its path, or use a session on AWS: openSession({ kind: \'aws\' })'
      : 'Download it, and give its path';
  return new UserError(`${address} is not on this machine. ${toDo}.`);
}
