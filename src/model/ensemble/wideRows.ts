// Rows of numbers padded with zeros to a multiple of four, as assembly/ processes them.

/** Returns the padded length of a row of `columns` numbers. */
export function roomOf(columns: number): number {
  return 4 * Math.ceil(columns / 4);
}

/** Copies rows of numbers between matrices of different width. */
export function copyRows(
  { from, columns: fromColumns }: { from: Float32Array; columns: number },
  { to, columns: toColumns }: { to: Float32Array; columns: number },
): void {
  const columns = Math.min(fromColumns, toColumns);
  for (let row = 0; row * fromColumns < from.length; row++) {
    const start = row * fromColumns;
    to.set(from.subarray(start, start + columns), row * toColumns);
  }
}
