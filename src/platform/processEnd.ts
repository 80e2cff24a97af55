// Describes how a process ended: with an exit code or by a signal.
import { constants } from 'node:os';

/** The end of a process. Neither field is set if a signal ended it unobserved. */
interface ProcessEnd {
  /** As Node or Python report it: negative for a signal's number. */
  exitCode?: number | undefined;
  signal?: string | undefined;
}

/** Signals that the system sends, or that a process raises itself, when memory runs out. */
const outOfMemory: readonly string[] = ['SIGKILL', 'SIGABRT', 'SIGBUS'];

/** Shells and containers report a signal as this exit code plus the signal's number. */
const signalBase = 128;

/**
 * Returns a predicate, such as "ended with exit code 3" or "was killed, as when memory runs out".
 * @param limit describes the memory that a killed process may have used up
 */
export function describeEnd({ exitCode, signal }: ProcessEnd, limit = ''): string {
  if (exitCode !== undefined && exitCode >= 0) {
    const passedOn = nameSignal(exitCode - signalBase);
    return `ended with exit code ${exitCode}${passedOn ? `, as after ${passedOn}` : ''}`;
  }
  const ended = signal ?? nameSignal(-(exitCode ?? 0));
  if (ended !== undefined && !outOfMemory.includes(ended)) return `was ended by signal ${ended}`;
  return `was killed, as when memory runs out${limit && `: ${limit}`}`;
}

function nameSignal(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
