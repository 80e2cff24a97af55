// A training job on this machine: a child process over a folder laid out like /opt/ml. The handle knows nothing but
// that folder, so that attaching from a later kernel is the same as having started it.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BaseDirectory, baseDirectory } from './baseDirectory';
import { UserError } from './errors';
import { formatBytes } from './format';
import { endChild, type Program, startChild } from './localChild';
import { isRunning, lastLogged, type ProcessRecord, readLog, readRecord, unlessGone } from './localRecord';
import { parseEpoch, parseNote } from './metrics';
import type {
  TrainingJob,
  TrainingJobDescription,
  TrainingJobStatus,
  TrainingListener,
  TrainingRequest,
} from './session';
import { writeInto } from './writing';

const stopGraceSeconds = 120;
const pollMilliseconds = 100;
const failureReasonLength = 1024;
/** As SageMaker describes a channel in inputdataconfig.json, and a single machine in resourceconfig.json. */
const fileMode = {
  TrainingInputMode: 'File',
  S3DistributionType: 'FullyReplicated',
  RecordWrapperType: 'None',
};
const oneHost = { current_host: 'algo-1', hosts: ['algo-1'], network_interface_name: 'eth0' };
/** What V8 writes after the line that says that there is no more memory. */
const nativeStack = /^\s*\d+: 0x|^-+ Native stack trace -+$|^<--- /;

/** Lays out the folder like /opt/ml and starts the job in it. */
export async function startTrainingJob(
  folder: string,
  { channels, hyperparameters = {} }: Omit<TrainingRequest, 'name'>,
  program: Program,
): Promise<TrainingJob> {
  await writeInto(dirname(folder), async () => {
    await layOut(baseDirectory(folder), channels, hyperparameters);
    startChild(program, folder, { environment: { TRAINING_JOB_NAME: basename(folder) } });
  });
  return openTrainingJob(folder);
}

/** The handle of a job that was started in that folder, by this kernel or another. */
export function openTrainingJob(folder: string): TrainingJob {
  readRecord(folder);
  const name = basename(folder);
  return {
    name,
    // It would end with its kernel anyway.
    onInterrupt: 'stop',
    describe: async () => (await look(folder)).description,
    wait: (listener) => wait(folder, listener),
    stop: () => endChild(folder, stopGraceSeconds),
    async delete() {
      await endChild(folder, stopGraceSeconds);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function layOut(
  directory: BaseDirectory,
  channels: TrainingRequest['channels'],
  hyperparameters: Readonly<Record<string, string | number>>,
): Promise<void> {
  for (const path of [directory.model, directory.output, dirname(directory.hyperparameters)]) {
    await mkdir(path, { recursive: true });
  }
  // SageMaker passes strings only.
  const strings = Object.entries(hyperparameters).map(([name, value]) => [name, String(value)]);
  const inputs = channels.map(({ name }) => [name, fileMode]);
  await writeJson(directory.hyperparameters, Object.fromEntries(strings));
  await writeJson(directory.inputDataConfig, Object.fromEntries(inputs));
  await writeJson(directory.resourceConfig, oneHost);
  for (const { name, uri } of channels) {
    await mkdir(dirname(directory.channel(name)), { recursive: true });
    await symlink(fileURLToPath(uri), directory.channel(name));
  }
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}

/** What is known of a job, and the whole lines of its log; read after its status, so that an ended job's log is whole. */
async function look(folder: string): Promise<{ description: TrainingJobDescription; lines: string[] }> {
  const directory = baseDirectory(folder);
  const status = statusOf(folder);
  const { startedAt, endedAt } = readRecord(folder);
  const lines = (await readLog(folder)).split('\n');
  const hasEnded = status !== 'InProgress' && status !== 'Stopping';
  const end = endedAt ?? (hasEnded ? await lastLogged(folder) : Date.now());
  const hasArtifact = hasEnded && (await unlessGone(readdir(directory.model), [])).length > 0;
  const description: TrainingJobDescription = {
    name: basename(folder),
    status,
    ...(status === 'Failed' && { failureReason: await readFailureReason(folder, lines) }),
    ...(hasArtifact && { modelArtifact: directory.model }),
    seconds: (end - startedAt) / 1000,
    billableSeconds: 0,
    metrics: lines.flatMap((line) => parseEpoch(line) ?? []),
    notes: lines.flatMap((line) => parseNote(line) ?? []),
  };
  return { description, lines: lines.slice(0, -1) };
}

/** How the job of that folder stands, whatever its child does. */
export function statusOf(folder: string): TrainingJobStatus {
  const running = isRunning(folder);
  const { exitCode, stopRequested } = readRecord(folder);
  if (running) return stopRequested ? 'Stopping' : 'InProgress';
  if (stopRequested) return 'Stopped';
  return exitCode === 0 ? 'Completed' : 'Failed';
}

async function readFailureReason(folder: string, log: readonly string[]): Promise<string> {
  const { failure } = baseDirectory(folder);
  const told = log.filter((line) => line.trim() !== '' && !nativeStack.test(line));
  const record = readRecord(folder);
  const killed = record.exitCode === undefined ? `It was ${describeKill(record, log)}. ` : '';
  const end = `${killed}Its log ends:\n${told.slice(-5).join('\n').trim()}`;
  // On a full disk the file may be there and empty.
  const reason = (existsSync(failure) && (await readText(failure))) || end;
  return reason.slice(0, failureReasonLength);
}

/** What may have ended a process that did not end by itself, with the figure where it is known. */
function describeKill({ memoryLimit, heapLimit = Infinity }: ProcessRecord, log: readonly string[]): string {
  const killed = 'killed, as when memory runs out';
  // V8 also says "heap out of memory" where the system gives no more to a heap that is far from its limit.
  const isHeapFull = log.some((line) => /heap limit.*heap out of memory/.test(line));
  if (isHeapFull && heapLimit < (memoryLimit ?? Infinity)) {
    const more = 'NODE_OPTIONS=--max-old-space-size=MEGABYTES sets it';
    return `${killed}: its limit for JavaScript's objects is ${formatBytes(heapLimit)}, and ${more}`;
  }
  return memoryLimit === undefined ? killed : `${killed}: it may use ${formatBytes(memoryLimit)} here`;
}

async function readText(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}

async function wait(folder: string, listener: TrainingListener = {}): Promise<TrainingJobDescription> {
  let seen = 0;
  let told = '';
  for (;;) {
    listener.signal?.throwIfAborted();
    const { description, lines } = await look(folder);
    if (description.status !== told) listener.onStatus?.(description.status);
    told = description.status;
    for (const line of lines.slice(seen)) {
      listener.onLog?.(line);
      const metrics = parseEpoch(line);
      if (metrics) listener.onEpoch?.(metrics);
    }
    seen = lines.length;
    if (description.status === 'Failed') {
      throw new UserError(`Training job ${description.name} failed: ${description.failureReason}`);
    }
    if (description.status === 'Completed' || description.status === 'Stopped') return description;
    await sleep(pollMilliseconds);
  }
}
