// The time that the rehearsal's jobs and endpoints live by.
import { setTimeout } from 'node:timers/promises';

export interface Clock {
  /** Seconds since 1970, as SageMaker writes times. */
  now(): number;
  /** Resolves once this many seconds have passed on this clock. */
  sleep(seconds: number): Promise<void>;
}

/** The machine's own time. */
export const realClock: Clock = {
  now: () => Date.now() / 1000,
  sleep: (seconds) => setTimeout(1000 * seconds),
};

/** The machine's time, except that a sleep moves the clock forward and returns at once. For tests. */
export function skippingClock(): Clock {
  let skipped = 0;
  return {
    now: () => realClock.now() + skipped,
    async sleep(seconds) {
      skipped += seconds;
      await setTimeout(0);
    },
  };
}
