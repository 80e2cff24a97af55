// Step 4: rows → what the network sees of them, token indices and label indices.
import { setImmediate } from 'node:timers/promises';
import type { LabelledTitle } from '../../data/headlines';
import { UserError } from '../../platform/errors';
import { createEncoder, createTokenCounter } from '../../text/tokenizer';
import { unknownLabel } from './softmax';

/** What training reads of a row. */
export type TrainingRow = Pick<LabelledTitle, 'title' | 'category'> & Partial<Pick<LabelledTitle, 'story'>>;

/** Rows as the network sees them: tokens [rows, maxLength] and label indices [rows]. */
export interface Examples {
  tokens: Int32Array;
  labels: Int32Array;
  maxLength: number;
}

/** Rows counted or encoded before signals and timers are let through. */
const rowsAtOnce = 10_000;

/** Returns the labels of training rows, sorted. Throws a {@link UserError} where there are fewer than two. */
export function learnLabels(rows: readonly TrainingRow[]): string[] {
  const labels = [...new Set(rows.map(({ category }) => category))].sort();
  if (labels.length >= 2) return labels;
  throw new UserError(
    `There is nothing to tell apart: ${rows.length} training row(s)${labels[0] ? `, all with the label "${labels[0]}"` : ''}. ` +
      'Training needs rows of at least two labels.',
  );
}

/**
 * Returns the most frequent tokens of the rows' titles, at most `size` - 1; lets signals and timers through meanwhile.
 * Throws a {@link UserError} where no title holds a word.
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
    `None of the ${rows.length} training texts holds a word. Check that the text column is the right one.`,
  );
}

/** Rows → examples. A category that is not among the labels becomes `unknownLabel`, which no answer gets right. */
export function createExampleEncoder(
  vocabulary: readonly string[],
  labels: readonly string[],
  maxLength: number,
): (rows: readonly TrainingRow[]) => Promise<Examples> {
  const encode = createEncoder(vocabulary, maxLength);
  const indices = new Map(labels.map((label, index) => [label, index]));
  const toIndex = ({ category }: TrainingRow) => indices.get(category) ?? unknownLabel;
  return async (rows) => {
    const tokens = new Int32Array(rows.length * maxLength);
    for (let first = 0; first < rows.length; first += rowsAtOnce) {
      const some = rows.slice(first, first + rowsAtOnce);
      tokens.set(encode(some.map(({ title }) => title)), first * maxLength);
      await setImmediate();
    }
    return { tokens, labels: Int32Array.from(rows, toIndex), maxLength };
  };
}

/** Weights that make the rows of each label together count the same, 1 on average over the rows (scikit-learn's). */
export function balancedWeights({ labels }: Examples, labelCount: number): number[] {
  const counts = Array.from({ length: labelCount }, () => 0);
  for (const label of labels) counts[label] = (counts[label] as number) + 1;
  return counts.map((count) => labels.length / (labelCount * count));
}
