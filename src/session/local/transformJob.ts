// A batch transform on this machine: a child process over its own folder, which serves the artifact and sends it the parts.
// The handle knows only that folder, so attaching from a later kernel is the same as having started the job.
import { createReadStream, existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readDescription } from '../../model/artifact';
import { dataFiles, describePassedOver } from '../../platform/dataFiles';
import { UserError } from '../../platform/errors';
import { writeInto, writeWhole } from '../../platform/files';
import { localPath } from '../../platform/localAddress';
import { withLock } from '../../platform/lock';
import type {
  TransformJob,
  TransformJobDescription,
  TransformListener,
  TransformProgress,
  TransformRequest,
} from '../contract/session';
import { linesOf } from '../contract/transform/lines';
import { describeMissing, inOrder, outputOf, typeOfParts } from '../contract/transform/parts';
import { endChild, startChild } from './child';
import { describeChildEnd } from './childEnd';
import type { Program } from './record';
import { forgetEnd, isRunning, lastLogged, readLogEnd, readRecord, unlessGone } from './record';
import { statusOf } from './trainingJob';
import type { TransformTask } from './transformEntry';
import { fileOf } from './transformFolder';
import { untilEnded } from './untilEnded';

const stopGraceSeconds = 60;

/** Starts a batch transform. Checks the request before it prepares the server's program, which may take long. */
export async function startTransformJob(
  folder: string,
  { input, modelArtifact, column }: TransformRequest,
  findProgram: () => Promise<Program>,
): Promise<TransformJob> {
  const source = localPath(input.uri);
  const parts = await listParts(source);
  const task: TransformTask = {
    input: source,
    output: fileOf(folder, 'output'),
    parts,
    type: typeOfParts(parts, column),
    column,
    textColumn: (await readDescription(modelArtifact))?.description.hyperparameters?.text_column,
    modelArtifact,
    program: await findProgram(),
  };
  await writeWhole(fileOf(folder, 'request'), JSON.stringify(task));
  await start(folder);
  return openTransformJob(folder);
}

async function start(folder: string): Promise<void> {
  await writeInto(dirname(folder), async () => {
    await startChild({ script: join(__dirname, 'transformEntry.js') }, folder, { environment: {} });
  });
}

/** Lists the paths of the folder's data in it, or the file's own name. */
async function listParts(source: string): Promise<string[]> {
  const { files, passedOver } = await dataFiles(source);
  if (passedOver.length > 0) console.log(`${source}: ${describePassedOver(passedOver)}`);
  return inOrder(files.map((file) => relative(source, file) || basename(file)));
}

/** Returns the handle of a batch transform that this kernel or another has started in that folder. */
export function openTransformJob(folder: string): TransformJob {
  readRecord(folder);
  return {
    name: basename(folder),
    // It ends with its kernel anyway.
    onInterrupt: 'stop',
    describe: () => describe(folder),
    wait: (listener) => wait(folder, listener),
    stop: () => endChild(folder, stopGraceSeconds),
    resume: () => resume(folder),
    lines: () => readResults(folder),
    async delete() {
      await endChild(folder, stopGraceSeconds);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readTask(folder: string): Promise<TransformTask> {
  return JSON.parse(await readFile(fileOf(folder, 'request'), 'utf8')) as TransformTask;
}

async function describe(folder: string): Promise<TransformJobDescription> {
  const { startedAt, endedAt } = readRecord(folder);
  // First, so that an ended job has its last progress.
  const status = statusOf(folder);
  const { parts, output } = await readTask(folder);
  const hasEnded = !isRunning(folder);
  const end = endedAt ?? (hasEnded ? await lastLogged(folder) : Date.now());
  return {
    name: basename(folder),
    status,
    ...(status === 'Failed' && { failureReason: await readFailure(folder) }),
    output: pathToFileURL(output).href,
    parts: parts.length,
    // Counts files: a killed child may have reported less.
    partsDone: parts.filter((part) => existsSync(join(output, outputOf(part)))).length,
    headlines: await readHeadlines(folder),
    seconds: (end - startedAt) / 1000,
    billableSeconds: 0,
  };
}

async function readHeadlines(folder: string): Promise<number> {
  const text = await unlessGone(readFile(fileOf(folder, 'progress'), 'utf8'), '{}');
  return (JSON.parse(text) as { headlines?: number }).headlines ?? 0;
}

async function readFailure(folder: string): Promise<string> {
  const told = await unlessGone(readFile(fileOf(folder, 'failure'), 'utf8'), '');
  if (told) return told;
  const log = (await readLogEnd(folder)).trim().split('\n');
  return `${describeChildEnd(readRecord(folder), log)} Call resume() to continue. Its log ends:\n${log.slice(-5).join('\n')}`;
}

async function wait(folder: string, listener: TransformListener = {}): Promise<TransformJobDescription> {
  let toldStatus = '';
  let toldProgress = '';
  const look = async () => {
    const description = await describe(folder);
    const { status, parts, partsDone, headlines } = description;
    if (status !== toldStatus) listener.onStatus?.(status);
    toldStatus = status;
    const progress: TransformProgress = { parts, partsDone, headlines };
    const key = JSON.stringify(progress);
    if (key !== toldProgress) listener.onProgress?.(progress);
    toldProgress = key;
    return description;
  };
  return await untilEnded('Batch transform', look, listener.signal);
}

async function resume(folder: string): Promise<void> {
  await withLock(folder, async () => {
    const { parts, partsDone } = await describe(folder);
    if (isRunning(folder) || partsDone === parts) return;
    forgetEnd(folder);
    await rm(fileOf(folder, 'failure'), { force: true });
    await start(folder);
  });
}

async function* readResults(folder: string): AsyncGenerator<string> {
  readRecord(folder);
  const { parts, output } = await readTask(folder);
  const missing = parts.filter((part) => !existsSync(join(output, outputOf(part))));
  if (missing.length > 0) throw new UserError(describeMissing(basename(folder), missing));
  for (const part of parts) yield* linesOf(createReadStream(join(output, outputOf(part))));
}
