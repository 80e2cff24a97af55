// What interrupting the kernel does while a cell waits for something long, such as a training job.
import { UserError } from '../../platform/errors';
import type { TrainingJob, TransformJob } from './session';
import type { TuningJob } from './tuning';

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
  // While a cell's first statements are computed, Node holds tslab's listeners back; they return in this turn.
  if (process.listenerCount('SIGINT') === 0) await undefined;
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
 * Rejects with a {@link UserError} that says how to go on where it is left running.
 */
export async function waitInCell<Listener extends { signal?: AbortSignal }, Description>(
  job: Waitable<Listener, Description>,
  listener: Omit<Listener, 'signal'> = {} as Listener,
  kind: JobKind = 'training job',
): Promise<Description> {
  const detaching = new AbortController();
  const interrupt = () => {
    if (job.onInterrupt === 'stop') job.stop().catch((error) => detaching.abort(error));
    else detaching.abort(new UserError(describeDetached(job.name, kind)));
  };
  const detachable = { ...listener, signal: detaching.signal } as Listener;
  return await whileInterruptible(interrupt, () => job.wait(detachable));
}

/** What a cell waits for: a training job, a tuning job, or a batch transform. */
interface Waitable<Listener, Description>
  extends Pick<TrainingJob | TuningJob | TransformJob, 'name' | 'onInterrupt' | 'stop'> {
  wait(listener?: Listener): Promise<Description>;
}

/** Of each kind of job, the session's verb that goes on with it. */
export const attachVerbs = {
  'training job': 'attachTrainingJob',
  'tuning job': 'attachTuningJob',
  'batch transform': 'attachTransformJob',
} as const;

export type JobKind = keyof typeof attachVerbs;

function describeDetached(name: string, kind: JobKind): string {
  return (
    `Interrupted: this cell stopped waiting. The ${kind} ${name} keeps running and is billed until it ends. ` +
    `To re-attach: await session.${attachVerbs[kind]}('${name}'). To end it, call stop() on what that returns.`
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
