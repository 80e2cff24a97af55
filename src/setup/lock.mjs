// Allows one set-up at a time in a checkout.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './places.mjs';
import { print } from './step.mjs';

/**
 * Waits until no other set-up runs in this checkout, then makes others wait until this process ends. The lock is an
 * abstract socket: the system frees it however its holder ends. `src/platform/lock.ts` is the same lock; it does not
 * exist yet when set-up starts.
 */
export async function takeTurn() {
  const { dev, ino } = fs.statSync(ROOT);
  // Padded to the longest name, since Node 20 pads it and later versions do not.
  const name = `\0set-up of ${dev} ${ino} `.padEnd(108, '-');
  for (let isTold = false; ; await sleep(50)) {
    const turn = net.createServer((visitor) => {
      visitor.on('error', () => {}).unref();
      visitor.write(`${process.pid}`);
    });
    const listening = once(turn.listen(name), 'listening');
    // The check of the machine reports a system without such sockets.
    const code = await listening.catch((error) => error.code);
    if (code !== 'EADDRINUSE') return turn.unref();
    const visit = net.connect(name).on('error', () => {});
    visit.on('data', (pid) => {
      if (!isTold) print(`another set-up is running in this folder (process ${pid}); waiting for it to end`);
      isTold = true;
    });
    await new Promise((resolve) => visit.once('close', resolve));
  }
}
