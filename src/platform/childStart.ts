// Starting child processes: a start that the system rejects is a sentence, and no later event without a listener ends
// this process.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from './errors';

const advice: Readonly<Record<string, string>> = {
  ENOMEM:
    'The machine has no memory left for another process. End other programs, or choose a larger machine.',
  EAGAIN: 'The machine allows no more processes. End other programs.',
  EMFILE: 'This process has too many files open. Restart the kernel.',
  ENFILE: 'The machine has too many files open. End other programs.',
  ENOENT: 'The program is not there: `npm run setup` installs what belongs to this project.',
  EACCES: 'This user may not run it.',
};

/**
 * Starts a child process and returns it once it runs. Throws a {@link UserError} where the system does not start it.
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
    // What goes wrong from now on, such as a message that the child cannot take any more, shows in its end.
    child.on('error', () => undefined);
    return child;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UserError(`Cannot start ${name} (${message}). ${advice[code] ?? 'Run this again.'}`);
  }
}
