// Expected and predicted labels, row by row, for reading.

import type { LabelledTitle } from '../../data/headlines';
import { UserError } from '../../platform/errors';
import { demandSameLength } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';
import { demandArrays, demandConfidence, describe } from './inputs';

/** A headline with its label and the predicted one. */
export interface Answer {
  title: string;
  expected: string;
  predicted: string;
  /** The probability of the predicted label. */
  probability: number;
}

/**
 * Returns each row with its prediction, in order.
 * @param predictions one for each row
 * @throws `UserError` if the lists differ in length, or an entry is not a row or a prediction
 * @example
 * ```ts
 * const answers = workshop.answersOf(split.validation, classifier.predict(split.validation.map(({ title }) => title)));
 * console.log(Object.keys(answers[0])); // [ 'title', 'expected', 'predicted', 'probability' ]
 * ```
 */
export function answersOf(rows: readonly LabelledTitle[], predictions: readonly Prediction[]): Answer[] {
  demandArrays({ rows, predictions });
  demandSameLength({ rows, predictions });
  return Array.from(rows, (row, at) => {
    if (typeof row?.title !== 'string' || typeof row.category !== 'string') {
      throw new UserError(`rows[${at}] is ${describe(row)}; expected a row with a title and a category.`);
    }
    const prediction = predictions[at] as Prediction;
    const probability = demandConfidence(prediction, `predictions[${at}]`);
    return { title: row.title, expected: row.category, predicted: prediction.result, probability };
  });
}

/**
 * Returns the wrong answers, most confident first.
 * @param count the most answers to return
 * @throws `UserError` if `count` is not a number from 0
 * @example
 * ```ts
 * workshop.showTable(workshop.surestMistakes(answers, 5));
 * ```
 */
export function surestMistakes(answers: readonly Answer[], count = 10): Answer[] {
  demandArrays({ answers });
  if (!(count >= 0)) throw new UserError(`count is ${count}; expected a number from 0.`);
  const wrong = answers.filter(({ expected, predicted }) => expected !== predicted);
  return wrong.sort((one, other) => other.probability - one.probability).slice(0, count);
}
