// The tokens of several texts as one batch, no longer than the longest of them.

import { seededRandom, shuffled } from '../../data/random';
import type { Examples } from '../training/examples';
import type { TokenBatch } from './encoder';

/** Batches whose rows are sorted by length together. */
const batchesAtOnce = 16;
/** Positions of a batch in prediction. */
const positionsAtOnce = 2048;

type Tokens = Pick<Examples, 'tokens' | 'maxLength'>;

/** Returns the tokens of some of the rows. */
export function takeBatch({ tokens, maxLength }: Tokens, rows: readonly number[]): TokenBatch {
  const length = Math.max(1, ...rows.map((row) => lengthOf({ tokens, maxLength }, row)));
  const indices = new Int32Array(rows.length * length);
  rows.forEach((row, place) => {
    indices.set(tokens.subarray(row * maxLength, row * maxLength + length), place * length);
  });
  return { indices, texts: rows.length, length };
}

function lengthOf({ tokens, maxLength }: Tokens, row: number): number {
  let length = maxLength;
  while (length > 0 && tokens[row * maxLength + length - 1] === 0) length--;
  return length;
}

/** Returns the tokens of the longest text. */
export function longest(examples: Tokens & Pick<Examples, 'labels'>): number {
  return Array.from(examples.labels, (_, row) => lengthOf(examples, row)).reduce(
    (most, one) => Math.max(most, one),
    1,
  );
}

/**
 * Returns the rows of an epoch in an order in which texts of a batch have similar lengths: among the rows of sixteen batches
 * at a time. The batches are shuffled.
 */
export function groupByLength(tokens: Tokens, order: readonly number[], batchSize: number): number[] {
  const lengths = order.map((row) => lengthOf(tokens, row));
  const batches: number[][] = [];
  const together = batchesAtOnce * batchSize;
  for (let start = 0; start < order.length; start += together) {
    const places = Array.from({ length: Math.min(together, order.length - start) }, (_, at) => start + at);
    places.sort((one, other) => (lengths[one] as number) - (lengths[other] as number));
    for (let first = 0; first < places.length; first += batchSize) {
      batches.push(places.slice(first, first + batchSize).map((place) => order[place] as number));
    }
  }
  // Only the last batch may be smaller; elsewhere it would move the boundaries of those after it.
  const whole = batches.filter(({ length }) => length === batchSize);
  const rest = batches.filter(({ length }) => length < batchSize);
  return [...shuffled(whole, seededRandom(order[0] ?? 0)), ...rest].flat();
}

/**
 * Answers texts in batches of similar lengths.
 * @param answer returns `width` numbers for each text of a batch
 * @returns the numbers of each text, in the order of the rows
 */
export function answerByLength(
  tokens: Tokens,
  rows: readonly number[],
  width: number,
  answer: (batch: TokenBatch) => Float32Array,
): Float32Array {
  const answers = new Float32Array(rows.length * width);
  const lengths = rows.map((row) => lengthOf(tokens, row));
  const places = [...rows.keys()].sort((one, other) => (lengths[other] as number) - (lengths[one] as number));
  for (let first = 0; first < places.length; ) {
    const most = Math.max(
      1,
      Math.floor(positionsAtOnce / Math.max(1, lengths[places[first] as number] as number)),
    );
    const some = places.slice(first, first + most);
    const values = answer(
      takeBatch(
        tokens,
        some.map((place) => rows[place] as number),
      ),
    );
    some.forEach((place, at) => {
      answers.set(values.subarray(at * width, (at + 1) * width), place * width);
    });
    first += some.length;
  }
  return answers;
}
