// Runs a container on a folder with the layout of /opt/ml: passes on its output, ends it at SIGTERM and SIGINT as SageMaker
// would, and removes it.
import { existsSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { baseDirectory } from '../../platform/baseDirectory';
import { withCleanUp } from '../../platform/errors';
import { onInterrupt } from '../../platform/interrupt';
import { tellListening } from '../../platform/listening';
import { type ContainerRequest, createContainer, ignoreGone, removeContainer } from './containers';

/** Slightly less than the time after which the session kills this process: see session/local. */
const stopGraceSeconds = { train: 110, serve: 25 };

/** Runs a container on the folder to its end and returns its exit code. */
export async function runContainer(
  docker: Docker,
  folder: string,
  request: ContainerRequest,
): Promise<number> {
  // Handles every signal: a second one would otherwise end this process and leave the container behind.
  const stopRequested = new Promise((requested) => {
    process.on('SIGTERM', requested);
    onInterrupt(() => requested(undefined));
  });
  const container = await createContainer(docker, folder, request);
  // Signals that add and remove workers: see container/serving/workers.ts.
  for (const signal of ['SIGTTIN', 'SIGTTOU']) {
    process.on(signal, () => void container.kill({ signal }).catch(ignore));
  }
  return await withCleanUp(
    () => followContainer(docker, folder, { container, request, stopRequested }),
    () => removeContainer(container),
  );
}

interface Run {
  container: Docker.Container;
  request: ContainerRequest;
  stopRequested: Promise<unknown>;
}

async function followContainer(
  docker: Docker,
  folder: string,
  { container, request, stopRequested }: Run,
): Promise<number> {
  const output = await container.attach({ stream: true, stdout: true, stderr: true });
  docker.modem.demuxStream(output, process.stdout, process.stderr);
  const outputEnded = finished(output, { writable: false }).catch(({ message }: Error) =>
    console.error(`The container's output is cut off here (${message}).`),
  );
  await container.start();
  // The engine has bound the port: otherwise the start would have failed.
  if (request.command === 'serve') tellListening();
  const ended = container.wait();
  const settled = ended.then(ignore, ignore);
  void stopRequested.then(() => stop(container, settled, stopGraceSeconds[request.command]));
  const { StatusCode } = await ended;
  await outputEnded;
  const found = await container.inspect().catch(ignoreGone);
  if (found?.State.OOMKilled) tellOutOfMemory(folder, request);
  return StatusCode;
}

function ignore(): void {}

/**
 * Sends SIGTERM, then SIGKILL after the grace period. SIGTERM is repeated, because the first process of a container ignores
 * one that arrives before it has a handler.
 * @param settled resolves when the container has ended or can no longer be watched
 */
async function stop(
  container: Docker.Container,
  settled: Promise<void>,
  graceSeconds: number,
): Promise<void> {
  let running = true;
  const ending = settled.then(() => {
    running = false;
  });
  for (let second = 0; running; second++) {
    const signal = second < graceSeconds ? 'SIGTERM' : 'SIGKILL';
    // If it has just ended, `settled` resolves.
    await container.kill({ signal }).catch(ignore);
    await Promise.race([ending, setTimeout(1000)]);
  }
}

/** Reports a container that the kernel killed for lack of memory, since it could not report that itself. */
function tellOutOfMemory(folder: string, { command, size }: ContainerRequest): void {
  const limit = size ? `the ${size.gibibytes} GiB of its instance type` : 'this machine has left';
  const reason = `The container was killed: \`${command}\` needed more memory than ${limit}. Choose a larger one.`;
  console.error(reason);
  const { failure } = baseDirectory(folder);
  if (command === 'train' && !existsSync(failure)) writeFileSync(failure, reason);
}
