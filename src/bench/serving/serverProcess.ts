// A server under measurement, in a process of its own: from its start to the first 200 on /ping, its memory, its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../platform/errors';
import { findFreePort } from '../../session/local/server';

export interface ServerCommand {
  /** Gets the port. */
  command: (port: number) => readonly string[];
  environment?: (port: number) => Readonly<Record<string, string>>;
}

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  /** From the process's start to the first 200 on /ping. */
  readonly startSeconds: number;
  /** What all its processes hold in memory (RSS), in MB. */
  megabytes(): number;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | null>;
}

const startSeconds = 120;
const pollMilliseconds = 2;
const graceSeconds = 30;

/** Starts a server and waits for the first 200 on /ping. Throws a {@link UserError} if it does not come. */
export async function startServer({ command, environment }: ServerCommand): Promise<RunningServer> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const [file = '', ...parameters] = command(port);
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ...environment?.(port) };
  const begun = performance.now();
  const child = spawn(file, parameters, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  while ((await ping(url)) !== 200) {
    const isLate = performance.now() - begun > 1000 * startSeconds;
    if (child.exitCode !== null || isLate) {
      child.kill('SIGKILL');
      throw new UserError(`${file} ${parameters.join(' ')} did not answer /ping with 200.`);
    }
    await sleep(pollMilliseconds);
  }
  const pid = child.pid as number;
  return {
    url,
    pid,
    startSeconds: (performance.now() - begun) / 1000,
    megabytes: () => familyOf(pid).reduce((sum, member) => sum + residentKilobytes(member), 0) / 1024,
    stop: () => stop(child, ended),
  };
}

async function stop(child: ChildProcess, ended: Promise<unknown[]>): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 1000 * graceSeconds);
  await ended;
  clearTimeout(killing);
  return child.exitCode;
}

/** The status of /ping, or 0 where nobody answers. */
export async function ping(url: string): Promise<number> {
  return await new Promise((resolve) => {
    const request = get(`${url}/ping`, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', () => resolve(0));
  });
}

/** The process and those that it has started, and so on. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
