// An endpoint on this machine: a child process that serves an artifact on a free port.
import { cp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { baseDirectory } from './baseDirectory';
import { UserError } from './errors';
import { endChild, type Program, startChild } from './localChild';
import { isRunning, readLog, readRecord } from './localRecord';
import { createPredictor } from './predictor';
import type { Endpoint } from './session';
import { writeInto } from './writing';

const stopGraceSeconds = 30;
const startUpSeconds = 60;

/** Copies the artifact into the folder, serves it, and returns when /ping answers 200. */
export async function startEndpoint(
  folder: string,
  modelArtifact: string,
  program: Program,
): Promise<Endpoint> {
  await writeInto(dirname(folder), () => cp(modelArtifact, baseDirectory(folder).model, { recursive: true }));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = { SAGEMAKER_BIND_TO_PORT: String(port), BIND_ADDRESS: '127.0.0.1' };
  startChild(program, folder, { environment, url });
  await untilHealthy(folder, url);
  return openEndpoint(folder);
}

/** The handle of an endpoint that was started in that folder, by this kernel or another. */
export function openEndpoint(folder: string): Endpoint {
  const name = basename(folder);
  const { url } = readRecord(folder);
  if (url === undefined || !isRunning(folder)) {
    throw new UserError(
      `Endpoint ${name} does not run any more: it ended with its kernel. Deploy the artifact again.`,
    );
  }
  return {
    name,
    url,
    ...createPredictor(url),
    delete: () => deleteEndpoint(folder),
  };
}

/** Ends the endpoint in that folder, if any, and removes the folder. */
export async function deleteEndpoint(folder: string): Promise<void> {
  await endChild(folder, stopGraceSeconds);
  await rm(folder, { recursive: true, force: true });
}

async function untilHealthy(folder: string, url: string): Promise<void> {
  const deadline = Date.now() + startUpSeconds * 1000;
  while (Date.now() < deadline && isRunning(folder)) {
    const response = await fetch(`${url}/ping`).catch(() => undefined);
    if (response?.status === 200) return;
    await sleep(50);
  }
  const log = (await readLog(folder)).trim();
  await endChild(folder, 0);
  throw new UserError(
    `Endpoint ${basename(folder)} did not become healthy. Its log ends:\n${log.slice(-1000)}`,
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
