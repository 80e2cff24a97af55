// Step 7: expected and predicted labels → figures. Definitions are scikit-learn's, with zero where one divides by zero.

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

/** How well labels were predicted. */
export interface Evaluation {
  rows: number;
  /** The share of rows whose label was predicted. */
  accuracy: number;
  /** The mean of the labels' F1, each label counting the same. */
  macroF1: number;
  /** Sorted by label. */
  byLabel: LabelFigures[];
  /** Rows counted by expected label (first index) and predicted label (second), in the order of `byLabel`. */
  confusion: number[][];
}

/**
 * Compares labels pairwise. Both lists have the same, positive, length.
 * @example
 * ```ts
 * const evaluation = workshop.evaluate(['cat', 'cat', 'dog', 'dog'], ['cat', 'dog', 'dog', 'dog']);
 * console.log(evaluation.accuracy, evaluation.byLabel[0].recall); // 0.75 0.5
 * console.log(evaluation.confusion); // [ [ 1, 1 ], [ 0, 2 ] ]
 * ```
 */
export function evaluate(expected: readonly string[], predicted: readonly string[]): Evaluation {
  const labels = [...new Set([...expected, ...predicted])].sort();
  const indices = new Map(labels.map((label, index) => [label, index]));
  const confusion = labels.map(() => labels.map(() => 0));
  expected.forEach((label, row) => {
    const counts = confusion[indices.get(label) as number] as number[];
    const column = indices.get(predicted[row] as string) as number;
    counts[column] = (counts[column] as number) + 1;
  });

  const byLabel = labels.map((label, index) => labelFigures(label, index, confusion));
  const right = confusion.reduce((total, counts, index) => total + (counts[index] as number), 0);
  return {
    rows: expected.length,
    accuracy: right / expected.length,
    macroF1: sum(byLabel.map(({ f1 }) => f1)) / labels.length,
    byLabel,
    confusion,
  };
}

function labelFigures(label: string, index: number, confusion: readonly number[][]): LabelFigures {
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
