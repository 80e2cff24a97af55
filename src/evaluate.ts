// Step 7: expected and predicted labels → figures. Definitions are scikit-learn's, with zero where one divides by zero.

export interface LabelFigures {
  label: string;
  precision: number;
  recall: number;
  f1: number;
  /** Rows that have this label. */
  support: number;
}

export interface Evaluation {
  rows: number;
  accuracy: number;
  /** The mean of the labels' F1, each label counting the same. */
  macroF1: number;
  byLabel: LabelFigures[];
  /** Rows counted by expected label (first index) and predicted label (second), in the order of `byLabel`. */
  confusion: number[][];
}

/** Compares labels pairwise. Both lists have the same, positive, length. */
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
