// Step 7: predictions beside what was expected, row by row, for reading.

import type { LabelledTitle } from '../../data/headlines';
import { demandSameLength } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';

/** A headline, its label, and the one that was predicted. */
export interface Answer {
  title: string;
  expected: string;
  predicted: string;
  /** Of the predicted label. */
  probability: number;
}

/**
 * Returns each row with its prediction, in order.
 * @param predictions one for each row
 * @throws `UserError` where the lists differ in length
 * @example
 * ```ts
 * const answers = workshop.answersOf(split.validation, classifier.predict(split.validation.map(({ title }) => title)));
 * console.log(Object.keys(answers[0])); // [ 'title', 'expected', 'predicted', 'probability' ]
 * ```
 */
export function answersOf(rows: readonly LabelledTitle[], predictions: readonly Prediction[]): Answer[] {
  demandSameLength({ rows, predictions });
  return rows.map(({ title, category }, row) => {
    const { result, probabilities } = predictions[row] as Prediction;
    return { title, expected: category, predicted: result, probability: probabilities[result] ?? 0 };
  });
}

/**
 * The wrong answers, those first about which the model was surest.
 * @param count at most so many
 * @example
 * ```ts
 * workshop.showTable(workshop.surestMistakes(answers, 5));
 * ```
 */
export function surestMistakes(answers: readonly Answer[], count = 10): Answer[] {
  const wrong = answers.filter(({ expected, predicted }) => expected !== predicted);
  return wrong.sort((one, other) => other.probability - one.probability).slice(0, count);
}
