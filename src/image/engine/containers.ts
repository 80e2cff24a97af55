// How a folder laid out like /opt/ml becomes a container: what SageMaker mounts, limits and sets. Containers carry
// their folder as a label, so that they are found again.
import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type Docker from 'dockerode';
import { baseDirectory, imageVariable } from '../../platform/baseDirectory';
import { findRunnableImage } from './images';

export interface ContainerRequest {
  command: 'train' | 'serve';
  /** An image that the engine has. */
  image: string;
  /** What the container may use. @default the whole machine */
  size?: { vcpus: number; gibibytes: number } | undefined;
  /** Of this machine, and of it alone, where `serve` answers. */
  port?: string | undefined;
  /** Processes that serve. @default 1 */
  workers?: string | undefined;
  /** The training job's. */
  name?: string | undefined;
  /** Whether it serves a batch transform. */
  isBatch?: boolean | undefined;
  /** Of the image, for what the job makes. */
  digest?: string | undefined;
}

const label = 'sagemaker-text-classification.folder';

/** Makes a container over the folder, ready to be started. Throws a {@link UserError} where the image is not there. */
export async function createContainer(
  docker: Docker,
  folder: string,
  { command, image, size, port, name, digest, workers, isBatch = false }: ContainerRequest,
): Promise<Docker.Container> {
  await findRunnableImage(docker, image);
  return await docker.createContainer({
    Image: image,
    Cmd: [command],
    Labels: { [label]: resolve(folder) },
    Env: [
      ...(name === undefined ? [] : environmentOf(name, digest)),
      ...(workers === undefined ? [] : [`SAGEMAKER_MODEL_SERVER_WORKERS=${workers}`]),
      ...(isBatch ? ['SAGEMAKER_BATCH=true'] : []),
    ],
    // SageMaker runs as root; here what is written should belong to whoever runs the notebook.
    User: `${process.getuid?.()}:${process.getgid?.()}`,
    // Also where the image does not say so: the engine publishes no other port.
    ...(port && { ExposedPorts: { '8080/tcp': {} } }),
    HostConfig: {
      Mounts: command === 'train' ? await trainingMounts(folder) : servingMounts(folder),
      ...(port && { PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: port }] } }),
      ...(size && (await limits(docker, size))),
    },
  });
}

/** What SageMaker sets, and what the session does; the account is nobody's. */
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

/** Not as `source:target`, which a colon in the path would break. */
function mount(Source: string, Target: string, { readOnly = false } = {}): Docker.MountSettings {
  return { Type: 'bind', Source: resolve(Source), Target, ReadOnly: readOnly };
}

/** No swap beside the memory, as on SageMaker. The engine refuses more processors than there are. */
async function limits(docker: Docker, { vcpus, gibibytes }: { vcpus: number; gibibytes: number }) {
  const { NCPU } = await docker.info();
  const bytes = Math.round(gibibytes * 2 ** 30);
  return { NanoCpus: Math.min(vcpus, NCPU) * 1e9, Memory: bytes, MemorySwap: bytes };
}

/** The containers over folders below `root`, running or not. */
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

/** 404 and 409: it is gone, or being removed, already. */
export function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
