// A tuning job on this machine: trials are training jobs of the session, and the kernel conducts the search. The handle
// knows only its folder. A kernel that attaches to a search without a conductor takes it over.
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../platform/errors';
import { writeInto } from '../../platform/files';
import type {
  Trial,
  TuningJob,
  TuningJobDescription,
  TuningSettings,
  UploadedTuning,
} from '../contract/tuning';
import { bestOf, tellChanges, tuningDefaults } from '../contract/tuning';
import { hasEnded } from './record';
import { openTrainingJob } from './trainingJob';
import {
  isTuningStopRequested,
  readTrials,
  readTuning,
  readTuningEnd,
  recordTuning,
  recordTuningStop,
  type TrialRecord,
} from './tuningRecord';
import { conduct } from './tuningSearch';
import type { Conducting } from './tuningTrials';
import { untilEnded } from './untilEnded';

const pollMilliseconds = 200;

/** Starts the search in a new folder and returns at once. */
export async function startTuningJob(
  folder: string,
  request: UploadedTuning,
  conducting: Conducting,
): Promise<TuningJob> {
  await writeInto(folder, async () => recordTuning(folder, { request, startedAt: Date.now() }));
  return openTuningJob(folder, conducting);
}

/** Throws a {@link UserError} for a strategy that needs AWS. */
export function checkLocalStrategy({ strategy }: Pick<TuningSettings, 'strategy'>): void {
  if (strategy !== 'bayesian') return;
  throw new UserError(
    'strategy "bayesian" is SageMaker\'s and runs on AWS only. On this machine leave it out for random, or choose hyperband.',
  );
}

/** Returns the handle of the tuning job in that folder, and conducts its search if no other kernel does. */
export function openTuningJob(folder: string, conducting: Conducting): TuningJob {
  readTuning(folder);
  void conduct(folder, conducting);
  const name = basename(folder);
  const stop = async () => {
    recordTuningStop(folder);
    // The search does not keep the process alive; this wait for its end does.
    const awake = setInterval(() => undefined, pollMilliseconds);
    await conduct(folder, conducting).finally(() => clearInterval(awake));
  };
  return {
    name,
    // The search pauses without its kernel anyway.
    onInterrupt: 'stop',
    describe: async () => describe(folder),
    wait(listener = {}) {
      const tell = tellChanges(listener);
      const look = () => {
        const description = describe(folder);
        tell(description);
        return description;
      };
      return untilEnded('Tuning job', look, listener.signal);
    },
    stop: async () => {
      if (!readTuningEnd(folder)) await stop();
    },
    async delete() {
      await stop();
      for (const { name } of readTrials(folder)) {
        const job = join(conducting.jobs, name);
        if (hasEnded(job)) await openTrainingJob(job).delete();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function describe(folder: string): TuningJobDescription {
  const { request, startedAt } = readTuning(folder);
  const { objective, trials: plannedTrials } = { ...tuningDefaults, ...request };
  const end = readTuningEnd(folder);
  const trials = readTrials(folder).map(toTrial);
  const best = bestOf(trials, objective);
  const status = end?.status ?? (isTuningStopRequested(folder) ? 'Stopping' : 'InProgress');
  return {
    name: basename(folder),
    status,
    ...(end?.failureReason !== undefined && { failureReason: end.failureReason }),
    objective,
    plannedTrials,
    trials,
    ...(best && { best }),
    seconds: ((end?.endedAt ?? Date.now()) - startedAt) / 1000,
  };
}

function toTrial({ name, hyperparameters, startedAt, stopReason, outcome }: TrialRecord): Trial {
  if (outcome) return { name, hyperparameters, ...outcome };
  const status = stopReason === undefined ? 'InProgress' : 'Stopping';
  return { name, hyperparameters, status, seconds: (Date.now() - startedAt) / 1000, billableSeconds: 0 };
}
