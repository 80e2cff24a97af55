// Creates a container for a folder with the layout of /opt/ml, with SageMaker's mounts, limits and variables. A label
// with the folder identifies the container.
import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type Docker from 'dockerode';
import { baseDirectory, imageVariable } from '../../platform/baseDirectory';
import { findImageToRun } from './images';

export interface ContainerRequest {
  command: 'train' | 'serve';
  /** The image, which the engine must have. */
  image: string;
  /** Limits of the container. @default the whole machine */
  size?: { vcpus: number; gibibytes: number } | undefined;
  /** Port of this machine for `serve`, reachable from this machine only. */
  port?: string | undefined;
  /** Number of serving processes. @default 1 */
  workers?: string | undefined;
  /** The training job's name. */
  name?: string | undefined;
  /** Whether it serves a batch transform. */
  isBatch?: boolean | undefined;
  /** The image's digest, for the lineage of the job's model. */
  digest?: string | undefined;
}

const label = 'sagemaker-text-classification.folder';

/** Creates a container for the folder without starting it. Throws a {@link UserError} if the image is missing. */
export async function createContainer(
  docker: Docker,
  folder: string,
  { command, image, size, port, name, digest, workers, isBatch = false }: ContainerRequest,
): Promise<Docker.Container> {
  await findImageToRun(docker, image);
  return await docker.createContainer({
    Image: image,
    Cmd: [command],
    Labels: { [label]: resolve(folder) },
    Env: [
      ...(name === undefined ? [] : environmentOf(name, digest)),
      ...(workers === undefined ? [] : [`SAGEMAKER_MODEL_SERVER_WORKERS=${workers}`]),
      ...(isBatch ? ['SAGEMAKER_BATCH=true'] : []),
    ],
    // SageMaker runs as root; here the notebook's user must own the files.
    User: `${process.getuid?.()}:${process.getgid?.()}`,
    // Needed for an image without EXPOSE: the engine publishes exposed ports only.
    ...(port && { ExposedPorts: { '8080/tcp': {} } }),
    HostConfig: {
      Mounts: command === 'train' ? await trainingMounts(folder) : servingMounts(folder),
      ...(port && { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: port }] } }),
      ...(size && (await limits(docker, size))),
    },
  });
}

/** Returns the variables that SageMaker sets, with an invented account, and those that the session sets. */
function environmentOf(job: string, digest = ''): string[] {
  const arn = `arn:aws:sagemaker:us-east-1:000000000000:training-job/${job}`;
  return [`TRAINING_JOB_NAME=${job}`, `TRAINING_JOB_ARN=${arn}`, `${imageVariable}=${digest}`];
}

async function trainingMounts(folder: string): Promise<Docker.MountSettings[]> {
  const inside = baseDirectory('/opt/ml');
  const outside = baseDirectory(folder);
  const channels = await readdir(dirname(outside.channel('training')));
  return [
    mount(dirname(outside.hyperparameters), dirname(inside.hyperparameters), { readOnly: true }),
    mount(outside.model, inside.model),
    mount(outside.output, inside.output),
    ...(existsSync(outside.checkpoints) ? [mount(outside.checkpoints, inside.checkpoints)] : []),
    ...(await Promise.all(
      channels.map(async (channel) =>
        mount(await realpath(outside.channel(channel)), inside.channel(channel), { readOnly: true }),
      ),
    )),
  ];
}

function servingMounts(folder: string): Docker.MountSettings[] {
  return [mount(baseDirectory(folder).model, baseDirectory('/opt/ml').model, { readOnly: true })];
}

/** Returns a mount. The form `source:target` would fail for a path with a colon. */
function mount(Source: string, Target: string, { readOnly = false } = {}): Docker.MountSettings {
  return { Type: 'bind', Source: resolve(Source), Target, ReadOnly: readOnly };
}

/** Returns limits without swap, as on SageMaker. The engine rejects more processors than it has. */
async function limits(docker: Docker, { vcpus, gibibytes }: { vcpus: number; gibibytes: number }) {
  const { NCPU } = await docker.info();
  const bytes = Math.round(gibibytes * 2 ** 30);
  return { NanoCpus: Math.min(vcpus, NCPU) * 1e9, Memory: bytes, MemorySwap: bytes };
}

/** Returns the containers for folders below `root`, running or not. */
export async function listContainers(
  docker: Docker,
  root: string,
): Promise<{ container: Docker.Container; folder: string }[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [label] } });
  return found
    .map(({ Id, Labels }) => ({ container: docker.getContainer(Id), folder: Labels[label] as string }))
    .filter(({ folder }) => folder.startsWith(join(resolve(root), sep)));
}

/** Ends and removes a container. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  await container.remove({ force: true, v: true }).catch(ignoreGone);
}

/** 404 and 409: it is already gone, or being removed. */
export function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
