// Locks a folder. The system frees the lock when its holder ends, for whatever reason.
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Takes the lock of an existing folder. Resolves to a function that frees it, or to undefined if it is taken. The lock
 * is an abstract socket, named after the folder's device and inode.
 */
export async function takeLock(folder: string): Promise<(() => void) | undefined> {
  const { dev, ino } = statSync(folder);
  const holder = createServer().unref();
  // Padded to the longest name, since Node 20 pads it and later versions do not.
  const listening = once(holder.listen(`\0folder ${dev} ${ino} `.padEnd(108, '-')), 'listening');
  try {
    await listening;
    return () => holder.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

/** Waits for the folder's lock, does the work and frees the lock. */
export async function withLock<Value>(folder: string, work: () => Promise<Value>): Promise<Value> {
  for (;;) {
    const release = await takeLock(folder);
    if (!release) await sleep(100);
    else {
      try {
        return await work();
      } finally {
        release();
      }
    }
  }
}
