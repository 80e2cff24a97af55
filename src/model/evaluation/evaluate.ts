// Expected and predicted labels → metrics, their confidence intervals, and calibration.

import { groupKey } from '../../data/groups';
import type { LabelledTitle } from '../../data/headlines';
import { UserError } from '../../platform/errors';
import { mean } from '../../platform/format';
import { demandPairs } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';
import { bootstrap, type EvaluationOptions, type Intervals } from './bootstrap';
import { type Calibration, calibrate } from './calibration';
import { demandArrays, describe } from './inputs';
import { accuracyOf, addRows, createCounts, figuresOfLabel, type LabelFigures } from './labelFigures';

/** Returned by `evaluate()`. */
export interface Evaluation {
  rows: number;
  /** The share of rows whose label was predicted. */
  accuracy: number;
  /** The mean F1 of the labels, each counting the same. */
  macroF1: number;
  /** Sorted by label. */
  byLabel: LabelFigures[];
  /** Rows counted by expected label (first index) and predicted label (second), in the order of `byLabel`. */
  confusion: number[][];
  /** 95% confidence intervals, resampling whole stories. */
  intervals: Intervals;
  /** A comparison of probabilities with the share of right predictions, if there are probabilities. */
  calibration?: Calibration;
}

/** A confusion matrix of more labels would not fit into memory. */
const mostLabels = 4000;

/**
 * Compares expected with predicted labels, row by row. Lists a predicted label that no row has with a support of 0. 100,000 rows of 1,000 labels take a few seconds.
 * @param expected rows, or their labels. Intervals resample the rows of a story together; labels, and rows without a
 * story, are groups of one
 * @param predicted the result of `predict()`, which also gives the calibration, or labels
 * @throws `UserError` if the lists are empty or differ in length, if a label is missing, if there are more than
 * 4,000 labels, or if a prediction gives its own label no probability from 0 to 1
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
  demandArrays({ expected, predicted });
  demandPairs({ expected, predicted });
  const truth = Array.from(expected, (row, at) =>
    demandLabel(row, typeof row === 'string' ? row : row?.category, `expected[${at}]`),
  );
  const answers = Array.from(predicted, (answer, at) =>
    demandLabel(answer, typeof answer === 'string' ? answer : answer?.result, `predicted[${at}]`),
  );
  const labels = [...new Set([...truth, ...answers])].sort();
  if (labels.length > mostLabels) {
    throw new UserError(
      `There are ${labels.length} different labels; at most ${mostLabels} can be compared. Are these labels, not texts?`,
    );
  }
  const indices = new Map(labels.map((label, index) => [label, index]));
  const indexOf = (label: string) => indices.get(label) as number;
  const pairs = truth.map((label, row) => [indexOf(label), indexOf(answers[row] as string)] as const);
  const { counts, confusion } = count(pairs, labels.length);
  const byLabel = labels.map((label, index) => ({ label, ...figuresOfLabel(counts, index) }));
  const given = [...predicted.entries()].flatMap(([row, answer]) =>
    typeof answer === 'string' ? [] : [{ label: truth[row] as string, answer }],
  );
  return {
    rows: truth.length,
    accuracy: accuracyOf(counts),
    macroF1: mean(byLabel.map(({ f1 }) => f1)),
    byLabel,
    confusion,
    intervals: bootstrap(labels, pairs, groupsOf(expected), options),
    ...(given.length > 0 && {
      calibration: calibrate(
        given.map(({ label }) => label),
        given.map(({ answer }) => answer),
      ),
    }),
  };
}

function demandLabel(entry: unknown, label: unknown, place: string): string {
  if (typeof label === 'string') return label;
  throw new UserError(
    `${place} is ${describe(entry)}, which has no label. Pass labels as text, rows with a category as text, or ` +
      'the result of predict().',
  );
}

/** Returns the group of each row: its story, else its position. */
function groupsOf(rows: readonly (string | LabelledTitle)[]): (string | number)[] {
  return rows.map((row, position) => (typeof row === 'string' ? position : groupKey(row, position)));
}

function count(pairs: readonly (readonly [number, number])[], labels: number) {
  const counts = createCounts(labels);
  const confusion = Array.from({ length: labels }, () => new Array<number>(labels).fill(0));
  for (const [expected, predicted] of pairs) {
    addRows(counts, expected, predicted, 1);
    const row = confusion[expected] as number[];
    row[predicted] = (row[predicted] as number) + 1;
  }
  return { counts, confusion };
}
