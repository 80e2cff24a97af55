// The process behind an endpoint on this machine: starts it on a free port, watches it until it answers, and restarts it on
// the same port.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterFailure, UserError } from '../../platform/errors';
import { fetchWithin } from '../../platform/fetchWithin';
import { watchListening } from '../../platform/listening';
import { describeEnd } from '../../platform/processEnd';
import { endChild, startChild } from './child';
import { describeChildEnd } from './childEnd';
import type { Program } from './record';
import { forgetEnd, isRunning, readLogEnd, readRecord } from './record';

export const stopGraceSeconds = 30;
const defaultStartUpSeconds = 60;
/** SageMaker's timeout of /ping. */
const pingSeconds = 2;
/** Number of ports tried if other programs take them. */
const mostPorts = 5;

/** Serves the folder's artifact. Tries another port if a program has taken the first one meanwhile. */
export async function startOnFreePort(folder: string, program: Program): Promise<void> {
  for (let left = mostPorts; ; left--) {
    const port = await findFreePort();
    try {
      return await start(folder, program, port);
    } catch (error) {
      if (left === 1 || (await isFree(port))) throw error;
    }
  }
}

/** Serves the folder's artifact on that port and resolves when /ping answers 200. */
async function start(folder: string, program: Program, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const environment = { SAGEMAKER_BIND_TO_PORT: String(port), BIND_ADDRESS: '127.0.0.1' };
  forgetEnd(folder);
  const child = await startChild(program, folder, { environment, url });
  await untilHealthy(folder, { url, hasBound: watchListening(child), ...program });
}

/**
 * Ends the endpoint's process and starts the program on its port. If that does not become healthy, starts the previous
 * program again and throws the error.
 */
export async function restart(
  folder: string,
  program: Program,
  {
    before = async () => undefined,
    back = async () => undefined,
  }: { before?: () => Promise<void>; back?: () => Promise<void> } = {},
): Promise<void> {
  const { url, program: last } = expectRunning(folder);
  const port = Number(new URL(url).port);
  await endChild(folder, stopGraceSeconds);
  try {
    await before();
    await start(folder, program, port);
  } catch (error) {
    throw await afterFailure(error, async () => {
      await back();
      await start(folder, last, port);
    });
  }
}

/** Returns address and program of the endpoint in that folder. Throws a {@link UserError} if it has ended. */
export function expectRunning(folder: string): { url: string; program: Program } {
  const record = readRecord(folder);
  const { url, program, stopRequested } = record;
  if (url !== undefined && program !== undefined && isRunning(folder)) return { url, program };
  const how = stopRequested ? 'ended with its kernel' : describeEnd(record);
  throw new UserError(`Endpoint ${basename(folder)} is not running: it ${how}. Deploy the artifact again.`);
}

interface Starting {
  url: string;
  /** Returns whether the child has bound the port: until then, another program may answer there. */
  hasBound: () => boolean;
  startUpSeconds?: number;
}

async function untilHealthy(
  folder: string,
  { url, hasBound, startUpSeconds = defaultStartUpSeconds }: Starting,
): Promise<void> {
  const deadline = Date.now() + startUpSeconds * 1000;
  while (Date.now() < deadline && isRunning(folder)) {
    if (hasBound() && (await isHealthy(url))) return;
    await sleep(50);
  }
  const log = (await readLogEnd(folder)).trim();
  const how = isRunning(folder)
    ? `It did not answer within ${startUpSeconds} s.`
    : describeChildEnd(readRecord(folder), log.split('\n'));
  await endChild(folder, 0);
  throw new UserError(
    `Endpoint ${basename(folder)} did not become healthy. ${how} Its log ends:\n${log.slice(-1000)}`,
  );
}

async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetchWithin(pingSeconds, `${url}/ping`).catch(() => undefined);
  return answer?.status === 200;
}

/** Returns a port that is free now, for the child to bind. */
export async function findFreePort(): Promise<number> {
  return await bind(0);
}

async function isFree(port: number): Promise<boolean> {
  return await bind(port).then(
    () => true,
    () => false,
  );
}

/** Binds a port of this machine for a moment and returns it; port 0 is any that is free. */
async function bind(port: number): Promise<number> {
  const probe = createServer();
  await once(probe.listen(port, '127.0.0.1'), 'listening');
  const { port: bound } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return bound;
}
