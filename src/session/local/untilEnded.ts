// Waits for a job on this machine by looking at it again and again.
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../platform/errors';
import type { TrainingJobStatus } from '../contract/jobs';

const pollMilliseconds = 100;

interface State {
  name: string;
  status: TrainingJobStatus;
  failureReason?: string;
}

/**
 * Returns the description of a job that has ended. Throws a {@link UserError} if it has failed.
 * @param kind starts the error's sentence
 * @param look describes the job, and reports changes
 */
export async function untilEnded<Description extends State>(
  kind: string,
  look: () => Description | Promise<Description>,
  signal: AbortSignal | undefined,
): Promise<Description> {
  for (;;) {
    signal?.throwIfAborted();
    const description = await look();
    const { name, status, failureReason } = description;
    if (status === 'Failed') throw new UserError(`${kind} ${name} failed: ${failureReason}`);
    if (status === 'Completed' || status === 'Stopped') return description;
    await sleep(pollMilliseconds);
  }
}
