// SIGINT in a program that a user starts in a terminal, and a session from a kernel.

/**
 * Calls `end` at SIGINT, except in a child of a session, which the session ends itself. VS Code sends SIGINT to a kernel and
 * to all of its descendants, also to those that the interrupted cell does not wait for.
 */
export function onInterrupt(end: () => void): void {
  process.on('SIGINT', () => {
    if (!process.connected) end();
  });
}
