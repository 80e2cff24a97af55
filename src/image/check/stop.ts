// How an image's programs end when they are told to.
import type Docker from 'dockerode';
import { removeContainer } from '../engine/containers';
import { fail } from './subject';
import { untilEnd } from './trial';

/** The exit code of a container that has got SIGTERM. Fails where it has not ended within the time that SageMaker gives. */
export async function expectEnd(
  container: Docker.Container,
  word: 'train' | 'serve',
  seconds: number,
): Promise<number> {
  const exitCode = await untilEnd(container, seconds);
  if (exitCode !== undefined) return exitCode;
  await removeContainer(container);
  return fail(
    `${word} went on for ${seconds} s after SIGTERM: SageMaker would kill it, and what it had in hand would be lost.`,
    'Handle SIGTERM in the program itself: a process with the number 1 has no handler by default, and a shell in ' +
      'front of it does not pass signals on (use exec).',
  );
}
