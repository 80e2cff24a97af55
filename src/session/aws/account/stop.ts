// Stops a SageMaker job of any kind, and pauses between two requests for its status.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsContext } from './context';

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

/** Calls a function, with pauses between the calls, until it returns a value. Throws the signal's reason when aborted. */
export async function poll<Value>(
  { pollSeconds }: Pick<AwsContext, 'pollSeconds'>,
  look: () => Promise<Value | undefined>,
  signal?: AbortSignal,
): Promise<Value> {
  for (;;) {
    signal?.throwIfAborted();
    const value = await look();
    if (value !== undefined) return value;
    await pause(pollSeconds, signal);
  }
}

/** Waits for the seconds given, up to a quarter more or less at random, so that many waiting cells do not ask AWS at once. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  const milliseconds = seconds * 1000 * (0.75 + Math.random() / 2);
  // Aborting only ends the pause early: the caller checks the signal next.
  await sleep(milliseconds, undefined, signal && { signal }).catch(() => undefined);
}
