// What the folder of a job or endpoint remembers of its child process, so that a later kernel can tell what became
// of it: how it was started, what memory it had, whether it was asked to end, how it ended, and its log.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { UserError } from '../../platform/errors';
import { writeWholeSync } from '../../platform/files';
import { memoryLimit } from '../../platform/memory';

/** A Node script that works over the folder in SAGEMAKER_BASE_DIR until it is done or gets a SIGTERM. */
export interface Program {
  script: string;
  args?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Seconds within which the server of an endpoint must answer. @default 60 */
  startUpSeconds?: number;
}

export interface ProcessRecord extends Start, Partial<Memory>, Partial<End> {
  stopRequested: boolean;
}

interface Start {
  pid: number;
  /** The child's SAGEMAKER_BASE_DIR: this folder, as the kernel that started it calls it. */
  baseDirectory: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Where an endpoint answers. */
  url?: string;
  /** What was started, to start it again over another artifact. */
  program?: Program;
}

/** In bytes. Absent where the child did not come to know it. */
interface Memory {
  memoryLimit: number;
  /** Of the part in which JavaScript keeps its objects. */
  heapLimit: number;
}

/** Absent where the child still runs, or where a signal ended it. */
interface End {
  endedAt: number;
  exitCode: number;
}

// One file for each writer: the kernel that starts the child, whoever stops it, and the child itself.
const startFile = 'start.json';
const memoryFile = 'memory.json';
const stopFile = 'stop.json';
const endFile = 'end.json';
const logFile = 'log.txt';

/** That a child was started over the folder. */
export function recordStart(folder: string, start: Start): void {
  writeJson(join(folder, startFile), start);
}

/** That the child was changed while it runs, for the next one. */
export function recordProgram(folder: string, program: Program): void {
  const start = readJson<Start>(join(folder, startFile));
  if (start) recordStart(folder, { ...start, program });
}

/** How much memory this process, the child, may use. */
export function recordMemory(folder: string): void {
  const memory: Memory = { memoryLimit: memoryLimit(), heapLimit: getHeapStatistics().heap_size_limit };
  writeJson(join(folder, memoryFile), memory);
}

/** That the child was asked to end. */
export function recordStop(folder: string): void {
  writeJson(join(folder, stopFile), {});
}

/** That there will be another child, which nobody has asked to end. */
export function forgetEnd(folder: string): void {
  for (const file of [stopFile, endFile]) rmSync(join(folder, file), { force: true });
}

/** That the child has ended by itself. */
export function recordEnd(folder: string, exitCode: number): void {
  const end: End = { endedAt: Date.now(), exitCode };
  if (existsSync(folder)) writeJson(join(folder, endFile), end);
}

/** Throws a {@link UserError} where the folder has no record, which is so when nothing of that name was started. */
export function readRecord(folder: string): ProcessRecord {
  const start = readJson<Start>(join(folder, startFile));
  if (!start) {
    throw new UserError(`Nothing was started under the name "${basename(folder)}" (no record in ${folder}).`);
  }
  const stopRequested = existsSync(join(folder, stopFile));
  const memory = readJson<Memory>(join(folder, memoryFile));
  return { ...start, ...memory, stopRequested, ...readJson<End>(join(folder, endFile)) };
}

/** Whether the folder's child still runs. Its environment is compared too, since process ids are used again. */
export function isRunning(folder: string): boolean {
  const start = readJson<Start>(join(folder, startFile));
  if (!start) return false;
  try {
    const environment = readFileSync(`/proc/${start.pid}/environ`, 'utf8').split('\0');
    return environment.includes(`SAGEMAKER_BASE_DIR=${start.baseDirectory}`);
  } catch {
    return false;
  }
}

/** Whether a child was started over the folder and runs no more. */
export function hasEnded(folder: string): boolean {
  return existsSync(join(folder, startFile)) && !isRunning(folder);
}

/** Where a child's log lies. */
export function logOf(folder: string): string {
  return join(folder, logFile);
}

const endBytes = 65_536;

/** Returns the last lines of the log, 64 KiB at most. */
export async function readLogEnd(folder: string): Promise<string> {
  const log = await unlessGone(open(logOf(folder)), undefined);
  if (!log) return '';
  try {
    const { size } = await log.stat();
    const start = Math.max(0, size - endBytes);
    const { buffer, bytesRead } = await log.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await log.close();
  }
}

/** Returns the log so far. */
export async function readLog(folder: string): Promise<string> {
  return await unlessGone(readFile(logOf(folder), 'utf8'), '');
}

/** When the child last wrote to its log, in milliseconds since the epoch. */
export async function lastLogged(folder: string): Promise<number> {
  const { mtimeMs } = await unlessGone<{ mtimeMs: number }>(stat(logOf(folder)), { mtimeMs: Date.now() });
  return mtimeMs;
}

/** What was read, or `otherwise` where it is not there: a job may be deleted while somebody looks at it. */
export async function unlessGone<Value, Other = Value>(
  reading: Promise<Value>,
  otherwise: Other,
): Promise<Value | Other> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return otherwise;
  }
}

/** Undefined where there is no such file. */
export function readJson<Value>(path: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** In one step, so that no other kernel reads half a file. */
export function writeJson(path: string, value: object): void {
  writeWholeSync(path, JSON.stringify(value));
}
