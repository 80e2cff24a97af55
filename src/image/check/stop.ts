// Checks that an image's programs end at SIGTERM.
import type Docker from 'dockerode';
import { removeContainer } from '../engine/containers';
import { fail } from './subject';
import { untilEnd } from './trial';

/** Returns the exit code of a container after SIGTERM. Fails if it does not end within SageMaker's time limit. */
export async function expectEnd(
  container: Docker.Container,
  word: 'train' | 'serve',
  seconds: number,
): Promise<number> {
  const exitCode = await untilEnd(container, seconds);
  if (exitCode !== undefined) return exitCode;
  await removeContainer(container);
  return fail(
    `${word} was still running ${seconds} s after SIGTERM: SageMaker would kill it, and its unfinished work would be lost.`,
    'Handle SIGTERM in the program itself: a process with the number 1 has no handler by default, and a shell in ' +
      'front of it does not pass signals on (use exec).',
  );
}
