// What interrupting the kernel does while a cell waits for something long, such as a training job: it stops it.
import type { TrainingJob, TrainingJobDescription } from './session';

const stops = new Set<() => void>();
/** The kernel's own listeners, as long as an interruption is not for them. */
let kernels: NodeJS.SignalsListener[] = [];

/**
 * While `work` goes on, interrupting the kernel calls `stop`, and the cell goes on to wait for the work's end. tslab
 * itself would end the cell with a stack trace and let both go on unseen; it does so at a second interruption.
 */
export async function whileInterruptible<Result>(
  stop: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  if (stops.size === 0) takeInterruptions();
  stops.add(stop);
  try {
    return await work();
  } finally {
    stops.delete(stop);
    if (stops.size === 0) giveInterruptionsBack();
  }
}

/** While `work` waits for a job, interrupting the kernel stops the job. */
export async function stopOnInterrupt(
  job: TrainingJob,
  work: () => Promise<TrainingJobDescription>,
): Promise<TrainingJobDescription> {
  return await whileInterruptible(() => void job.stop(), work);
}

function takeInterruptions(): void {
  kernels = process.listeners('SIGINT');
  for (const listener of kernels) process.off('SIGINT', listener);
  process.on('SIGINT', stopAll);
}

function giveInterruptionsBack(): void {
  process.off('SIGINT', stopAll);
  for (const listener of kernels) process.on('SIGINT', listener);
  kernels = [];
}

function stopAll(): void {
  giveInterruptionsBack();
  for (const stop of stops) stop();
}
