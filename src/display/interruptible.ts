// Handles an interruption of the kernel while a cell awaits something long, such as a training job.

const stops = new Set<() => void>();
/** The kernel's own listeners, removed while a cell awaits. */
let kernelListeners: NodeJS.SignalsListener[] = [];

/**
 * Awaits `work`. If the kernel is interrupted meanwhile, calls `stop` and keeps waiting for the work to end.
 * tslab itself would end the cell with a stack trace and leave the work running unseen. It still does so at a second interruption.
 */
export async function whileInterruptible<Result>(
  stop: () => void,
  work: () => Promise<Result>,
): Promise<Result> {
  // While a cell's first statements run, Node holds tslab's listeners back. They return in this turn.
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

function takeInterruptions(): void {
  kernelListeners = process.listeners('SIGINT');
  for (const listener of kernelListeners) process.off('SIGINT', listener);
  process.on('SIGINT', stopAll);
}

function giveInterruptionsBack(): void {
  process.off('SIGINT', stopAll);
  for (const listener of kernelListeners) process.on('SIGINT', listener);
  kernelListeners = [];
}

function stopAll(): void {
  giveInterruptionsBack();
  for (const stop of stops) stop();
}
