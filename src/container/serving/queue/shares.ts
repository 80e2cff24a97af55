// Fairness: divides a turn among the waiting requests.
import { turnMilliseconds, weigh } from './batch';
import type { Entry } from './job';

/** The headlines of one request that a turn predicts. */
export interface Share {
  readonly entry: Entry;
  readonly count: number;
}

interface Turn {
  readonly shares: readonly Share[];
  /** The headlines of all shares, in their order. */
  readonly titles: readonly string[];
  readonly weight: number;
  /** Number of entries, from the first on, that have had their turn. */
  readonly passed: number;
}

interface TurnOptions {
  readonly weight: number;
  /** When the turn began, on the clock of `performance.now()`. */
  readonly begun: number;
  /** Returns whether the entry has a headline to predict; may take time to read it. */
  isReady(entry: Entry, now: number): boolean;
}

/** Takes headlines from the first entries: at least one from each, and at most half of the rest of a long list. */
export function takeTurn(entries: readonly Entry[], { weight: most, begun, isReady }: TurnOptions): Turn {
  const shares: Share[] = [];
  const titles: string[] = [];
  let weight = 0;
  let passed = 0;
  while (passed < entries.length && weight < most) {
    const now = performance.now();
    if (now - begun > turnMilliseconds) break;
    const entry = entries[passed] as Entry;
    if (!isReady(entry, now)) {
      passed += 1;
      continue;
    }
    // If reading its headlines has used up the turn's time, the next turn predicts them.
    if (performance.now() - begun > turnMilliseconds) break;
    passed += 1;
    const share = weight + (most - weight) / 2;
    const first = titles.length;
    do {
      const title = entry.titles[entry.done + titles.length - first] as string;
      titles.push(title);
      weight += weigh(title);
    } while (weight < share && entry.done + titles.length - first < entry.titles.length);
    shares.push({ entry, count: titles.length - first });
  }
  return { shares, titles, weight, passed };
}
