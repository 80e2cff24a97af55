// Step 8: what a client still sends when it has been answered. Many clients write all before they read: if the connection
// were closed under them, they would report a broken pipe instead of the answer.
import type { Readable } from 'node:stream';

/** At most so much is read and discarded after an answer. */
export const drainLimits = { bytes: 268_435_456, seconds: 20, silentSeconds: 2 };

/**
 * Reads and discards what still comes, then calls `done`, once: with true where it has come to its end, with false where
 * it is longer, slower or more silent than the limits, or the client has gone.
 */
export function drain(stream: Readable, done: (isWhole: boolean) => void, limits = drainLimits): void {
  let bytes = 0;
  const stop = (isWhole: boolean) => {
    clearTimeout(late);
    clearTimeout(silent);
    stream.off('data', count).off('end', end).off('close', leave);
    done(isWhole);
  };
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.bytes) stop(false);
    else silent.refresh();
  };
  const end = () => stop(true);
  const leave = () => stop(false);
  const late = setTimeout(leave, 1000 * limits.seconds);
  const silent = setTimeout(leave, 1000 * limits.silentSeconds);
  stream.on('data', count).on('end', end).on('close', leave);
}
