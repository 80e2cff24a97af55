// An endpoint on this machine: a child process that serves an artifact on a free port.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { artifactFolder } from '../../model/artifact';
import { baseDirectory } from '../../platform/baseDirectory';
import { UserError, withCleanUp } from '../../platform/errors';
import { writeInto } from '../../platform/files';
import { withLock } from '../../platform/lock';
import { checkGuard } from '../contract/guard';
import { createPredictor } from '../contract/predictor';
import type { Endpoint } from '../contract/session';
import { endChild } from './child';
import type { Program } from './record';
import { hasEnded, isRunning, readRecord, unlessGone } from './record';
import { scaleEndpoint } from './scaleEndpoint';
import { expectRunning, restart, startOnFreePort, stopGraceSeconds } from './server';

/** Copies the artifact into the folder, serves it, and resolves when /ping answers 200. */
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

/** Serves the artifact on another port first, so that an unusable one changes nothing, then on the endpoint's port. */
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
      { cause: error },
    );
  } finally {
    const left = existsSync(model) ? [next, old] : [next];
    await Promise.allSettled(left.map((path) => rm(path, { recursive: true, force: true })));
  }
}

/** Throws a {@link UserError} if the artifact does not become healthy in an endpoint of its own. */
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

/**
 * Does the work when no other kernel or cell changes the endpoint. Rejects with a {@link UserError} if the endpoint
 * is gone.
 */
async function inTurn<Value>(folder: string, work: () => Promise<Value>): Promise<Value> {
  readRecord(folder);
  try {
    return await withLock(folder, work);
  } catch (error) {
    // Deleted while this waited.
    if (!existsSync(folder)) readRecord(folder);
    throw error;
  }
}

/** Returns the handle of an endpoint that this kernel or another has started, after any change that is under way. */
export async function attachEndpoint(folder: string): Promise<Endpoint> {
  return await inTurn(folder, async () => openEndpoint(folder));
}

function openEndpoint(folder: string): Endpoint {
  const name = basename(folder);
  const { url } = expectRunning(folder);
  return {
    name,
    url,
    ...createPredictor(url),
    async update(modelArtifact, guard = {}) {
      checkGuard(guard);
      await inTurn(folder, () => updateEndpoint(folder, modelArtifact));
    },
    scale: (scale) => inTurn(folder, () => scaleEndpoint(folder, scale)),
    extend: async () => `Endpoint ${name} is on this machine, costs nothing, and runs until you delete it.`,
    delete: () => deleteEndpoint(folder),
  };
}

/** Ends the endpoint in that folder, if any, and removes the folder. Waits for a change that is under way. */
export async function deleteEndpoint(folder: string): Promise<void> {
  await whereNotGone(folder, async () => {
    await endChild(folder, stopGraceSeconds);
    await rm(folder, { recursive: true, force: true });
  });
}

/** Removes the folder of an endpoint that has ended. Leaves one that another kernel is starting or updating. */
export async function forgetEnded(folder: string): Promise<void> {
  if (!hasEnded(folder)) return;
  await whereNotGone(folder, async () => {
    if (hasEnded(folder)) await rm(folder, { recursive: true, force: true });
  });
}

async function whereNotGone(folder: string, work: () => Promise<void>): Promise<void> {
  if (existsSync(folder)) await unlessGone(withLock(folder, work), undefined);
}
