// Stops a SageMaker job of any kind.
import type { AwsContext } from './context';
import { poll } from './poll';

/** The calls that stopping a job needs. */
export interface StoppableJob {
  /** Resolves to SageMaker's name for the status, or to undefined if the job does not exist. */
  status(): Promise<string | undefined>;
  askToStop(): Promise<unknown>;
}

/** Returns whether a job with this status is no longer billed. */
export function hasEnded(status: string | undefined): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

/**
 * Asks a job to stop. Does nothing for one that does not run or is already stopping.
 * @param status the job's latest status
 */
export async function stopJob(status: string | undefined, job: StoppableJob): Promise<void> {
  if (status !== 'InProgress') return;
  try {
    await job.askToStop();
  } catch (error) {
    // The job may have ended or been deleted since its status was read.
    if ((await job.status()) === 'InProgress') throw error;
  }
}

/** Stops a job and resolves when it is no longer billed. */
export async function stopJobAndWait(context: AwsContext, job: StoppableJob): Promise<void> {
  await poll(context, async () => {
    const status = await job.status();
    if (status === undefined || hasEnded(status)) return true;
    await stopJob(status, job);
    return undefined;
  });
}
