// Starts child processes. The error for a failed start has a remedy; a later error of the child does
// not end this process.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from './errors';

const advice: Readonly<Record<string, string>> = {
  ENOMEM:
    'The machine has no memory left for another process. End other programs, or choose a larger machine.',
  EAGAIN: 'The machine allows no more processes. End other programs.',
  EMFILE: 'This process has too many files open. Restart the kernel.',
  ENFILE: 'The machine has too many files open. End other programs.',
  ENOENT: 'The program is missing. `npm run setup` installs what this project needs.',
  EACCES: 'You may not run this program. Check its permissions.',
};

/**
 * Starts a child process and resolves to it when it runs. Throws a {@link UserError} if the system cannot start it.
 * @param name for the error
 * @param start calls `spawn()` or `fork()`
 */
export async function startProcess<Child extends ChildProcess>(
  name: string,
  start: () => Child,
): Promise<Child> {
  try {
    const child = start();
    await once(child, 'spawn');
    // Later errors, such as a message to a child that has ended, show in its exit.
    child.on('error', () => undefined);
    return child;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UserError(`Cannot start ${name} (${message}). ${advice[code] ?? 'Run this again.'}`, {
      cause: error,
    });
  }
}
