// Child processes of the process session: started over a folder, remembered in a record there, ended politely.
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from './errors';

/** What a folder remembers of its child process, so that a later kernel can tell what became of it. */
export interface ChildRecord {
  pid: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt?: number;
  /** Absent where a signal ended it. */
  exitCode?: number;
  stopRequested?: true;
  /** Where an endpoint answers. */
  url?: string;
}

const containerFolder = join(__dirname, '..', 'container');
const logFile = 'log.txt';
const recordFile = 'record.json';

/** Starts container/train or container/serve over a folder; both its outputs go to the folder's log. */
export function startChild(
  program: 'train' | 'serve',
  folder: string,
  options: { environment?: Record<string, string>; url?: string } = {},
): ChildProcess {
  const log = openSync(join(folder, logFile), 'a');
  const child = fork(join(containerFolder, program), {
    env: { ...process.env, SAGEMAKER_BASE_DIR: folder, ...options.environment },
    execArgv: ['--require', join(__dirname, 'endWithParent.js')],
    stdio: ['ignore', log, log, 'ipc'],
    // A process group of its own, so that interrupting a cell does not interrupt the child.
    detached: true,
  });
  closeSync(log);
  child.unref();
  child.channel?.unref();
  writeRecord(folder, {
    pid: child.pid as number,
    startedAt: Date.now(),
    ...(options.url && { url: options.url }),
  });
  child.once('exit', (code) => {
    if (!existsSync(folder)) return;
    writeRecord(folder, {
      ...readRecord(folder),
      endedAt: Date.now(),
      ...(code !== null && { exitCode: code }),
    });
  });
  return child;
}

/** Throws a {@link UserError} where the folder has no record, which is so when nothing of that name was started. */
export function readRecord(folder: string): ChildRecord {
  try {
    return JSON.parse(readFileSync(join(folder, recordFile), 'utf8'));
  } catch {
    throw new UserError(`Nothing was started under the name "${basename(folder)}" (no record in ${folder}).`);
  }
}

function writeRecord(folder: string, record: ChildRecord): void {
  writeFileSync(join(folder, recordFile), JSON.stringify(record));
}

/** Whether the folder's child still runs. Its environment is compared too, since process ids are used again. */
export function isRunning(folder: string): boolean {
  if (!existsSync(join(folder, recordFile))) return false;
  const { pid, endedAt } = readRecord(folder);
  if (endedAt !== undefined) return false;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`SAGEMAKER_BASE_DIR=${folder}`);
  } catch {
    return false;
  }
}

/** SIGTERM, then SIGKILL after the grace that SageMaker gives. Resolves when the child has ended. */
export async function endChild(folder: string, graceSeconds: number): Promise<void> {
  if (!isRunning(folder)) return;
  const record = readRecord(folder);
  writeRecord(folder, { ...record, stopRequested: true });
  process.kill(record.pid, 'SIGTERM');
  for (let waited = 0; isRunning(folder); waited += 0.05) {
    if (waited > graceSeconds) process.kill(record.pid, 'SIGKILL');
    await sleep(50);
  }
}

/** The folder's log so far. */
export async function readLog(folder: string): Promise<string> {
  return await readFile(join(folder, logFile), 'utf8');
}

/** Creates the folder of a new job or endpoint. Throws a {@link UserError} where the name is taken or unfit. */
export function claimFolder(parent: string, name: string): string {
  if (!/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/.test(name)) {
    throw new UserError(
      `"${name}" is no name for SageMaker: use 1 to 63 letters, digits and, between them, hyphens.`,
    );
  }
  const folder = join(parent, name);
  if (existsSync(folder))
    throw new UserError(`The name "${name}" is taken. Choose another, or leave it out.`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
