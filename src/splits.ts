// The notebook's experiment: the same network on both kinds of split, with several seeds.
import { join } from 'node:path';
import { UserError } from './errors';
import { type Headline, writeHeadlines } from './headlines';
import type { Hyperparameters } from './hyperparameters';
import { stopOnInterrupt } from './interrupt';
import { outputFolder } from './output';
import type { Channel, Session } from './session';
import { type Split, splitByStory, splitRandomly } from './split';

/** How many validation rows tell a story that the training rows tell, too. */
export function countKnownStories({ training, validation }: Split): number {
  const known = new Set(training.map(({ story }) => story));
  return validation.filter(({ story }) => known.has(story)).length;
}

/** Writes both sides of a split and uploads them as the channels training and validation. */
export async function uploadSplit(session: Session, name: string, split: Split): Promise<Channel[]> {
  const folder = join(outputFolder, 'data', name);
  const channels: Channel[] = [];
  for (const side of ['training', 'validation'] as const) {
    const path = join(folder, `${side}.csv`);
    await writeHeadlines(path, split[side]);
    channels.push(await session.upload(path, side));
  }
  return channels;
}

export interface SplitComparison {
  /** Validation accuracy after the last epoch, one for each seed. */
  story: number[];
  random: number[];
}

/**
 * Trains on a split by story and on a random one for each seed, one job after the other. An interruption of the
 * kernel stops the job under way and the comparison with it.
 * @param onResult called after each job
 */
export async function compareSplits(
  session: Session,
  headlines: readonly Headline[],
  seeds: readonly number[],
  settings: Partial<Hyperparameters>,
  onResult: (line: string) => void = console.log,
): Promise<SplitComparison> {
  const accuracies: SplitComparison = { story: [], random: [] };
  for (const seed of seeds) {
    for (const [kind, divide] of [
      ['story', splitByStory],
      ['random', splitRandomly],
    ] as const) {
      const channels = await uploadSplit(session, `${kind}-${seed}`, divide(headlines, { seed }));
      const job = await session.train({ channels, hyperparameters: { ...settings, seed } });
      const { status, metrics } = await stopOnInterrupt(job, () => job.wait());
      const accuracy = metrics.at(-1)?.validation_accuracy;
      if (status !== 'Completed' || accuracy === undefined) {
        throw new UserError(`The comparison ended with ${job.name}, which was stopped. Run the cell again.`);
      }
      accuracies[kind].push(accuracy);
      onResult(
        `seed ${seed}, split ${kind === 'story' ? 'by story' : 'at random'}: accuracy ${accuracy.toFixed(3)}`,
      );
    }
  }
  return accuracies;
}
