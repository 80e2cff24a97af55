// Records of a child process in the folder of its job or endpoint, so that a later kernel can tell what became of it: its
// start, its memory, whether it was asked to end, its end, and its log.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
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
  /** Address of an endpoint. */
  url?: string;
  /** Program of an endpoint, to restart it over another artifact. */
  program?: Program;
}

/** Bytes. Absent if the child ended before it measured them. */
interface Memory {
  memoryLimit: number;
  /** Limit of the JavaScript heap. */
  heapLimit: number;
}

/** Absent while the child runs, and if a signal ended it. */
interface End {
  endedAt: number;
  exitCode: number;
}

// One file for each writer: the kernel that starts the child, the kernel that stops it, and the child itself.
const startFile = 'start.json';
const memoryFile = 'memory.json';
const stopFile = 'stop.json';
const endFile = 'end.json';
const logFile = 'log.txt';

/** Records the start of a child over the folder. */
export function recordStart(folder: string, start: Start): void {
  writeJson(join(folder, startFile), start);
}

/** Records a change of the running program, for the next start. */
export function recordProgram(folder: string, program: Program): void {
  const start = readJson<Start>(join(folder, startFile));
  if (start) recordStart(folder, { ...start, program });
}

/** Records how much memory this process, the child, may use. */
export function recordMemory(folder: string): void {
  const memory: Memory = { memoryLimit: memoryLimit(), heapLimit: getHeapStatistics().heap_size_limit };
  writeJson(join(folder, memoryFile), memory);
}

/** Records that the child was asked to end. */
export function recordStop(folder: string): void {
  writeJson(join(folder, stopFile), {});
}

/** Removes the record of the end, before another child starts. */
export function forgetEnd(folder: string): void {
  for (const file of [stopFile, endFile]) rmSync(join(folder, file), { force: true });
}

/** Records the child's exit code. */
export function recordEnd(folder: string, exitCode: number): void {
  const end: End = { endedAt: Date.now(), exitCode };
  if (existsSync(folder)) writeJson(join(folder, endFile), end);
}

/** Returns the record. Throws a {@link UserError} if the folder has none, because nothing of that name was started. */
export function readRecord(folder: string): ProcessRecord {
  const start = readJson<Start>(join(folder, startFile));
  if (!start) {
    throw new UserError(`Nothing was started under the name "${basename(folder)}" (no record in ${folder}).`);
  }
  const stopRequested = existsSync(join(folder, stopFile));
  const memory = readJson<Memory>(join(folder, memoryFile));
  return { ...start, ...memory, stopRequested, ...readJson<End>(join(folder, endFile)) };
}

/** Returns whether the folder's child runs. Compares its environment, since process ids are reused. */
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

/** Returns whether a child was started over the folder and has ended. */
export function hasEnded(folder: string): boolean {
  return existsSync(join(folder, startFile)) && !isRunning(folder);
}

/** Returns the path of a child's log. */
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

/** Returns when the child last wrote to its log, in milliseconds since the epoch. */
export async function lastLogged(folder: string): Promise<number> {
  const { mtimeMs } = await unlessGone<{ mtimeMs: number }>(stat(logOf(folder)), { mtimeMs: Date.now() });
  return mtimeMs;
}

/** Resolves to the value, or to `otherwise` if the file is missing: a job may be deleted while it is read. */
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

/** Returns the parsed file, or undefined if it is missing or not JSON. */
export function readJson<Value>(path: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Writes in one step, so that no other kernel reads half a file. */
export function writeJson(path: string, value: object): void {
  writeWholeSync(path, JSON.stringify(value));
}
