// Rows → token indices and label indices.
import { setImmediate } from 'node:timers/promises';
import type { LabelledTitle } from '../../data/headlines';
import { UserError } from '../../platform/errors';
import { createEncoder, createTokenCounter } from '../../text/vocabulary';
import { unknownLabel } from './softmax';

/** The members of a row that training reads. */
export type TrainingRow = Pick<LabelledTitle, 'title' | 'category'> & Partial<Pick<LabelledTitle, 'story'>>;

/** Encoded rows: tokens [rows, maxLength] and label indices [rows]. */
export interface Examples {
  tokens: Int32Array;
  labels: Int32Array;
  maxLength: number;
}

/** Rows counted or encoded before yielding to signals and timers. */
const rowsAtOnce = 2000;

/** Returns the labels of training rows, sorted. Throws a {@link UserError} if there are fewer than two. */
export function learnLabels(rows: readonly TrainingRow[]): string[] {
  const labels = [...new Set(rows.map(({ category }) => category))].sort();
  if (labels.length >= 2) return labels;
  throw new UserError(
    `Training needs rows of at least two labels, but got ${rows.length} training row(s)` +
      `${labels[0] ? `, all with the label "${labels[0]}"` : ''}.`,
  );
}

/**
 * Returns the most frequent tokens of the rows' titles, at most `size` - 1. Yields to signals and timers meanwhile.
 * Throws a {@link UserError} if no title contains a word.
 */
export async function learnRowsVocabulary(rows: readonly TrainingRow[], size: number): Promise<string[]> {
  const counter = createTokenCounter();
  for (const [row, { title }] of rows.entries()) {
    counter.add(title);
    if (row % rowsAtOnce === 0) await setImmediate();
  }
  const vocabulary = counter.mostFrequent(size - 1);
  if (vocabulary.length > 0) return vocabulary;
  throw new UserError(
    `None of the ${rows.length} training texts contains a word. Check that the text column is the right one.`,
  );
}

/** Returns the index of each row's label. A category that is not among the labels becomes `unknownLabel`, always wrong. */
export function indexLabels(rows: readonly TrainingRow[], labels: readonly string[]): Int32Array {
  const indices = new Map(labels.map((label, index) => [label, index]));
  return Int32Array.from(rows, ({ category }) => indices.get(category) ?? unknownLabel);
}

/** Returns a function from rows to examples of tokens from a vocabulary. */
export function createExampleEncoder(
  vocabulary: readonly string[],
  labels: readonly string[],
  maxLength: number,
): (rows: readonly TrainingRow[]) => Promise<Examples> {
  return encodeInParts(createEncoder(vocabulary, maxLength), labels, maxLength);
}

/**
 * Returns a function from rows to examples, which yields to signals and timers meanwhile.
 * @param encode returns tokens [titles, maxLength]
 */
export function encodeInParts(
  encode: (titles: readonly string[]) => Int32Array,
  labels: readonly string[],
  maxLength: number,
): (rows: readonly TrainingRow[]) => Promise<Examples> {
  return async (rows) => {
    const tokens = new Int32Array(rows.length * maxLength);
    for (let first = 0; first < rows.length; first += rowsAtOnce) {
      const some = rows.slice(first, first + rowsAtOnce);
      tokens.set(encode(some.map(({ title }) => title)), first * maxLength);
      await setImmediate();
    }
    return { tokens, labels: indexLabels(rows, labels), maxLength };
  };
}

/** Returns label weights that give every label the same total weight, 1 on average over the rows (as scikit-learn). */
export function balancedWeights({ labels }: Pick<Examples, 'labels'>, labelCount: number): number[] {
  const counts = Array.from({ length: labelCount }, () => 0);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts.map((count) => labels.length / (labelCount * count));
}
