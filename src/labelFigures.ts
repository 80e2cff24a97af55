// Step 7: counts of right and wrong answers → accuracy, precision, recall, F1. Definitions are scikit-learn's, with zero
// where one divides by zero.

/** How well one label is told from the others. Precision, recall and F1 lie in [0, 1]. */
export interface LabelFigures {
  label: string;
  /** Of the rows for which it was predicted, the share that have it. */
  precision: number;
  /** Of the rows that have it, the share for which it was predicted. */
  recall: number;
  /** The harmonic mean of precision and recall. */
  f1: number;
  /** Rows that have this label. */
  support: number;
}

/**
 * The figures of a confusion matrix.
 * @param confusion rows counted by expected label (first index) and predicted label (second)
 */
export function figuresOf(
  labels: readonly string[],
  confusion: readonly (readonly number[])[],
): { rows: number; accuracy: number; macroF1: number; byLabel: LabelFigures[] } {
  const byLabel = labels.map((label, index) => labelFigures(label, index, confusion));
  const rows = sum(confusion.map(sum));
  const right = sum(confusion.map((counts, index) => counts[index] as number));
  return { rows, accuracy: right / rows, macroF1: sum(byLabel.map(({ f1 }) => f1)) / labels.length, byLabel };
}

function labelFigures(label: string, index: number, confusion: readonly (readonly number[])[]): LabelFigures {
  const support = sum(confusion[index] as number[]);
  const predicted = sum(confusion.map((counts) => counts[index] as number));
  const right = (confusion[index] as number[])[index] as number;
  return {
    label,
    precision: ratio(right, predicted),
    recall: ratio(right, support),
    f1: ratio(2 * right, predicted + support),
    support,
  };
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
