// The trials of a tuning job on this machine, while one kernel conducts it: starts them, watches them, stops those that take
// too long or are behind, and records each step.
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../platform/errors';
import type { TrainingJob, TrainingJobDescription } from '../contract/jobs';
import { type Dimension, searchSpace } from '../contract/searchSpace';
import { judgeTrial, type Objective, tuningDefaults, type UploadedTuning } from '../contract/tuning';
import { inNewFolder } from './child';
import { propose } from './proposal';
import { isRunning, type Program, readRecord } from './record';
import { courseOf, isBehind, isBelowMedian } from './stopEarly';
import { openTrainingJob, startTrainingJob } from './trainingJob';
import {
  isTuningStopRequested,
  readTrials,
  readTuning,
  recordTrials,
  type TrialRecord,
} from './tuningRecord';

/** Parts of a session that a search needs. */
export interface Conducting {
  /** The folder that holds the training jobs' folders. */
  jobs: string;
  /** Returns the program that runs as a training job. */
  program(instanceType?: string): Promise<Program>;
}

/** A search under way. */
export interface Search {
  folder: string;
  jobs: string;
  program: Program;
  request: UploadedTuning;
  settings: UploadedTuning & Required<Pick<UploadedTuning, keyof typeof tuningDefaults>>;
  space: readonly Dimension[];
  /** In the order of their start. */
  trials: TrialRecord[];
  running: Map<TrialRecord, TrainingJob>;
}

type Outcome = NonNullable<TrialRecord['outcome']>;

const limitReason = 'stopped at its time limit';
const earlyReason = 'stopped early: it was behind the others';
export const stopReason = 'stopped with the tuning job';

/** Reads the search of that folder. Its trials that have not ended are not yet running. */
export async function openSearch(folder: string, { jobs, program }: Conducting): Promise<Search> {
  const { request } = readTuning(folder);
  return {
    folder,
    jobs,
    program: await program(request.instanceType),
    request,
    settings: { ...tuningDefaults, ...request },
    space: searchSpace(request),
    trials: readTrials(folder),
    running: new Map(),
  };
}

/**
 * Takes over the trials that another kernel has started and that end with it: keeps those that came to their own end, and
 * runs the others again.
 */
export async function resumeTrials(search: Search): Promise<void> {
  for (const trial of search.trials.filter(({ outcome }) => !outcome)) {
    const folder = join(search.jobs, trial.name);
    const isOver = hasEndedByItself(folder, trial);
    await openIfThere(folder)?.stop();
    if (isOver || isTuningStopRequested(search.folder)) await watchTrial(search, trial);
    else {
      await rm(folder, { recursive: true, force: true });
      await startTrial(search, trial);
    }
  }
}

/** Proposes the next trial and starts it. */
export async function startNextTrial(search: Search): Promise<void> {
  const { folder, space, trials, settings } = search;
  const tried = trials.map(({ hyperparameters }) => hyperparameters);
  const trial = {
    name: `${basename(folder)}-${String(trials.length + 1).padStart(3, '0')}`,
    hyperparameters: propose(space, tried, settings.seed),
    startedAt: Date.now(),
  };
  trials.push(trial);
  await startTrial(search, trial);
}

async function startTrial(search: Search, trial: TrialRecord): Promise<void> {
  const { jobs, program, request } = search;
  trial.startedAt = Date.now();
  save(search);
  const hyperparameters = { ...request.hyperparameters, ...trial.hyperparameters };
  const { channels } = request;
  try {
    const job = await inNewFolder(jobs, trial.name, (folder) =>
      startTrainingJob(folder, { channels, hyperparameters }, program),
    );
    search.running.set(trial, job);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    finish(search, trial, { status: 'Failed', reason: error.message, seconds: 0, billableSeconds: 0 });
  }
}

/** Reads the state of a trial, records its end, and stops it if it takes too long or is behind. */
export async function watchTrial(search: Search, trial: TrialRecord): Promise<void> {
  const { folder, jobs, running, settings } = search;
  const job = running.get(trial) ?? openIfThere(join(jobs, trial.name));
  const description = await job?.describe().catch(() => undefined);
  if (!description) {
    const end = isTuningStopRequested(folder)
      ? ({ status: 'Stopped', reason: stopReason } as const)
      : ({ status: 'Failed', reason: 'it was deleted' } as const);
    return finish(search, trial, { ...end, seconds: 0, billableSeconds: 0 });
  }
  trial.course = courseOf(description.metrics, settings.objective);
  const { status, seconds } = description;
  if (status !== 'InProgress' && status !== 'Stopping') {
    return finish(search, trial, toOutcome(description, trial, settings.objective));
  }
  if (seconds > settings.maxTrialMinutes * 60) stopTrial(search, trial, limitReason);
  else if (isHopeless(search, trial)) stopTrial(search, trial, earlyReason);
}

function isHopeless({ trials, settings }: Search, trial: TrialRecord): boolean {
  const others = trials.filter((one) => one !== trial);
  const coursesOf = (some: readonly TrialRecord[]) => some.map(({ course = [] }) => course);
  if (settings.strategy === 'hyperband') return isBehind(trial.course ?? [], coursesOf(others));
  if (!settings.earlyStopping) return false;
  return isBelowMedian(trial.course ?? [], coursesOf(others.filter(({ outcome }) => outcome)));
}

/** Asks a trial to stop. A later look records its end. */
export function stopTrial(search: Search, trial: TrialRecord, reason: string): void {
  if (trial.stopReason !== undefined) return;
  trial.stopReason = reason;
  save(search);
  search.running
    .get(trial)
    ?.stop()
    .catch(() => undefined);
}

function finish(search: Search, trial: TrialRecord, outcome: Outcome): void {
  trial.outcome = outcome;
  search.running.delete(trial);
  save(search);
}

function save({ folder, trials }: Search): void {
  recordTrials(folder, trials);
}

function toOutcome(
  { status, failureReason, modelArtifact, seconds, metrics }: TrainingJobDescription,
  { stopReason }: TrialRecord,
  objective: Objective,
): Outcome {
  const reason = failureReason ?? (status === 'Stopped' ? (stopReason ?? 'stopped') : undefined);
  return {
    ...(reason !== undefined && { reason }),
    ...(modelArtifact !== undefined && { modelArtifact }),
    ...judgeTrial(status, objective, metrics.at(-1)?.[objective]),
    seconds,
    billableSeconds: 0,
  };
}

function openIfThere(job: string): TrainingJob | undefined {
  try {
    return openTrainingJob(job);
  } catch {
    return undefined;
  }
}

/** Returns whether a trial came to its own end, rather than to that of its kernel. */
function hasEndedByItself(job: string, { stopReason }: TrialRecord): boolean {
  if (!openIfThere(job) || isRunning(job)) return false;
  const { exitCode, stopRequested } = readRecord(job);
  return exitCode !== undefined && (!stopRequested || stopReason !== undefined);
}
