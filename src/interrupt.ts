// What interrupting the kernel does while a cell waits for something long, such as a training job: it stops it,
// or the waiting alone.
import { UserError } from './errors';
import type { TrainingJob, TrainingJobDescription, TrainingListener } from './session';

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

/**
 * Waits for a job until it ends or the kernel is interrupted, which stops the job or leaves it running, as the job says.
 */
export async function waitInCell(
  job: TrainingJob,
  listener: TrainingListener = {},
): Promise<TrainingJobDescription> {
  const leaving = new AbortController();
  const interrupt = () => {
    if (job.onInterrupt === 'stop') job.stop().catch((error) => leaving.abort(error));
    else leaving.abort(describeDetached(job.name));
  };
  return await whileInterruptible(interrupt, () => job.wait({ ...listener, signal: leaving.signal }));
}

function describeDetached(name: string): UserError {
  return new UserError(
    `Interrupted: the cell waits no more. The training job ${name} goes on, and is billed until it ends. See it again: ` +
      `await session.attachTrainingJob('${name}'). End it: stop() on what that returns.`,
  );
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
