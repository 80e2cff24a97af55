// The search of a tuning job on this machine, conducted by one kernel at a time: starts trials, sees how they do, stops
// those that are not worth going on with or take too long, and writes down each step.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../platform/errors';
import { takeLock } from '../../platform/lock';
import { type Dimension, searchSpace, type Values } from '../contract/searchSpace';
import type { TrainingJob, TrainingJobDescription } from '../contract/session';
import {
  isMaximised,
  judgeTrial,
  type Objective,
  type TuningRequest,
  tuningDefaults,
} from '../contract/tuning';
import { inNewFolder } from './child';
import { type Known, propose } from './proposal';
import type { Program } from './record';
import { isRunning, readRecord } from './record';
import { courseOf, isBehind, isBelowMedian } from './stopEarly';
import { openTrainingJob, startTrainingJob } from './trainingJob';
import {
  isTuningStopRequested,
  readTrials,
  readTuning,
  readTuningEnd,
  recordTrials,
  recordTuningEnd,
  type TrialRecord,
  type TuningEnd,
} from './tuningRecord';

/** What a search needs of its session. */
export interface Conducting {
  /** The folder that holds the training jobs' folders. */
  jobs: string;
  /** What runs as a training job. */
  program(instanceType?: string): Promise<Program>;
}

const pollMilliseconds = 200;
const limitReason = 'stopped at its time limit';
const stopReason = 'stopped with the tuning job';
const earlyReason = 'stopped early: it was behind the others';
/** By folder: what this kernel conducts, or waits to conduct. */
const conducted = new Map<string, Promise<void>>();

/**
 * Conducts the search until it has ended, unless it has. Where another kernel does that, waits for its end or takes over
 * when that kernel is gone. Never rejects: what goes wrong is the tuning job's failure.
 */
