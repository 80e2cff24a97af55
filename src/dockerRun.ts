// A container over a folder laid out like /opt/ml, from its start to its end: its output is passed on, SIGTERM and SIGINT
// end it as SageMaker would, and it is removed.
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { baseDirectory } from './baseDirectory';
import { type ContainerRequest, createContainer, removeContainer } from './dockerContainers';

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
    process.on(signal, () => void container.kill({ signal }).catch(() => undefined));
  }
  try {
    const output = await container.attach({ stream: true, stdout: true, stderr: true });
    docker.modem.demuxStream(output, process.stdout, process.stderr);
    const outputEnded = once(output, 'end');
    await container.start();
    const ended = container.wait();
    void stopRequested.then(() => stop(container, ended, stopGraceSeconds[request.command]));
    const { StatusCode } = await ended;
    await outputEnded;
    const { State } = await container.inspect();
    if (State.OOMKilled) tellOutOfMemory(folder, request);
    return StatusCode;
  } finally {
    await removeContainer(container);
  }
}

/**
 * SIGTERM, then SIGKILL after the grace. SIGTERM is repeated, since a program that is the first in its container does
 * not notice one that comes before it listens.
 */
async function stop(
  container: Docker.Container,
  ended: Promise<unknown>,
  graceSeconds: number,
): Promise<void> {
  let running = true;
  void ended.finally(() => {
    running = false;
  });
  for (let second = 0; running; second++) {
    const signal = second < graceSeconds ? 'SIGTERM' : 'SIGKILL';
    // Where it has ended in this moment, that is told by `ended`.
    await container.kill({ signal }).catch(() => undefined);
    await Promise.race([ended, setTimeout(1000)]);
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
