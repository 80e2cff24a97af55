// Creates, watches and always removes the containers, volumes and networks of one image test.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { withCleanUp } from '../../platform/errors';
import { ignoreGone, removeContainer } from '../engine/containers';

export interface Trial {
  readonly docker: Docker;
  /** The image's name. */
  readonly image: string;
  /** The labels that identify all objects of this test. */
  readonly labels: Readonly<Record<string, string>>;
}

const label = 'sagemaker-text-classification.test';

/** Tests an image, then removes everything that the test created; at once if `interruption` is aborted. */
export async function inTrial<Result>(
  docker: Docker,
  image: string,
  interruption: AbortSignal,
  test: (trial: Trial) => Promise<Result>,
): Promise<Result> {
  await removeAll(docker, isLeftOver);
  const mark = [hostname(), process.pid, randomUUID()].join(' ');
  const removeOurs = () => removeAll(docker, (value) => value === mark);
  let early: Promise<unknown> = Promise.resolve();
  interruption.addEventListener('abort', () => {
    // This also ends any wait for one of the containers.
    early = removeOurs().catch(() => undefined);
  });
  return await withCleanUp(
    () => test({ docker, image, labels: { [label]: mark } }),
    async () => {
      await early;
      await removeOurs();
    },
  );
}

/** Returns whether a mark belongs to a process of this machine that has ended. */
function isLeftOver(mark: string): boolean {
  const [host, pid] = mark.split(' ');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function removeAll(docker: Docker, isOurs: (mark: string) => boolean): Promise<void> {
  const filters = { label: [label] };
  const isMarked = ({ Labels }: { Labels?: Record<string, string> | null | undefined }) =>
    isOurs(Labels?.[label] ?? '');
  const containers = await docker.listContainers({ all: true, filters });
  await removeEach(containers.filter(isMarked), async ({ Id }) => removeContainer(docker.getContainer(Id)));
  const { Volumes } = await docker.listVolumes({ filters });
  await removeEach((Volumes ?? []).filter(isMarked), async ({ Name }) => docker.getVolume(Name).remove());
  const networks = await docker.listNetworks({ filters });
  await removeEach(networks.filter(isMarked), async ({ Id }) => docker.getNetwork(Id).remove());
}

async function removeEach<Thing>(things: Thing[], remove: (thing: Thing) => Promise<unknown>): Promise<void> {
  await Promise.all(things.map((thing) => remove(thing).catch(ignoreGone)));
}

/** Creates a container of the image without starting it; `settings` are the engine's. */
export async function createContainer(
  { docker, image, labels }: Trial,
  settings: Docker.ContainerCreateOptions,
): Promise<Docker.Container> {
  return await docker.createContainer({ ...settings, Image: image, Labels: { ...labels } });
}

/** Starts a container of the image with one argument, as SageMaker does. */
export async function startContainer(
  trial: Trial,
  word: 'train' | 'serve',
  settings: Docker.ContainerCreateOptions,
): Promise<Docker.Container> {
  const container = await createContainer(trial, { ...settings, Cmd: [word] });
  await container.start();
  return container;
}

/** Returns the exit code, or undefined if the container has not ended in time. */
export async function untilEnd(container: Docker.Container, seconds: number): Promise<number | undefined> {
  const clock = new AbortController();
  const ended = container.wait().then(({ StatusCode }) => StatusCode as number);
  const late = sleep(seconds * 1000, undefined, { signal: clock.signal });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clock.abort();
    await Promise.allSettled([late]);
    ended.catch(() => undefined);
  }
}

/** Sends a signal and returns whether the container was still running. */
export async function signalContainer(container: Docker.Container, signal: string): Promise<boolean> {
  try {
    await container.kill({ signal });
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 409) throw error;
    return false;
  }
}

const stackFrame = /^at /;

/** Returns the end of a container's log in one line, without JavaScript stack traces. */
export async function lastWords(container: Docker.Container): Promise<string> {
  const frames = await container.logs({ stdout: true, stderr: true, tail: 40 });
  const lines = unframe(frames)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !stackFrame.test(line));
  return lines.length === 0
    ? 'Its log is empty.'
    : `Its log ends: ${lines.slice(-12).join(' / ').slice(-600)}`;
}

/** Removes the 8 bytes that the engine puts before each piece of output; the last four are the piece's length. */
function unframe(frames: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4);
    pieces.push(frames.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces).toString();
}
