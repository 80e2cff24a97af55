// Step 7: expected and predicted labels → figures, how sure they are, and whether probabilities mean what they say.
import { bootstrap, type Intervals } from './bootstrap';
import { type Calibration, calibrate } from './calibration';
import type { Prediction } from './classifier';
import type { LabelledTitle } from './headlines';
import { figuresOf, type LabelFigures } from './labelFigures';

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
  /** Between what the figures lie, 95 times in 100, were other stories held out. */
  intervals: Intervals;
  /** Whether probabilities mean what they say; only where predictions were given with theirs. */
  calibration?: Calibration;
}

/** How intervals are made. */
export interface EvaluationOptions {
  /** How many times the rows are drawn again. @default 1000 */
  rounds?: number;
  /** Of the draws. @default 1 */
  seed?: number;
}

/**
 * Compares what was expected with what was predicted, pairwise. Both lists have the same, positive, length.
 * @param expected the rows, whose stories then stay together when intervals are made; or labels
 * @param predicted what `predict()` gave, which also says how well probabilities are calibrated; or labels
 * @example
 * ```ts
 * const evaluation = workshop.evaluate(['cat', 'cat', 'dog', 'dog'], ['cat', 'dog', 'dog', 'dog']);
 * console.log(evaluation.accuracy, evaluation.byLabel[0].recall); // 0.75 0.5
 * console.log(evaluation.confusion); // [ [ 1, 1 ], [ 0, 2 ] ]
 * ```
 */
export function evaluate(
  expected: readonly (string | LabelledTitle)[],
  predicted: readonly (string | Prediction)[],
  options: EvaluationOptions = {},
): Evaluation {
  const truth = expected.map((row) => (typeof row === 'string' ? row : row.category));
  const answers = predicted.map((answer) => (typeof answer === 'string' ? answer : answer.result));
  const labels = [...new Set([...truth, ...answers])].sort();
  const indices = new Map(labels.map((label, index) => [label, index]));
  const pairs = truth.map((label, row) => [
    indices.get(label) as number,
    indices.get(answers[row] as string) as number,
  ]);
  const confusion = labels.map(() => labels.map(() => 0));
  for (const [row, column] of pairs as [number, number][]) {
    const counts = confusion[row] as number[];
    counts[column] = (counts[column] as number) + 1;
  }
  const groups = expected.map((row, index) => (typeof row === 'string' ? index : row.story));
  const predictions = predicted.filter((answer) => typeof answer !== 'string');
  return {
    ...figuresOf(labels, confusion),
    confusion,
    intervals: bootstrap(labels, pairs as [number, number][], groups, options),
    ...(predictions.length > 0 && { calibration: calibrate(truth, predictions) }),
  };
}
