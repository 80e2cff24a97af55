// Formats figures for people, and the arithmetic behind them.

/**
 * Returns a share as a percentage with one decimal place.
 * @example
 * ```ts
 * console.log(workshop.percent(0.1234)); // 12.3%
 * ```
 */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/**
 * Returns the mean of some numbers; NaN for an empty list.
 * @example
 * ```ts
 * console.log(workshop.mean([0.5, 0.75, 1])); // 0.75
 * ```
 */
export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/**
 * Returns the least and the greatest of some numbers, however many there are; `Math.max(...values)` fails from about
 * 125,000 on. Infinity and −Infinity for an empty list.
 */
export function extremes(values: readonly number[]): [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}

/** Formats a number of bytes, for example `25.3 GB` or `250 MB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** Formats a price, for example $0.4710. */
export function usd(dollars: number): string {
  return `$${dollars.toFixed(dollars !== 0 && dollars < 1 ? 4 : 2)}`;
}
