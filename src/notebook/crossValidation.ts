// Cross-validation: every headline is held out once, in folds of whole stories.
import { describeSplit } from '../data/describeSplit';
import { type FoldOptions, foldsByStory } from '../data/folds';
import type { Headline } from '../data/headlines';
import { newPlace } from '../display/display';
import { progressBar } from '../display/progressBar';
import { mean, percent } from '../platform/format';
import type { NetworkChoice, Session } from '../session/contract/session';
import { scoreSplit } from './scoredJob';

/** The result of `crossValidate()`. */
export interface CrossValidation {
  /** Validation accuracy after the last epoch, one for each fold. */
  accuracies: number[];
  mean: number;
  /** The standard deviation between the folds (with n − 1). */
  deviation: number;
  /** Held-out rows whose label had no training row, such as the rows of a label with one story. */
  unknownRows: number;
}

/**
 * Trains once for each fold, on all other folds, one job at a time, with a progress bar under the cell. Held-out rows
 * whose label has no training row count as wrong. Interrupting the kernel ends the cross-validation and the running job,
 * unless that job runs on AWS.
 * @param options.hyperparameters of every job, and its `network` if it has one of your own
 * @throws `UserError` if a job fails or is stopped, or if there are fewer stories than folds
 * @example
 * ```ts
 * const thousand = workshop.sample(news.headlines, 1000);
 * const folds = await workshop.crossValidate(session, thousand, { folds: 2, hyperparameters: { epochs: 1 } });
 * console.log(folds.accuracies.length); // 2
 * ```
 */
export async function crossValidate(
  session: Session,
  headlines: readonly Headline[],
  options: FoldOptions & NetworkChoice = {},
): Promise<CrossValidation> {
  const splits = foldsByStory(headlines, options);
  const bar = newPlace();
  const accuracies: number[] = [];
  const unknownRows = splits.reduce((sum, split) => sum + describeSplit(split).unknown.rows, 0);
  const wrong =
    unknownRows > 0 ? `; ${unknownRows} rows count as wrong, as their label has no training row` : '';
  const tell = (share = 0) => {
    const soFar = accuracies.map(percent).join(', ');
    const text = `fold ${accuracies.length} of ${splits.length}: ${soFar}${wrong}`;
    bar(progressBar((accuracies.length + share) / splits.length, text));
  };
  tell();
  for (const [fold, split] of splits.entries()) {
    const { accuracy } = await scoreSplit(session, `fold-${fold + 1}`, split, options, tell);
    accuracies.push(accuracy);
    tell();
  }
  const average = mean(accuracies);
  const squares = accuracies.reduce((sum, one) => sum + (one - average) ** 2, 0);
  return { accuracies, mean: average, deviation: Math.sqrt(squares / (accuracies.length - 1)), unknownRows };
}
