// What the training benchmark's contestants have predicted: read, checked, and scored in this one place.

import { countBy } from '../../data/explore';
import type { LabelledTitle } from '../../data/headlines';
import { calibrate } from '../../model/evaluation/calibration';
import { evaluate } from '../../model/evaluation/evaluate';
import type { Prediction } from '../../model/training/classifier';
import { UserError } from '../../platform/errors';

/** Not every model has probabilities. */
export type RowAnswer = Pick<Prediction, 'result'> & Partial<Prediction>;

/** On rows that were held out, in [0, 1]. */
export interface AnswerScores {
  accuracy: number;
  macroF1: number;
  /** Guo's expected calibration error. */
  calibrationError?: number;
}

const calibrationBins = 15;

/** Of a prediction that float32 or a text has rounded. */
const tolerance = 1e-3;

/** Three times what chance gives on a few hundred rows; trained models have more than 0.5. */
const leastKappa = 0.1;

/**
 * Reads a file of predictions. Throws a {@link UserError} if they are no predictions of these rows: others in number,
 * of other labels, with probabilities that do not fit, or hardly better than chance.
 */
export function readAnswers(name: string, text: string, truth: readonly LabelledTitle[]): RowAnswer[] {
  const answers = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RowAnswer);
  const labels = new Set(truth.map(({ category }) => category));
  const problem = problemOf(answers, truth.length, labels) ?? strayed(answers, truth);
  if (problem) throw new UserError(`The predictions of ${name} cannot be right: ${problem}.`);
  return answers;
}

function problemOf(
  answers: readonly RowAnswer[],
  rows: number,
  labels: ReadonlySet<string>,
): string | undefined {
  if (answers.length !== rows) return `they are ${answers.length}, for ${rows} headlines`;
  const strange = answers.find(({ result }) => !labels.has(result));
  if (strange) return `one is "${strange.result}", which no headline is`;
  const unfit = answers.find(({ result, probabilities }) => probabilities && !fits(result, probabilities));
  return unfit && `one has probabilities that do not fit it: ${JSON.stringify(unfit)}`;
}

function fits(result: string, probabilities: Readonly<Record<string, number>>): boolean {
  const values = Object.values(probabilities);
  const sum = values.reduce((total, value) => total + value, 0);
  const isLargest = (probabilities[result] ?? Number.NaN) >= Math.max(...values) - tolerance;
  return isLargest && Math.abs(sum - 1) < tolerance;
}

/** Where hardly more are right than if they stood at other rows: Cohen's kappa, which is 1 where all are. */
function strayed(answers: readonly RowAnswer[], truth: readonly LabelledTitle[]): string | undefined {
  const rows = truth.length;
  const right = answers.filter(({ result }, row) => result === truth[row]?.category).length;
  const given = new Map(countBy(answers, ({ result }) => result));
  const byChance = countBy(truth, ({ category }) => category).reduce(
    (sum, [label, count]) => sum + (count * (given.get(label) ?? 0)) / rows,
    0,
  );
  const isChance = right - byChance < leastKappa * (rows - byChance);
  return isChance ? `${right} of ${rows} are right; by chance ${byChance.toFixed(1)} would be` : undefined;
}

/** What the predictions are worth; `truth` has the same length. */
export function scoreAnswers(answers: readonly RowAnswer[], truth: readonly LabelledTitle[]): AnswerScores {
  const results = answers.map(({ result }) => result);
  const { accuracy, macroF1 } = evaluate(truth, results, { rounds: 1 });
  const sure = answers.filter((answer): answer is Prediction => answer.probabilities !== undefined);
  if (sure.length < answers.length) return { accuracy, macroF1 };
  const labels = truth.map(({ category }) => category);
  return { accuracy, macroF1, calibrationError: calibrate(labels, sure, calibrationBins).expectedError };
}
