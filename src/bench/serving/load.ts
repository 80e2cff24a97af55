// Load on a server from a process of its own: wrk, a load generator in C, as a Debian package of the same name.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';

const script = join(projectFolder, 'src', 'bench', 'serving', 'load.lua');

/** What is sent, over and over. */
export interface LoadBody {
  contentType: string;
  body: string;
}

interface LoadOptions {
  /** How many requests are open at a time. */
  connections: number;
  seconds: number;
  /** How long each connection waits before it asks again, on average. @default 0 */
  pauseMilliseconds?: number;
}

export interface Load {
  requestsPerSecond: number;
  /** Latencies in milliseconds. */
  p50: number;
  p99: number;
  highest: number;
  /** Answers with a status of 400 or more. */
  refused: number;
  /** Connections that failed, and requests without an answer. */
  broken: number;
}

/** Writes what is sent into a file for {@link putUnderLoad}. */
export async function writeBodies(path: string, bodies: readonly LoadBody[]): Promise<void> {
  const lines = bodies.map(
    ({ contentType, body }) => `${contentType}\t${body.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
  );
  await writeFile(path, lines.join(''));
}

/** Sends what {@link writeBodies} has written to /invocations. Throws a {@link UserError} if there is no wrk. */
export async function putUnderLoad(
  url: string,
  bodies: string,
  { connections, seconds, pauseMilliseconds = 0 }: LoadOptions,
): Promise<Load> {
  const settings = [
    '--threads=1',
    `--connections=${connections}`,
    `--duration=${seconds}s`,
    '--timeout=100s',
  ];
  const parameters = [...settings, `--script=${script}`, url, '--', bodies, String(pauseMilliseconds)];
  const env = { ...process.env, ...(pauseMilliseconds > 0 && { LOAD_PAUSES: '1' }) };
  const output = await runWrk(parameters, env);
  const told = JSON.parse(output.trim().split('\n').at(-1) as string) as Record<string, number>;
  const of = (name: string) => told[name] as number;
  return {
    requestsPerSecond: of('requests') / (of('microseconds') / 1e6),
    p50: of('p50') / 1000,
    p99: of('p99') / 1000,
    highest: of('highest') / 1000,
    refused: of('status'),
    broken: of('broken') + of('late'),
  };
}

async function runWrk(parameters: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await promisify(execFile)('wrk', parameters, { env })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError('The load generator wrk is missing: run sudo apt-get install wrk.');
  }
}
