// scale() of an endpoint on this machine: several processes behind its port, started and ended by signals.
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../platform/errors';
import { parseWorkers } from '../../platform/listening';
import { checkScale } from '../contract/scale';
import type { Scale } from '../contract/session';
import { signalChild } from './child';
import { createLogReader, type LogReader } from './logReader';
import { isRunning, logOf, recordProgram } from './record';
import { expectRunning, restart } from './server';

const workersVariable = 'SAGEMAKER_MODEL_SERVER_WORKERS';
const pollMilliseconds = 20;
const answerSeconds = 20;

/**
 * Runs as many processes behind the endpoint's port as the machine has processors, within the bounds. The first call
 * restarts the server, as an update does; later calls add or end single processes and lose no request.
 */
export async function scaleEndpoint(folder: string, scale: Scale): Promise<string> {
  const { from, to } = checkScale(scale);
  const { program } = expectRunning(folder);
  const processors = availableParallelism();
  const wanted = Math.min(to, Math.max(from, processors));
  const given = program.environment?.[workersVariable];
  const environment = { ...program.environment, [workersVariable]: String(wanted) };
  const scaled = { ...program, environment };
  if (given === undefined && wanted > 1) await restart(folder, scaled);
  else {
    await changeWorkers(folder, Number(given ?? 1), wanted);
    recordProgram(folder, scaled);
  }
  return (
    `${wanted === 1 ? 'One process answers' : `${wanted} processes answer`} behind ${basename(folder)}: this machine has ` +
    `${processors} processors. The number stays the same whatever the traffic, and nothing is billed.`
  );
}

/** Sends one signal at a time: the system may merge two that wait into one. */
async function changeWorkers(folder: string, now: number, wanted: number): Promise<void> {
  if (now === wanted) return;
  const log = createLogReader(logOf(folder));
  await log.read(() => undefined, false);
  for (let workers = now; workers !== wanted; ) {
    signalChild(folder, wanted > workers ? 'SIGTTIN' : 'SIGTTOU');
    workers = await nextCount(folder, log);
  }
}

/** Resolves to the number of processes that the server logs after a signal. */
async function nextCount(folder: string, log: LogReader): Promise<number> {
  let count: number | undefined;
  const deadline = performance.now() + 1000 * answerSeconds;
  while (performance.now() < deadline && isRunning(folder)) {
    await log.read((line) => {
      count = parseWorkers(line) ?? count;
    }, false);
    if (count !== undefined) return count;
    await sleep(pollMilliseconds);
  }
  expectRunning(folder);
  throw new UserError(
    `Endpoint ${basename(folder)} did not change its number of processes within ${answerSeconds} s. Call scale() again.`,
  );
}
