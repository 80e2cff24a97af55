// Step 7, how sure: every headline is held out once, in folds of whole stories.
import { newPlace } from './display';
import { type FoldOptions, foldsByStory } from './folds';
import { mean, percent } from './format';
import type { Headline } from './headlines';
import type { Hyperparameters } from './hyperparameters';
import { progressBar } from './progressBar';
import { scoreSplit } from './scoredJob';
import type { Session } from './session';

/** What `crossValidate()` has measured. */
export interface CrossValidation {
  /** Validation accuracy after the last epoch, one for each fold. */
  accuracies: number[];
  mean: number;
  /** The standard deviation between the folds (with n − 1). */
  deviation: number;
}

/**
 * Trains once for each fold, on all other folds, one job after the other; a bar under the cell says how far it is. An
 * interruption of the kernel ends it, and with it the job under way unless that runs on AWS.
 * @param options.hyperparameters of every job
 * @throws `UserError` where a job fails or is stopped, or there are fewer stories than folds
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
  { hyperparameters = {}, ...options }: FoldOptions & { hyperparameters?: Partial<Hyperparameters> } = {},
): Promise<CrossValidation> {
  const splits = foldsByStory(headlines, options);
  const bar = newPlace();
  const accuracies: number[] = [];
  const tell = () => {
    const soFar = accuracies.map(percent).join(', ');
    bar(
      progressBar(
        accuracies.length / splits.length,
        `fold ${accuracies.length} of ${splits.length}: ${soFar}`,
      ),
    );
  };
  tell();
  for (const [fold, split] of splits.entries()) {
    const { accuracy } = await scoreSplit(session, `fold-${fold + 1}`, split, hyperparameters);
    accuracies.push(accuracy);
    tell();
  }
  const average = mean(accuracies);
  const squares = accuracies.reduce((sum, one) => sum + (one - average) ** 2, 0);
  return { accuracies, mean: average, deviation: Math.sqrt(squares / (accuracies.length - 1)) };
}
