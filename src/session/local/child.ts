// Child processes of the sessions on this machine: started over a new folder of their own, ended politely.
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess } from '../../platform/childStart';
import { UserError } from '../../platform/errors';
import { writeInto } from '../../platform/files';
import { checkName } from '../contract/names';
import { isRunning, logOf, type Program, readRecord, recordStart, recordStop } from './record';

/**
 * Starts a program over a folder; both its outputs go to the folder's log. Throws a {@link UserError} if the system
 * cannot start a process.
 */
export async function startChild(
  program: Program,
  folder: string,
  options: { environment: Readonly<Record<string, string>>; url?: string },
): Promise<ChildProcess> {
  const { script, args = [], environment = {} } = program;
  const log = openSync(logOf(folder), 'a');
  const start = () =>
    fork(script, args, {
      env: { ...process.env, ...environment, SAGEMAKER_BASE_DIR: folder, ...options.environment },
      execArgv: ['--require', join(__dirname, 'endWithParent.js')],
      stdio: ['ignore', log, log, 'ipc'],
      // A process group of its own, so that interrupting a cell does not interrupt the child.
      detached: true,
    });
  const child = await startProcess(basename(script), start).finally(() => closeSync(log));
  child.unref();
  child.channel?.unref();
  recordStart(folder, {
    pid: child.pid as number,
    baseDirectory: folder,
    startedAt: Date.now(),
    ...(options.url && { url: options.url, program }),
  });
  return child;
}

/** Sends SIGTERM, then SIGKILL after the grace period. Resolves when the child has ended. */
export async function endChild(folder: string, graceSeconds: number): Promise<void> {
  if (!isRunning(folder)) return;
  const { pid } = readRecord(folder);
  recordStop(folder);
  send(pid, 'SIGTERM');
  for (let waited = 0; isRunning(folder); waited += 0.05) {
    if (waited > graceSeconds) send(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Sends a signal to the child. */
export function signalChild(folder: string, signal: NodeJS.Signals): void {
  send(readRecord(folder).pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Returns the folder of the job or endpoint of that name. Throws a {@link UserError} for an invalid name. */
export function folderOf(parent: string, name: string): string {
  checkName(name);
  return join(parent, name);
}

/**
 * Starts something in a new folder of that name. Throws a {@link UserError} if the name is taken or invalid. If `start`
 * fails, removes the folder and frees the name.
 */
export async function inNewFolder<Handle>(
  parent: string,
  name: string,
  start: (folder: string) => Promise<Handle>,
): Promise<Handle> {
  const folder = folderOf(parent, name);
  await writeInto(parent, async () => {
    mkdirSync(parent, { recursive: true });
    claim(folder, name);
  });
  try {
    return await start(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function claim(folder: string, name: string): void {
  try {
    // Not recursive, so that only one of two kernels succeeds.
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UserError(`The name "${name}" is taken. Choose another, or leave it out.`, { cause: error });
  }
}
