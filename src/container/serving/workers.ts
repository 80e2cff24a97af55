// Runs several processes that serve on one port. Replaces a killed one; the others answer meanwhile.
import cluster, { type Worker } from 'node:cluster';
import { setTimeout } from 'node:timers';
import { isListening, tellListening, workersMessage } from '../../platform/listening';

/** Delay before a worker is replaced, so that one that ends at once does not keep the machine busy. */
const restartMilliseconds = 500;

/** A worker's message when its /ping answers 200. */
const ready = 'ready';

/** Returns undefined if the system cannot start a process. */
function forkWorker(): Worker | undefined {
  try {
    return cluster.fork();
  } catch (error) {
    console.error(`A worker cannot be started: ${(error as Error).message}`);
    return undefined;
  }
}

/** Tells the first process that this worker serves. Does nothing in a process that is not a worker. */
export function isServing(): void {
  if (cluster.isWorker) process.send?.(ready);
}

/**
 * Starts `count` workers, each with this process's program, and replaces those that end. SIGTTIN adds a worker; SIGTTOU
 * drains and removes one, but never the last; after each of the two, `say` gets the new number of workers. SIGTERM drains
 * all, then ends this process. If none of the first workers can serve, the process ends with exit code 1.
 */
export function keepWorkers(count: number, say: (message: string) => void): void {
  /** Workers that serve or are starting; not those in `draining`. */
  const workers = new Set<Worker>();
  /** Workers that answer, so that SIGTTOU ends one that still loads its model first. */
  const serving = new Set<Worker>();
  const draining = new Set<Worker>();
  let wanted = count;
  let isEnding = false;
  let haveServed = false;
  // Each worker accepts connections itself: one handed to a worker that has just been killed would hang. This has no
  // effect after setupPrimary().
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Without the files that this process preloads.
  cluster.setupPrimary({ execArgv: [] });

  const start = () => {
    if (isEnding || workers.size >= wanted) return;
    const worker = forkWorker();
    if (!worker) return startLater();
    workers.add(worker);
    worker.on('message', (message) => {
      haveServed ||= message === ready;
      if (!isListening(message)) return;
      serving.add(worker);
      tellListening();
    });
    const forget = () => {
      const wasToEnd = draining.delete(worker);
      workers.delete(worker);
      serving.delete(worker);
      if (isEnding) endIfAlone();
      else if (!wasToEnd) startLater();
    };
    worker.on('exit', forget);
    worker.on('error', () => {
      if (worker.process.pid === undefined) forget();
    });
  };
  const startLater = () => {
    if (haveServed) setTimeout(start, restartMilliseconds);
    else giveUp();
  };
  const endIfAlone = () => {
    if (workers.size + draining.size === 0) process.exit(0);
  };
  const giveUp = () => {
    for (const worker of workers) worker.process.kill('SIGKILL');
    process.exit(1);
  };
  process.on('SIGTERM', () => {
    isEnding = true;
    for (const worker of workers) worker.process.kill('SIGTERM');
    endIfAlone();
  });
  process.on('SIGTTIN', () => {
    wanted += 1;
    say(workersMessage(wanted));
    start();
  });
  process.on('SIGTTOU', () => {
    if (wanted > 1) wanted -= 1;
    say(workersMessage(wanted));
    if (workers.size <= wanted) return;
    const last = [...workers].findLast((worker) => !serving.has(worker)) ?? [...workers].at(-1);
    if (!last) return;
    workers.delete(last);
    draining.add(last);
    last.process.kill('SIGTERM');
  });
  for (let index = 0; index < count; index++) start();
}
