// The search of a tuning job on this machine, conducted by one kernel at a time.
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeLock } from '../../platform/lock';
import {
  isTuningStopRequested,
  readTuningEnd,
  recordTuningEnd,
  type TrialRecord,
  type TuningEnd,
} from './tuningRecord';
import {
  type Conducting,
  openSearch,
  resumeTrials,
  startNextTrial,
  stopReason,
  stopTrial,
  watchTrial,
} from './tuningTrials';

const pollMilliseconds = 200;
/** Searches that this kernel conducts, or waits to conduct, by folder. */
const conducted = new Map<string, Promise<void>>();

/**
 * Conducts the search until it ends. If another kernel conducts it, waits for its end or takes over when that kernel is
 * gone. Never rejects: an error becomes the tuning job's failure.
 */
export function conduct(folder: string, conducting: Conducting): Promise<void> {
  const known = conducted.get(folder);
  if (known) return known;
  const work = conductAlone(folder, conducting)
    // The folder is gone, or the end cannot be written.
    .catch(() => undefined)
    .finally(() => conducted.delete(folder));
  conducted.set(folder, work);
  return work;
}

async function conductAlone(folder: string, conducting: Conducting): Promise<void> {
  while (existsSync(folder) && !readTuningEnd(folder)) {
    const release = await takeLock(folder);
    if (!release) {
      await rest();
      continue;
    }
    try {
      // It may have ended before the lock was free.
      if (!readTuningEnd(folder)) recordTuningEnd(folder, await search(folder, conducting));
    } catch (error) {
      const { message } = error as Error;
      recordTuningEnd(folder, { status: 'Failed', failureReason: message, endedAt: Date.now() });
    } finally {
      release();
    }
  }
}

/** Does not keep the process alive: a search pauses without its kernel. */
async function rest(): Promise<void> {
  await sleep(pollMilliseconds, undefined, { ref: false });
}

async function search(folder: string, conducting: Conducting): Promise<TuningEnd> {
  const search = await openSearch(folder, conducting);
  const { settings, trials, running } = search;
  await resumeTrials(search);
  for (;;) {
    for (const trial of [...running.keys()]) await watchTrial(search, trial);
    const isStopping = isTuningStopRequested(folder);
    if (isStopping) for (const trial of running.keys()) stopTrial(search, trial, stopReason);
    while (!isStopping && running.size < settings.parallel && trials.length < settings.trials) {
      await startNextTrial(search);
    }
    if (running.size === 0 && (isStopping || trials.length >= settings.trials)) {
      return conclude(trials, isStopping);
    }
    await rest();
  }
}

function conclude(trials: readonly TrialRecord[], wasStopped: boolean): TuningEnd {
  const endedAt = Date.now();
  if (wasStopped) return { status: 'Stopped', endedAt };
  const [first] = trials;
  if (trials.some(({ outcome }) => outcome?.status !== 'Failed')) return { status: 'Completed', endedAt };
  const failureReason = `all ${trials.length} trials failed, the first because: ${first?.outcome?.reason}`;
  return { status: 'Failed', failureReason, endedAt };
}
