// The notebook's experiments: a job on one split, and the accuracy that comes of it.

import type { Split } from '../data/split';
import type { Hyperparameters } from '../model/hyperparameters';
import { UserError } from '../platform/errors';
import type { Session, TrainingJobDescription } from '../session/contract/session';
import { uploadSplit } from './uploadSplit';
import { waitInCell } from './waitInCell';

/**
 * Trains on a split and waits. Throws a {@link UserError} where the job fails or is stopped.
 * @param name tells the split's files from those of other splits
 */
export async function scoreSplit(
  session: Session,
  name: string,
  split: Split,
  hyperparameters: Partial<Hyperparameters>,
): Promise<{ accuracy: number; job: TrainingJobDescription }> {
  const channels = await uploadSplit(session, name, split);
  const job = await waitInCell(await session.train({ channels, hyperparameters }));
  const accuracy = job.metrics.at(-1)?.validation_accuracy;
  if (job.status !== 'Completed' || accuracy === undefined) {
    throw new UserError(`The experiment ended with ${job.name}, which was stopped. Run the cell again.`);
  }
  return { accuracy, job };
}
