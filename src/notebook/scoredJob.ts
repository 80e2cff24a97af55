// Runs a training job on one split and returns its accuracy, for the notebook's experiments.
import type { Split } from '../data/split';
import { parseProgress, shareOf } from '../model/training/metrics';
import { UserError } from '../platform/errors';
import type { NetworkChoice, Session, TrainingJobDescription } from '../session/contract/session';
import { uploadSplit } from './uploadSplit';
import { waitInCell } from './waitInCell';

/**
 * Trains on a split and waits. Throws a {@link UserError} if the job fails or is stopped.
 * @param name of the split's files
 * @param onProgress receives the share of the job that is done, from 0 to 1
 */
export async function scoreSplit(
  session: Session,
  name: string,
  split: Split,
  { network, hyperparameters = {} }: NetworkChoice,
  onProgress: (share: number) => void = () => {},
): Promise<{ accuracy: number; job: TrainingJobDescription }> {
  const chosen = network ? { network, hyperparameters } : { hyperparameters };
  const channels = await uploadSplit(session, name, split);
  const onLog = (line: string) => {
    const progress = parseProgress(line);
    if (progress) onProgress(shareOf(progress));
  };
  const job = await waitInCell(await session.train({ channels, ...chosen }), { onLog });
  const accuracy = job.metrics.at(-1)?.validation_accuracy;
  if (job.status !== 'Completed' || accuracy === undefined) {
    throw new UserError(`The experiment ended because ${job.name} was stopped. Run the cell again.`);
  }
  return { accuracy, job };
}
