// Between two looks at what is waited for: a little longer or shorter each time, so that many who wait do not ask at once.
import { setTimeout as sleep } from 'node:timers/promises';

/** @param signal ends the pause, and is not an error here: whoever waits asks it next */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  const milliseconds = seconds * 1000 * (0.75 + Math.random() / 2);
  await sleep(milliseconds, undefined, signal && { signal }).catch(() => undefined);
}
