// How figures are written for people.

/** A share as text: 0.123 → "12.3%". */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** The mean of some numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** For example `25.3 GB` or `250 MB`. */
export function formatBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
