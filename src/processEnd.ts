// How a process ended, in words: its own exit code, or a signal.
import { constants } from 'node:os';

/** A process that has ended. Neither is known of one that a signal ended while nothing watched it. */
export interface ProcessEnd {
  exitCode?: number | undefined;
  signal?: string | undefined;
}

/** What the system sends, or the process itself raises, when memory runs out. */
const outOfMemory: readonly string[] = ['SIGKILL', 'SIGABRT', 'SIGBUS'];

/** Exit codes above this one are those of a shell or a container: this plus the number of a signal. */
const signalBase = 128;

/**
 * Returns a predicate, such as "ended with exit code 3" or "was killed, as when memory runs out".
 * @param limit what is known of the memory, which a process that was killed may have used up
 */
export function describeEnd({ exitCode, signal }: ProcessEnd, limit = ''): string {
  const ended = signal ?? (exitCode === undefined ? undefined : signalOf(exitCode));
  if (ended === undefined && exitCode !== undefined) return `ended with exit code ${exitCode}`;
  if (ended !== undefined && !outOfMemory.includes(ended)) return `was ended by signal ${ended}`;
  return `was killed, as when memory runs out${limit && `: ${limit}`}`;
}

/** Returns the name of the signal that a shell or Python reports as this exit code, if it is one. */
export function signalOf(exitCode: number): string | undefined {
  const number = exitCode < 0 ? -exitCode : exitCode - signalBase;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
