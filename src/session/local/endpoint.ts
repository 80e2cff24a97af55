// An endpoint on this machine: a child process that serves an artifact on a free port.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { artifactFolder } from '../../model/artifact';
import { baseDirectory } from '../../platform/baseDirectory';
import { UserError, withCleanUp } from '../../platform/errors';
import { writeInto } from '../../platform/files';
import { createPredictor } from '../contract/predictor';
import { checkScale } from '../contract/scale';
import type { Endpoint, Scale } from '../contract/session';
import { endChild, type Program, signalChild } from './child';
import { isRunning, recordProgram } from './record';
import { expectRunning, restart, startOnFreePort, stopGraceSeconds } from './server';

/** Copies the artifact into the folder, serves it, and returns when /ping answers 200. */
export async function startEndpoint(
  folder: string,
  modelArtifact: string,
  program: Program,
): Promise<Endpoint> {
  await copyArtifact(await artifactFolder(modelArtifact), folder, baseDirectory(folder).model);
  await startOnFreePort(folder, program);
  return openEndpoint(folder);
}

async function copyArtifact(modelArtifact: string, folder: string, target: string): Promise<void> {
  await writeInto(dirname(folder), () => cp(modelArtifact, target, { recursive: true }));
}

/** Serves the artifact beside the endpoint first, so that one that is unfit changes nothing; then at its port. */
async function updateEndpoint(folder: string, modelArtifact: string): Promise<void> {
  const { program } = expectRunning(folder);
  const artifact = await artifactFolder(modelArtifact);
  const { model } = baseDirectory(folder);
  const [next, old] = [`${model}.next`, `${model}.old`];
  try {
    await tryArtifact(folder, artifact, program);
    await copyArtifact(artifact, folder, next);
    await restart(folder, program, {
      before: async () => {
        await rename(model, old);
        await rename(next, model);
      },
      back: async () => {
        if (!existsSync(old)) return;
        await rm(model, { recursive: true, force: true });
        await rename(old, model);
      },
    });
  } catch (error) {
    if (!(error instanceof UserError) || !isRunning(folder)) throw error;
    throw new UserError(
      `Endpoint ${basename(folder)} was not updated and answers from its old artifact. ${error.message}`,
    );
  } finally {
    const left = existsSync(model) ? [next, old] : [next];
    await Promise.allSettled(left.map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** Throws a {@link UserError} where the artifact does not become healthy in an endpoint of its own. */
async function tryArtifact(folder: string, modelArtifact: string, program: Program): Promise<void> {
  const root = dirname(dirname(folder));
  const beside = join(root, 'updates', randomBytes(4).toString('hex'));
  const trial = join(beside, basename(folder));
  const serve = async () => {
    await writeInto(root, () => mkdir(trial, { recursive: true }));
    await startEndpoint(trial, modelArtifact, program);
  };
  await withCleanUp(serve, async () => {
    await deleteEndpoint(trial);
    await rm(beside, { recursive: true, force: true });
  });
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
  const { program } = expectRunning(folder);
  const wanted = Math.min(to, Math.max(from, availableParallelism()));
  const now = Number(program.environment?.[workersVariable] ?? 1);
  const scaled = {
    ...program,
    environment: { ...program.environment, [workersVariable]: String(wanted) },
  };
  if (now === 1 && program.environment?.[workersVariable] === undefined && wanted > 1) {
    await restart(folder, scaled);
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

/** Ends the endpoint in that folder, if any, and removes the folder. */
export async function deleteEndpoint(folder: string): Promise<void> {
  await endChild(folder, stopGraceSeconds);
  await rm(folder, { recursive: true, force: true });
}
