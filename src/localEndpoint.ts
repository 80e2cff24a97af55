// An endpoint on this machine: a child process that serves an artifact on a free port.
import { randomBytes } from 'node:crypto';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { artifactFolder } from './artifact';
import { baseDirectory } from './baseDirectory';
import { UserError } from './errors';
import { endChild, type Program, signalChild, startChild } from './localChild';
import { forgetEnd, isRunning, readLogEnd, readRecord, recordProgram } from './localRecord';
import { createPredictor } from './predictor';
import { describeEnd } from './processEnd';
import { checkScale } from './scale';
import type { Endpoint, Scale } from './session';
import { writeInto } from './writing';

const stopGraceSeconds = 30;
const defaultStartUpSeconds = 60;

/** Copies the artifact into the folder, serves it, and returns when /ping answers 200. */
export async function startEndpoint(
  folder: string,
  modelArtifact: string,
  program: Program,
): Promise<Endpoint> {
  await serve(folder, modelArtifact, program, await findFreePort());
  return openEndpoint(folder);
}

async function serve(folder: string, modelArtifact: string, program: Program, port: number): Promise<void> {
  await writeInto(dirname(folder), () => cp(modelArtifact, baseDirectory(folder).model, { recursive: true }));
  await start(folder, program, port);
}

/** Serves the artifact that is in the folder. */
async function start(folder: string, program: Program, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const environment = { SAGEMAKER_BIND_TO_PORT: String(port), BIND_ADDRESS: '127.0.0.1' };
  startChild(program, folder, { environment, url });
  await untilHealthy(folder, url, program.startUpSeconds);
}

/** Serves the artifact beside the endpoint first, so that one that is unfit changes nothing; then at its port. */
async function updateEndpoint(folder: string, modelArtifact: string): Promise<void> {
  const name = basename(folder);
  const { url, program } = expectRunning(folder);
  const artifact = await artifactFolder(modelArtifact);
  const beside = join(dirname(dirname(folder)), 'updates', randomBytes(4).toString('hex'));
  const trial = join(beside, name);
  try {
    await writeInto(dirname(dirname(folder)), () => mkdir(trial, { recursive: true }));
    await serve(trial, artifact, program, await findFreePort());
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `Endpoint ${name} was not updated and answers from its old artifact. ${error.message}`,
    );
  } finally {
    await deleteEndpoint(trial);
    await rm(beside, { recursive: true, force: true });
  }
  await endChild(folder, stopGraceSeconds);
  forgetEnd(folder);
  await rm(baseDirectory(folder).model, { recursive: true, force: true });
  await serve(folder, artifact, program, Number(new URL(url).port));
}

const workersVariable = 'SAGEMAKER_MODEL_SERVER_WORKERS';
/** Between two signals, of which the system would else make one. */
const signalMilliseconds = 100;

/**
 * As many processes behind the endpoint's port as the machine has processors for, within the bounds. The first time it
 * serves anew, as an update does; from then on they come and go one by one, and no request is lost.
 */
async function scaleEndpoint(folder: string, scale: Scale): Promise<string> {
  const { from, to } = checkScale(scale);
  const { url, program } = expectRunning(folder);
  const wanted = Math.min(to, Math.max(from, availableParallelism()));
  const now = Number(program.environment?.[workersVariable] ?? 1);
  const scaled = {
    ...program,
    environment: { ...program.environment, [workersVariable]: String(wanted) },
  };
  if (now === 1 && program.environment?.[workersVariable] === undefined && wanted > 1) {
    await endChild(folder, stopGraceSeconds);
    forgetEnd(folder);
    await start(folder, scaled, Number(new URL(url).port));
  } else {
    const signal = wanted > now ? 'SIGTTIN' : 'SIGTTOU';
    for (let step = 0; step < Math.abs(wanted - now); step++) {
      signalChild(folder, signal);
      await sleep(signalMilliseconds);
    }
    if (wanted !== now) recordProgram(folder, scaled);
  }
  return (
    `${wanted === 1 ? 'One process answers' : `${wanted} processes answer`} behind ${basename(folder)}: this machine has ` +
    `${availableParallelism()} processors. Here none is started or ended with the traffic, and nothing is billed.`
  );
}

/** The handle of an endpoint that was started in that folder, by this kernel or another. */
export function openEndpoint(folder: string): Endpoint {
  const name = basename(folder);
  const { url } = expectRunning(folder);
  return {
    name,
    url,
    ...createPredictor(url),
    update: (modelArtifact) => updateEndpoint(folder, modelArtifact),
    scale: (scale) => scaleEndpoint(folder, scale),
    delete: () => deleteEndpoint(folder),
  };
}

function expectRunning(folder: string): { url: string; program: Program } {
  const record = readRecord(folder);
  const { url, program, stopRequested } = record;
  if (url !== undefined && program !== undefined && isRunning(folder)) return { url, program };
  const how = stopRequested ? 'ended with its kernel' : describeEnd(record);
  throw new UserError(
    `Endpoint ${basename(folder)} does not run any more: it ${how}. Deploy the artifact again.`,
  );
}

/** Ends the endpoint in that folder, if any, and removes the folder. */
export async function deleteEndpoint(folder: string): Promise<void> {
  await endChild(folder, stopGraceSeconds);
  await rm(folder, { recursive: true, force: true });
}

async function untilHealthy(
  folder: string,
  url: string,
  startUpSeconds = defaultStartUpSeconds,
): Promise<void> {
  const deadline = Date.now() + startUpSeconds * 1000;
  while (Date.now() < deadline && isRunning(folder)) {
    const response = await fetch(`${url}/ping`).catch(() => undefined);
    if (response?.status === 200) return;
    await sleep(50);
  }
  const log = (await readLogEnd(folder)).trim();
  const how = isRunning(folder)
    ? `gave no answer within ${startUpSeconds} s`
    : describeEnd(readRecord(folder));
  await endChild(folder, 0);
  throw new UserError(
    `Endpoint ${basename(folder)} did not become healthy: it ${how}. Its log ends:\n${log.slice(-1000)}`,
  );
}

/** Asks the system for a port, and frees it again for the child to bind. */
export async function findFreePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
