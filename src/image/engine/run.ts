// A container over a folder laid out like /opt/ml, from its start to its end: its output is passed on, SIGTERM and SIGINT
// end it as SageMaker would, and it is removed.
import { existsSync, writeFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { baseDirectory } from '../../platform/baseDirectory';
import { withCleanUp } from '../../platform/errors';
import { tellListening } from '../../platform/listening';
import { type ContainerRequest, createContainer, ignoreGone, removeContainer } from './containers';

/** A little less than what the session waits before it kills this process: see localTrainingJob.ts, localEndpoint.ts. */
const stopGraceSeconds = { train: 110, serve: 25 };

/** Runs a container over the folder to its end and returns its exit code. */
export async function runContainer(
  docker: Docker,
  folder: string,
  request: ContainerRequest,
): Promise<number> {
  // For all of them: a second one would otherwise end this process and leave the container behind.
  const stopRequested = new Promise((requested) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, requested);
  });
  const container = await createContainer(docker, folder, request);
  // More workers and fewer: see servingWorkers.ts.
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
  // The engine has bound the port, or else would not have started it.
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
 * SIGTERM, then SIGKILL after the grace. SIGTERM is repeated, since a program that is the first in its container does
 * not notice one that comes before it listens.
 * @param settled resolves when the container has ended, or cannot be watched any more
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
    // Where it has ended in this moment, that is told by `settled`.
    await container.kill({ signal }).catch(ignore);
    await Promise.race([ending, setTimeout(1000)]);
  }
}

/** The container could not say why it failed. */
function tellOutOfMemory(folder: string, { command, size }: ContainerRequest): void {
  const limit = size ? `the ${size.gibibytes} GiB of its instance type` : 'this machine has left';
  const reason = `The container was killed: \`${command}\` needed more memory than ${limit}. Choose a larger one.`;
  console.error(reason);
  const { failure } = baseDirectory(folder);
  if (command === 'train' && !existsSync(failure)) writeFileSync(failure, reason);
}
