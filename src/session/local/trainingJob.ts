// A training job on this machine: a child process over a folder laid out like /opt/ml. The handle knows only that folder,
// so attaching from a later kernel is the same as having started the job.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type EpochMetrics, parseEpoch, parseNote } from '../../model/training/metrics';
import { type BaseDirectory, baseDirectory, fileChannel, oneHost } from '../../platform/baseDirectory';
import { writeInto } from '../../platform/files';
import { localPath } from '../../platform/localAddress';
import type { Inputs } from '../contract/network';
import type {
  TrainingJob,
  TrainingJobDescription,
  TrainingJobStatus,
  TrainingListener,
} from '../contract/session';
import { endChild, startChild } from './child';
import { describeChildEnd } from './childEnd';
import { createLogReader, type LogReader } from './logReader';
import type { Program } from './record';
import { isRunning, lastLogged, logOf, readLogEnd, readRecord, unlessGone } from './record';
import { untilEnded } from './untilEnded';

const stopGraceSeconds = 120;
const failureReasonLength = 1024;
/** Lines that V8 writes after it reports that memory has run out. */
const nativeStack = /^\s*\d+: 0x|^-+ Native stack trace -+$|^<--- /;

/** Lays out the folder like /opt/ml and starts the job in it. */
export async function startTrainingJob(
  folder: string,
  inputs: Inputs,
  program: Program,
): Promise<TrainingJob> {
  await writeInto(dirname(folder), async () => {
    await layOut(baseDirectory(folder), inputs);
    await startChild(program, folder, { environment: { TRAINING_JOB_NAME: basename(folder) } });
  });
  return openTrainingJob(folder);
}

/** Returns the handle of a job that this kernel or another has started in that folder. */
export function openTrainingJob(folder: string): TrainingJob {
  readRecord(folder);
  const name = basename(folder);
  const seen = seeNothing(folder);
  return {
    name,
    // It ends with its kernel anyway.
    onInterrupt: 'stop',
    describe: () => look(folder, seen),
    wait(listener = {}) {
      const seen = seeNothing(folder);
      return untilEnded('Training job', () => look(folder, seen, listener), listener.signal);
    },
    stop: () => endChild(folder, stopGraceSeconds),
    async delete() {
      await endChild(folder, stopGraceSeconds);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function layOut(directory: BaseDirectory, { channels, hyperparameters }: Inputs): Promise<void> {
  for (const path of [directory.model, directory.output, dirname(directory.hyperparameters)]) {
    await mkdir(path, { recursive: true });
  }
  // SageMaker passes strings only.
  const strings = Object.entries(hyperparameters).map(([name, value]) => [name, String(value)]);
  const inputs = channels.map(({ name }) => [name, fileChannel]);
  await writeJson(directory.hyperparameters, Object.fromEntries(strings));
  await writeJson(directory.inputDataConfig, Object.fromEntries(inputs));
  await writeJson(directory.resourceConfig, oneHost);
  for (const { name, uri } of channels) {
    await mkdir(dirname(directory.channel(name)), { recursive: true });
    await symlink(localPath(uri), directory.channel(name));
  }
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}

/** Log, metrics and status of a job so far. */
interface Seen {
  log: LogReader;
  metrics: EpochMetrics[];
  notes: string[];
  status?: TrainingJobStatus;
}

function seeNothing(folder: string): Seen {
  return { log: createLogReader(logOf(folder)), metrics: [], notes: [] };
}

/** Describes a job and reports news to the listener. Reads the status before the log, so an ended job's log is complete. */
async function look(
  folder: string,
  seen: Seen,
  { onStatus, onLog, onEpoch }: TrainingListener = {},
): Promise<TrainingJobDescription> {
  const directory = baseDirectory(folder);
  const status = statusOf(folder);
  if (status !== seen.status) onStatus?.(status);
  seen.status = status;
  const { startedAt, endedAt } = readRecord(folder);
  const hasEnded = status !== 'InProgress' && status !== 'Stopping';
  await seen.log.read((line) => {
    onLog?.(line);
    const note = parseNote(line);
    if (note !== undefined) seen.notes.push(note);
    const metrics = parseEpoch(line);
    if (!metrics) return;
    seen.metrics.push(metrics);
    onEpoch?.(metrics);
  }, hasEnded);
  const end = endedAt ?? (hasEnded ? await lastLogged(folder) : Date.now());
  const hasArtifact = hasEnded && (await unlessGone(readdir(directory.model), [])).length > 0;
  return {
    name: basename(folder),
    status,
    ...(status === 'Failed' && { failureReason: await readFailureReason(folder) }),
    ...(hasArtifact && { modelArtifact: directory.model }),
    seconds: (end - startedAt) / 1000,
    billableSeconds: 0,
    metrics: [...seen.metrics],
    notes: [...seen.notes],
  };
}

/** Returns the status of the job in that folder. */
export function statusOf(folder: string): TrainingJobStatus {
  const running = isRunning(folder);
  const { exitCode, stopRequested } = readRecord(folder);
  if (running) return stopRequested ? 'Stopping' : 'InProgress';
  if (stopRequested) return 'Stopped';
  return exitCode === 0 ? 'Completed' : 'Failed';
}

async function readFailureReason(folder: string): Promise<string> {
  const { failure } = baseDirectory(folder);
  const log = (await readLogEnd(folder)).split('\n');
  const told = log.filter((line) => line.trim() !== '' && !nativeStack.test(line));
  const end = `${describeChildEnd(readRecord(folder), log)} Its log ends:\n${told.slice(-5).join('\n').trim()}`;
  // On a full disk the file may be empty.
  const reason = (existsSync(failure) && (await readText(failure))) || end;
  return reason.slice(0, failureReasonLength);
}

async function readText(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}
