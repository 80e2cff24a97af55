// One at a time in a folder: a lock that its holder cannot leave behind.
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Takes the lock of a folder that is there and resolves to what frees it, or to undefined where another process holds
 * it. It is a socket without a file, so the system frees it when its holder ends, however that happens.
 */
export async function takeLock(folder: string): Promise<(() => void) | undefined> {
  const { dev, ino } = statSync(folder);
  const holder = createServer().unref();
  // Of full length, since Node 20 fills the name up and later ones do not.
  const listening = once(holder.listen(`\0folder ${dev} ${ino} `.padEnd(108, '-')), 'listening');
  try {
    await listening;
    return () => holder.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}

/** Does the work while it holds the folder's lock, for which it waits. */
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