export function conduct(folder: string, conducting: Conducting): Promise<void> {
  const known = conducted.get(folder);
  if (known) return known;
  const work = conductAlone(folder, conducting)
    // The folder is gone, or no end can be written into it.
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

/** Does not keep the process alive: without its kernel, a search rests. */
async function rest(): Promise<void> {
  await sleep(pollMilliseconds, undefined, { ref: false });
}

async function search(folder: string, { jobs, program: prepare }: Conducting): Promise<TuningEnd> {
  const { request } = readTuning(folder);
  const settings = { ...tuningDefaults, ...request };
  const space = searchSpace(request);
  const trials = readTrials(folder);
  const running = new Map<TrialRecord, TrainingJob>();
  const program = await prepare(request.instanceType);
  const save = () => recordTrials(folder, trials);

  // Those that another kernel has started. They are about to end with it.
  for (const trial of trials.filter(({ outcome }) => !outcome)) {
    const isOver = hasEndedByItself(join(jobs, trial.name), trial);
    await openIfThere(join(jobs, trial.name))?.stop();
    if (isOver || isTuningStopRequested(folder)) await see(trial);
    else {
      await rm(join(jobs, trial.name), { recursive: true, force: true });
      await start(trial);
    }
  }
  for (;;) {
    for (const trial of [...running.keys()]) await see(trial);
    const isStopping = isTuningStopRequested(folder);
    if (isStopping) for (const trial of running.keys()) stop(trial, stopReason);
    while (!isStopping && running.size < settings.parallel && trials.length < settings.trials) {
      const hyperparameters = next(space, trials, settings);
      const name = `${basename(folder)}-${String(trials.length + 1).padStart(3, '0')}`;
      const trial = { name, hyperparameters, startedAt: Date.now() };
      trials.push(trial);
      await start(trial);
    }
    if (running.size === 0 && (isStopping || trials.length >= settings.trials)) {
      return conclude(trials, isStopping);
    }
    await rest();
  }

  async function start(trial: TrialRecord): Promise<void> {
    trial.startedAt = Date.now();
    save();
    const hyperparameters = { ...request.hyperparameters, ...trial.hyperparameters };
    const { channels } = request;
    try {
      const job = await inNewFolder(jobs, trial.name, (job) =>
        startTrainingJob(job, { channels, hyperparameters }, program),
      );
      running.set(trial, job);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      finish(trial, { status: 'Failed', reason: error.message, seconds: 0, billableSeconds: 0 });
    }
  }

  /** Looks at a trial, writes down its end, and stops it where it takes too long or is behind. */
  async function see(trial: TrialRecord): Promise<void> {
    const job = running.get(trial) ?? openIfThere(join(jobs, trial.name));
    const description = await job?.describe().catch(() => undefined);
    if (!description) {
      const end = isTuningStopRequested(folder)
        ? ({ status: 'Stopped', reason: stopReason } as const)
        : ({ status: 'Failed', reason: 'it was deleted' } as const);
      return finish(trial, { ...end, seconds: 0, billableSeconds: 0 });
    }
    trial.course = courseOf(description.metrics, settings.objective);
    const { status, seconds } = description;
    if (status !== 'InProgress' && status !== 'Stopping') {
      return finish(trial, toOutcome(description, trial, settings.objective));
    }
    if (seconds > settings.maxTrialMinutes * 60) stop(trial, limitReason);
    else if (isHopeless(trial)) stop(trial, earlyReason);
  }

  function isHopeless(trial: TrialRecord): boolean {
    const others = trials.filter((one) => one !== trial);
    const coursesOf = (some: readonly TrialRecord[]) => some.map(({ course = [] }) => course);
    if (settings.strategy === 'hyperband') return isBehind(trial.course ?? [], coursesOf(others));
    if (!settings.earlyStopping) return false;
    return isBelowMedian(trial.course ?? [], coursesOf(others.filter(({ outcome }) => outcome)));
  }

  function stop(trial: TrialRecord, reason: string): void {
    if (trial.stopReason !== undefined) return;
    trial.stopReason = reason;
    save();
    // Its end is seen like any other.
    running
      .get(trial)
      ?.stop()
      .catch(() => undefined);
  }

  function finish(trial: TrialRecord, outcome: NonNullable<TrialRecord['outcome']>): void {
    trial.outcome = outcome;
    running.delete(trial);
    save();
  }
}

function next(
  space: readonly Dimension[],
  trials: readonly TrialRecord[],
  { objective, strategy, seed }: Required<Pick<TuningRequest, 'objective' | 'strategy' | 'seed'>>,
): Values {
  const sign = isMaximised(objective) ? 1 : -1;
  const known = trials.map(({ hyperparameters, outcome }): Known => {
    const score = outcome?.objective === undefined ? {} : { score: sign * outcome.objective };
    return { values: hyperparameters, ...score, hasEnded: outcome !== undefined };
  });
  return propose(space, known, { seed, learns: strategy === 'bayesian' });
}

function toOutcome(
  { status, failureReason, modelArtifact, seconds, metrics }: TrainingJobDescription,
  { stopReason }: TrialRecord,
  objective: Objective,
): NonNullable<TrialRecord['outcome']> {
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

/** Whether a trial that no kernel conducts came to its own end, rather than to that of its kernel. */
function hasEndedByItself(job: string, { stopReason }: TrialRecord): boolean {
  if (!openIfThere(job) || isRunning(job)) return false;
  const { exitCode, stopRequested } = readRecord(job);
  return exitCode !== undefined && (!stopRequested || stopReason !== undefined);
}

function conclude(trials: readonly TrialRecord[], wasStopped: boolean): TuningEnd {
  const endedAt = Date.now();
  if (wasStopped) return { status: 'Stopped', endedAt };
  const [first] = trials;
  if (trials.some(({ outcome }) => outcome?.status !== 'Failed')) return { status: 'Completed', endedAt };
  const failureReason = `all ${trials.length} trials failed, the first because: ${first?.outcome?.reason}`;
  return { status: 'Failed', failureReason, endedAt };
}
