// A server that a session has started tells it when the port is bound, so that another program's answer at that port is
// never taken for its own.
import type { ChildProcess } from 'node:child_process';

const listening = 'listening';

/** Tells the process that has started this one that the port is bound; nobody where there is no such channel. */
export function tellListening(): void {
  if (process.connected) process.send?.(listening, undefined, undefined, () => undefined);
}

/** Returns whether a message of a child's is that of {@link tellListening}. */
export function isListening(message: unknown): boolean {
  return message === listening;
}

/** Returns a function that says whether the child has bound its port by now. */
export function watchListening(child: ChildProcess): () => boolean {
  let hasBound = false;
  child.on('message', (message) => {
    hasBound ||= isListening(message);
  });
  return () => hasBound;
}
