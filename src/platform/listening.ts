// A server that a session has started tells the session when its port is bound. The session then never mistakes another
// program at that port for its own server.
import type { ChildProcess } from 'node:child_process';

const listening = 'listening';

/** Tells the parent process that the port is bound, if there is a channel to it. */
export function tellListening(): void {
  if (process.connected) process.send?.(listening, undefined, undefined, () => undefined);
}

/** Returns whether a child's message comes from {@link tellListening}. */
export function isListening(message: unknown): boolean {
  return message === listening;
}

/** Returns what a server of several processes logs when their number was changed. */
export function workersMessage(count: number): string {
  return `Workers: ${count}`;
}

/** Returns the number in a log line with {@link workersMessage}, or undefined for another line. */
export function parseWorkers(line: string): number | undefined {
  const found = /"message":"Workers: (\d+)"/.exec(line);
  return found ? Number(found[1]) : undefined;
}

/** Returns a function that returns whether the child has bound its port. */
export function watchListening(child: ChildProcess): () => boolean {
  let hasBound = false;
  child.on('message', (message) => {
    hasBound ||= isListening(message);
  });
  return () => hasBound;
}
