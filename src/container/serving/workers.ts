// Step 8: several processes that serve on one port. One that is killed is started anew; the others answer meanwhile.
import cluster, { type Worker } from 'node:cluster';
import { setTimeout } from 'node:timers';
import { isListening, tellListening } from '../../platform/listening';

/** Before a worker is started anew, so that one that ends at once does not keep the machine busy. */
const restartMilliseconds = 500;

/** What a worker says when /ping answers 200. */
const ready = 'ready';

/** Returns undefined where the system starts no process. */
function forkWorker(): Worker | undefined {
  try {
    return cluster.fork();
  } catch (error) {
    console.error(`A worker cannot be started: ${(error as Error).message}`);
    return undefined;
  }
}

/** Told by a worker when it serves. Nothing happens in a process that is none. */
export function isServing(): void {
  if (cluster.isWorker) process.send?.(ready);
}

/**
 * Starts so many workers, each of which runs this process's program, and keeps as many running. SIGTTIN adds one and
 * SIGTTOU takes one away, which drains first; the last one stays. SIGTERM is passed on, and ends this process when all
 * have drained. Where the first ones cannot begin to serve, it ends with exit code 1.
 */
export function keepWorkers(count: number): void {
  /** Those that drain are not among them any more. */
  const workers = new Set<Worker>();
  const draining = new Set<Worker>();
  let wanted = count;
  let isEnding = false;
  let haveServed = false;
  // Each accepts by itself: a connection handed to one that has just been killed would be left hanging. Set
  // before setupPrimary(), after which it changes nothing.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  // Without this process's own preloaded files, which are of the process as a whole.
  cluster.setupPrimary({ execArgv: [] });

  const start = () => {
    if (isEnding || workers.size >= wanted) return;
    const worker = forkWorker();
    if (!worker) return startLater();
    workers.add(worker);
    worker.on('message', (message) => {
      haveServed ||= message === ready;
      if (isListening(message)) tellListening();
    });
    const forget = () => {
      const wasToEnd = draining.delete(worker);
      workers.delete(worker);
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
    start();
  });
  process.on('SIGTTOU', () => {
    if (wanted === 1) return;
    wanted -= 1;
    const [last] = [...workers].slice(wanted);
    if (!last) return;
    workers.delete(last);
    draining.add(last);
    last.process.kill('SIGTERM');
  });
  for (let index = 0; index < count; index++) start();
}
