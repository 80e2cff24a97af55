// Counts of right and wrong predictions → accuracy, precision, recall, F1, defined as in scikit-learn with
// zero_division=0.

/** Precision, recall and F1 of one label, each in [0, 1]. */
export interface LabelFigures {
  label: string;
  /** The share of rows with this label among those it was predicted for. */
  precision: number;
  /** The share of rows it was predicted for among those with this label. */
  recall: number;
  /** The harmonic mean of precision and recall. */
  f1: number;
  /** Rows that have the label. */
  support: number;
}

/** Numbers of rows for each label, by its position. */
interface LabelCounts {
  /** Rows that have the label. */
  support: Int32Array;
  /** Rows for which the label was predicted. */
  predicted: Int32Array;
  /** Rows that have the label and for which it was predicted. */
  right: Int32Array;
}

/** Returns counts that are all 0. */
export function createCounts(labels: number): LabelCounts {
  const zeros = () => new Int32Array(labels);
  return { support: zeros(), predicted: zeros(), right: zeros() };
}

/** Adds `rows` rows with an expected and a predicted label. */
export function addRows(
  { support, predicted, right }: LabelCounts,
  expected: number,
  answer: number,
  rows: number,
): void {
  support[expected] = (support[expected] as number) + rows;
  predicted[answer] = (predicted[answer] as number) + rows;
  if (expected === answer) right[expected] = (right[expected] as number) + rows;
}

/** Returns the figures of the label at a position. */
export function figuresOfLabel(
  { support: all, predicted: answers, right: hits }: LabelCounts,
  label: number,
): Omit<LabelFigures, 'label'> {
  const support = all[label] as number;
  const predicted = answers[label] as number;
  const right = hits[label] as number;
  return {
    precision: ratio(right, predicted),
    recall: ratio(right, support),
    f1: ratio(2 * right, predicted + support),
    support,
  };
}

/** Returns the accuracy, in [0, 1]. */
export function accuracyOf({ support, right }: LabelCounts): number {
  return ratio(sum(right), sum(support));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(counts: Int32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}
