// Seeded randomness for splits, shuffles and the synthetic set: the same seed gives the same sequence.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** A whole number in [0, below). */
  integer(below: number): number;
}

export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return {
    fraction: () => uniformFloat64(generator),
    integer: (below) => uniformInt(generator, 0, below - 1),
  };
}

/** Draws from the standard normal distribution, by Box and Muller's transform. @param fraction draws from [0, 1) */
export function drawNormal(fraction: () => number): number {
  // 1 − fraction lies in (0, 1].
  return Math.sqrt(-2 * Math.log(1 - fraction())) * Math.cos(2 * Math.PI * fraction());
}

/** Returns a shuffled copy (Fisher–Yates). */
export function shuffled<Item>(items: Iterable<Item>, random: Random): Item[] {
  const copy = [...items];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    [copy[last], copy[other]] = [copy[other] as Item, copy[last] as Item];
  }
  return copy;
}

/**
 * Returns random items, each at most once; all of them if there are no more than `count`. The same seed returns the same
 * items.
 * @example
 * ```ts
 * console.log(workshop.sample(['north', 'east', 'south', 'west'], 2)); // [ 'west', 'east' ]
 * ```
 */
export function sample<Item>(items: readonly Item[], count: number, seed = 1): Item[] {
  if (items.length < count) return [...items];
  return shuffled(items, seededRandom(seed)).slice(0, count);
}
