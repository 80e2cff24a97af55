// Records of a tuning job in its folder, so that a later kernel can continue: the request, each trial, whether it was asked
// to end, and its end.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../../platform/errors';
import { takeLock } from '../../platform/lock';
import type { Values } from '../contract/searchSpace';
import type { TrainingJobStatus } from '../contract/session';
import type { Trial, UploadedTuning } from '../contract/tuning';
import { readJson, writeJson } from './record';

interface TuningStart {
  request: UploadedTuning;
  /** Milliseconds since the epoch. */
  startedAt: number;
}

export interface TrialRecord {
  name: string;
  hyperparameters: Values;
  startedAt: number;
  /** Reason why the search has stopped it. */
  stopReason?: string;
  /** Result, once it has ended. */
  outcome?: Omit<Trial, 'name' | 'hyperparameters'>;
  /** The objective after each epoch, larger being better. */
  course?: number[];
}

export interface TuningEnd {
  status: TrainingJobStatus;
  failureReason?: string;
  endedAt: number;
}

const startFile = 'tuning.json';
const trialsFile = 'trials.json';
const stopFile = 'stop.json';
const endFile = 'end.json';

export function recordTuning(folder: string, start: TuningStart): void {
  writeJson(join(folder, startFile), start);
}

/** Returns the request. Throws a {@link UserError} if no tuning job was started in that folder. */
export function readTuning(folder: string): TuningStart {
  const start = readJson<TuningStart>(join(folder, startFile));
  if (start) return start;
  throw new UserError(`No tuning job was started under the name "${basename(folder)}".`);
}

export function recordTrials(folder: string, trials: readonly TrialRecord[]): void {
  writeJson(join(folder, trialsFile), trials);
}

/** Returns the trials in the order of their start. */
export function readTrials(folder: string): TrialRecord[] {
  return readJson<TrialRecord[]>(join(folder, trialsFile)) ?? [];
}

export function recordTuningStop(folder: string): void {
  if (existsSync(folder)) writeJson(join(folder, stopFile), {});
}

export function isTuningStopRequested(folder: string): boolean {
  return existsSync(join(folder, stopFile));
}

export function recordTuningEnd(folder: string, end: TuningEnd): void {
  if (existsSync(folder)) writeJson(join(folder, endFile), end);
}

export function readTuningEnd(folder: string): TuningEnd | undefined {
  return readJson<TuningEnd>(join(folder, endFile));
}

/** Lists the names of the tuning jobs in a folder, latest first. */
export function listTuning(parent: string): string[] {
  if (!existsSync(parent)) return [];
  const starts = readdirSync(parent).flatMap((name) => {
    const start = readJson<TuningStart>(join(parent, name, startFile));
    return start ? [{ name, startedAt: start.startedAt }] : [];
  });
  return starts.sort((one, other) => other.startedAt - one.startedAt).map(({ name }) => name);
}

/** Returns whether a kernel, this one or another, conducts the search: it holds the folder's lock. */
export async function isConducted(folder: string): Promise<boolean> {
  if (readTuningEnd(folder) || !existsSync(folder)) return false;
  const release = await takeLock(folder);
  release?.();
  return release === undefined;
}
