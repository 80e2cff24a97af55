// How figures are written for people.

/**
 * A share as text, in percent with one decimal place.
 * @example
 * ```ts
 * console.log(workshop.percent(0.1234)); // 12.3%
 * ```
 */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/**
 * The mean of some numbers; NaN of none.
 * @example
 * ```ts
 * console.log(workshop.mean([0.5, 0.75, 1])); // 0.75
 * ```
 */
export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** For example `25.3 GB` or `250 MB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

/** For example $0.4710. */
export function usd(dollars: number): string {
  return `$${dollars.toFixed(dollars !== 0 && dollars < 1 ? 4 : 2)}`;
}
