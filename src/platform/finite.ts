// Finds numbers that are not finite, the result of diverged training or of a lack of memory.

/** Returns the index of the first number that is NaN or infinite, or -1. */
export function findNonFinite(values: ArrayLike<number>): number {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return at;
  return -1;
}
