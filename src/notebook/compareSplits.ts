// The notebook's experiment: the same network on both kinds of split, with several seeds.
import type { Headline } from '../data/headlines';
import { type Split, splitByStory, splitRandomly } from '../data/split';
import { newPlace } from '../display/display';
import { progressBar } from '../display/progressBar';
import type { Hyperparameters } from '../model/hyperparameters';
import type { Session } from '../session/contract/session';
import { scoreSplit } from './scoredJob';

/**
 * Counts the validation rows whose story also has training rows. Rows without a story do not count.
 * @param split the result of `splitByStory()` or `splitRandomly()`
 * @example
 * ```ts
 * console.log(workshop.countKnownStories(split), workshop.countKnownStories(randomSplit)); // 0 1150
 * ```
 */
export function countKnownStories({ training, validation }: Split): number {
  const known = new Set(training.map(({ story }) => story));
  return validation.filter(({ story }) => story && known.has(story)).length;
}

/** The result of `compareSplits()`. */
export interface SplitComparison {
  /** Validation accuracies after the last epoch on splits by story, one for each seed. */
  story: number[];
  /** The same for the random splits. */
  random: number[];
}

/**
 * Trains on a split by story and on a random one for each seed, one job at a time, with a progress bar under the
 * cell. Interrupting the kernel ends the comparison and the running job, unless that job runs on AWS.
 * @param seeds of the splits and of the networks' weights
 * @param settings the hyperparameters of every job, apart from the seed
 * @param onResult called with a sentence after each job; default: console.log
 * @throws `UserError` if a job fails or is stopped
 * @example
 * ```ts
 * const few = workshop.sample(news.headlines, 500);
 * const accuracies = await workshop.compareSplits(session, few, [1], { epochs: 1 }, workshop.say);
 * console.log(accuracies.story.length, accuracies.random.length); // 1 1
 * ```
 */
export async function compareSplits(
  session: Session,
  headlines: readonly Headline[],
  seeds: readonly number[],
  settings: Partial<Hyperparameters>,
  onResult: (line: string) => void = console.log,
): Promise<SplitComparison> {
  const accuracies: SplitComparison = { story: [], random: [] };
  const bar = newPlace();
  let done = 0;
  for (const seed of seeds) {
    for (const [kind, divide] of [
      ['story', splitByStory],
      ['random', splitRandomly],
    ] as const) {
      const split = divide(headlines, { seed });
      const name = `seed ${seed}, split ${kind === 'story' ? 'by story' : 'at random'}`;
      const tell = (share: number) => bar(progressBar((done + share) / (2 * seeds.length), name));
      tell(0);
      const choice = { hyperparameters: { ...settings, seed } };
      const { accuracy } = await scoreSplit(session, `${kind}-${seed}`, split, choice, tell);
      accuracies[kind].push(accuracy);
      done += 1;
      tell(0);
      onResult(`${name}: accuracy ${accuracy.toFixed(3)}`);
    }
  }
  return accuracies;
}
