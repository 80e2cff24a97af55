// What interrupting the kernel does while a cell waits for a training job: it stops the job.
import type { TrainingJob, TrainingJobDescription } from './session';

const waitedFor = new Set<TrainingJob>();
/** The kernel's own listeners, as long as an interruption is not for them. */
let kernels: NodeJS.SignalsListener[] = [];

/**
 * While `work` waits for a job, interrupting the kernel stops the job, and the cell goes on to wait for its end. tslab
 * itself would end the cell with a stack trace and let both go on unseen; it does so at a second interruption.
 */
export async function stopOnInterrupt(
  job: TrainingJob,
  work: () => Promise<TrainingJobDescription>,
): Promise<TrainingJobDescription> {
  if (waitedFor.size === 0) takeInterruptions();
  waitedFor.add(job);
  try {
    return await work();
  } finally {
    waitedFor.delete(job);
    if (waitedFor.size === 0) giveInterruptionsBack();
  }
}

function takeInterruptions(): void {
  kernels = process.listeners('SIGINT');
  for (const listener of kernels) process.off('SIGINT', listener);
  process.on('SIGINT', stopJobs);
}

function giveInterruptionsBack(): void {
  process.off('SIGINT', stopJobs);
  for (const listener of kernels) process.on('SIGINT', listener);
  kernels = [];
}

function stopJobs(): void {
  giveInterruptionsBack();
  for (const job of waitedFor) void job.stop();
}
