// Stopping a SageMaker job of any kind, and the pause between two looks at its status.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsContext } from './context';

/** The calls that stopping a job needs. */
export interface StoppableJob {
  /** Resolves to SageMaker's name for the status, or to undefined if there is no such job. */
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
export async function stopJobAndWait({ pollSeconds }: AwsContext, job: StoppableJob): Promise<void> {
  for (;;) {
    const status = await job.status();
    if (status === undefined || hasEnded(status)) return;
    await stopJob(status, job);
    await pause(pollSeconds);
  }
}

/** Waits about so many seconds: a random quarter more or less, so that many who wait do not ask AWS all at once. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  const milliseconds = seconds * 1000 * (0.75 + Math.random() / 2);
  // The caller checks the signal next: aborting only ends the pause early.
  await sleep(milliseconds, undefined, signal && { signal }).catch(() => undefined);
}
