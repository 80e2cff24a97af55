// Limits how many things run at a time. Callers enter and leave.

export interface Limit {
  /** Takes a place if one is free. */
  tryEnter(): boolean;
  /** Resolves when a place may be free. */
  untilFree(): Promise<void>;
  /** Frees a place. */
  leave(): void;
}

export function createLimit(places: number): Limit {
  let free = places;
  let waiting: (() => void)[] = [];
  return {
    tryEnter() {
      if (free === 0) return false;
      free -= 1;
      return true;
    },
    async untilFree() {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    leave() {
      free += 1;
      const woken = waiting;
      waiting = [];
      for (const resolve of woken) resolve();
    },
  };
}
