// The token indices of a batch.

import type { Examples } from '../training/examples';

/** Tokens [rows, length], of each title the last ones, with padding in front. */
export interface Tokens {
  readonly indices: Int32Array;
  readonly rows: number;
  readonly length: number;
}

/** Returns tokens and labels of some of the examples. @param padding see `LoadedNetwork.padding` */
export function takeTokens(
  { tokens, labels, maxLength }: Examples,
  rows: readonly number[],
  padding: number | undefined,
): { tokens: Tokens; labels: Int32Array } {
  const indices = new Int32Array(rows.length * maxLength);
  rows.forEach((row, place) => {
    indices.set(tokens.subarray(row * maxLength, (row + 1) * maxLength), place * maxLength);
  });
  return {
    tokens: trim({ indices, rows: rows.length, length: maxLength }, padding),
    labels: Int32Array.from(rows, (row) => labels[row] as number),
  };
}

/** Leaves out all but `padding` positions before the longest title, and keeps at least `padding` positions. */
export function trim(tokens: Tokens, padding: number | undefined): Tokens {
  if (padding === undefined) return tokens;
  return lastTokens(tokens, Math.max(padding, 1, Math.min(tokens.length, longest(tokens) + padding)));
}

/** Returns how many of the last positions hold all words of the rows. */
function longest({ indices, rows, length }: Tokens): number {
  let most = 0;
  for (let row = 0; row < rows; row++) {
    let first = row * length;
    const end = first + length;
    while (first < end - most && indices[first] === 0) first++;
    most = Math.max(most, end - first);
  }
  return most;
}

/** Returns the last `length` positions, padded with 0 in front where there are not as many. */
function lastTokens({ indices, rows, length: given }: Tokens, length: number): Tokens {
  const last = new Int32Array(rows * length);
  const kept = Math.min(length, given);
  for (let row = 0; row < rows; row++) {
    last.set(indices.subarray((row + 1) * given - kept, (row + 1) * given), (row + 1) * length - kept);
  }
  return { indices: last, rows, length };
}
