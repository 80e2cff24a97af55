// Ending a job on SageMaker, of whatever kind: it is asked to end, and waited for.
import type { AwsContext } from './context';
import { pause } from './pause';

/** What ending a job takes. */
export interface StoppableJob {
  /** In SageMaker's words; undefined where there is no such job. */
  status(): Promise<string | undefined>;
  askToStop(): Promise<unknown>;
}

/** Whether a job of that status is billed no more. */
export function hasEnded(status: string | undefined): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

/** @param status as it was just now: a job that does not run, or is ending, is not asked */
export async function stopJob(status: string | undefined, job: StoppableJob): Promise<void> {
  if (status !== 'InProgress') return;
  try {
    await job.askToStop();
  } catch (error) {
    // It has ended, was stopped or was deleted in this moment.
    if ((await job.status()) === 'InProgress') throw error;
  }
}

/** Returns when it is billed no more. */
export async function stopJobAndWait({ pollSeconds }: AwsContext, job: StoppableJob): Promise<void> {
  for (;;) {
    const status = await job.status();
    if (status === undefined || hasEnded(status)) return;
    await stopJob(status, job);
    await pause(pollSeconds);
  }
}
