// Token indices → word vectors in front of a network, and back from the vectors' gradient to that of each token.
import type { Gradient } from './rmsprop';

/** Tokens [rows, length], of each title the last ones. */
export interface Tokens {
  readonly indices: Int32Array;
  readonly rows: number;
  readonly length: number;
}

/** Whether padding, index 0, is a zero vector, which adds nothing to what follows. */
export function paddingIsZero(embedding: Float32Array, dimensions: number): boolean {
  return embedding.subarray(0, dimensions).every((value) => value === 0);
}

/** Returns how many of the last positions hold all words of the rows, at least 1; tokens [rows, maxLength]. */
export function longest({ indices, rows, length }: Tokens): number {
  let most = 1;
  for (let row = 0; row < rows; row++) {
    let first = row * length;
    const end = first + length;
    while (first < end - most && indices[first] === 0) first++;
    most = Math.max(most, end - first);
  }
  return most;
}

/** The last `length` positions, padded with 0 in front where there are not as many. */
export function lastTokens({ indices, rows, length: given }: Tokens, length: number): Tokens {
  const last = new Int32Array(rows * length);
  const kept = Math.min(length, given);
  for (let row = 0; row < rows; row++) {
    last.set(indices.subarray((row + 1) * given - kept, (row + 1) * given), (row + 1) * length - kept);
  }
  return { indices: last, rows, length };
}

/** Indices in the order of positions first: [length, rows]. */
export function timeMajor({ indices, rows, length }: Tokens): Int32Array {
  return Int32Array.from(
    { length: indices.length },
    (_, place) => indices[(place % rows) * length + Math.floor(place / rows)] as number,
  );
}

/** The vectors of indices, one after the other. */
export function lookUp(embedding: Float32Array, indices: Int32Array, dimensions: number): Float32Array {
  const vectors = new Float32Array(indices.length * dimensions);
  for (let place = 0; place < indices.length; place++) {
    const [from, to] = [(indices[place] as number) * dimensions, place * dimensions];
    for (let at = 0; at < dimensions; at++) vectors[to + at] = embedding[from + at] as number;
  }
  return vectors;
}

/**
 * The gradient of the embedding matrix from that of the vectors that {@link lookUp} gave: for each index the sum of its
 * vectors' ones. `skipPadding` leaves index 0 out, which so stays as it is.
 */
export function embeddingGradient(
  vectors: Float32Array,
  indices: Int32Array,
  { dimensions, skipPadding = false }: { dimensions: number; skipPadding?: boolean },
): Gradient {
  const places = new Map<number, number>();
  for (const index of indices) {
    if (!(index === 0 && skipPadding) && !places.has(index)) places.set(index, places.size);
  }
  const values = new Float32Array(places.size * dimensions);
  for (let from = 0; from < indices.length; from++) {
    const place = places.get(indices[from] as number);
    if (place === undefined) continue;
    const [start, to] = [from * dimensions, place * dimensions];
    for (let at = 0; at < dimensions; at++) {
      values[to + at] = (values[to + at] as number) + (vectors[start + at] as number);
    }
  }
  return { rows: Int32Array.from(places.keys()), values };
}
