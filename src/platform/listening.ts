// Lets a server tell the session that started it when its port is bound, so that the session never mistakes another
// program at that port for its server.
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

/** Returns the log line of a server whose number of processes has changed. */
export function workersMessage(count: number): string {
  return `Workers: ${count}`;
}

/** Returns the number in a log line of {@link workersMessage}, or undefined for any other line. */
export function parseWorkers(line: string): number | undefined {
  const found = /"message":"Workers: (\d+)"/.exec(line);
  return found ? Number(found[1]) : undefined;
}

/** Returns a function that tells whether the child has bound its port. */
export function watchListening(child: ChildProcess): () => boolean {
  let hasBound = false;
  child.on('message', (message) => {
    hasBound ||= isListening(message);
  });
  return () => hasBound;
}
