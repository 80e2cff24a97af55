// Reads and discards what a client still sends after its answer. Many clients write everything before they read:
// a connection closed under them would give them a broken pipe instead of the answer.
import type { Duplex, Readable } from 'node:stream';

/** Limits on what is read and discarded after an answer. */
export const drainLimits = { bytes: 268_435_456, seconds: 20, silentSeconds: 2 };

/** Connections that have their answer while the client is still sending. */
export const draining = new WeakSet<Duplex>();

/**
 * Reads and discards the rest of a stream, then calls `done` once: with true at the stream's end, with false when a limit
 * is reached or the client is gone.
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
