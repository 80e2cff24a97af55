// The session adapter that needs nothing: each job and endpoint is a child process running container/train or
// container/serve over a folder laid out like /opt/ml. Children end with the kernel; the jobs' folders stay.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from './errors';
import { parseHyperparameters } from './hyperparameters';
import { outputFolder } from './output';
import { folderOf, inNewFolder } from './processChild';
import { deleteEndpoint, openEndpoint, startEndpoint } from './processEndpoint';
import { hasEnded, isRunning } from './processRecord';
import { openTrainingJob, startTrainingJob } from './processTrainingJob';
import type { Channel, RunningResource, Session } from './session';
import { writeInto } from './writing';

/** @param options.folder where jobs and endpoints keep their folders; default: session/ in the output folder */
export function openProcessSession(options: { folder?: string } = {}): Session {
  const root = resolve(options.folder ?? join(outputFolder, 'session'));
  const jobs = join(root, 'training-jobs');
  const endpoints = join(root, 'endpoints');
  const whatIsRunning = async (): Promise<RunningResource[]> => [
    ...(await running(jobs)).map((folder) => ({ kind: 'training job' as const, name: basename(folder) })),
    ...(await running(endpoints)).map((folder) => ({ kind: 'endpoint' as const, name: basename(folder) })),
  ];

  return {
    kind: 'process',
    description: 'Training jobs and endpoints are processes on this machine. Nothing is billed.',

    async upload(path, channel) {
      checkChannelName(channel);
      const source = resolve(path);
      if (!existsSync(source)) throw new UserError(`There is nothing to upload: ${source} does not exist.`);
      const folder = join(root, 'channels', `${channel}-${await contentHash(source)}`);
      if (!existsSync(folder)) await writeInto(root, () => copyInOneStep(source, folder));
      return { name: channel, uri: pathToFileURL(folder).href };
    },

    publishImage: async () =>
      'no image: the process session runs container/train and container/serve as they are',

    async train({ name = uniqueName('headlines'), channels, hyperparameters = {} }) {
      parseHyperparameters(hyperparameters);
      checkChannels(channels);
      return await inNewFolder(jobs, name, (folder) =>
        startTrainingJob(folder, { channels, hyperparameters }),
      );
    },

    async deploy(modelArtifact, { name = uniqueName('headlines') } = {}) {
      if (!existsSync(modelArtifact)) {
        throw new UserError(
          `There is no model artifact at ${modelArtifact}. Deploy the one that a finished job names.`,
        );
      }
      const previous = folderOf(endpoints, name);
      if (hasEnded(previous)) await deleteEndpoint(previous);
      return await inNewFolder(endpoints, name, (folder) => startEndpoint(folder, modelArtifact));
    },

    attachTrainingJob: async (name) => openTrainingJob(folderOf(jobs, name)),
    attachEndpoint: async (name) => openEndpoint(folderOf(endpoints, name)),
    whatIsRunning,

    async cleanUp() {
      const resources = await whatIsRunning();
      await Promise.all((await running(jobs)).map((folder) => openTrainingJob(folder).stop()));
      await Promise.all((await running(endpoints)).map(deleteEndpoint));
      return resources;
    },
  };
}

function checkChannels(channels: readonly Channel[]): void {
  if (!channels.some(({ name }) => name === 'training' || name === 'train')) {
    throw new UserError(
      'A training job needs a channel named "training". Upload the data under that name first.',
    );
  }
  const names = new Set<string>();
  for (const { name, uri } of channels) {
    checkChannelName(name);
    if (names.has(name))
      throw new UserError(`There are two channels named "${name}". Upload both as one folder.`);
    names.add(name);
    if (!uri.startsWith('file://') || !existsSync(fileURLToPath(uri))) {
      throw new UserError(`Channel "${name}" is not on this machine: ${uri}. Upload it with this session.`);
    }
  }
}

function checkChannelName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/.test(name)) return;
  throw new UserError(
    `"${name}" is no name for a channel: use 1 to 64 letters, digits, dots, hyphens and underscores.`,
  );
}

/** The same data is kept once, however often it is uploaded. */
async function contentHash(source: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await filesOf(source)) {
    hash.update(`${relative(source, file)}\0`);
    await pipeline(createReadStream(file), hash, { end: false });
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesOf(source: string): Promise<string[]> {
  if (!(await stat(source)).isDirectory()) return [source];
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function copyInOneStep(source: string, folder: string): Promise<void> {
  const unfinished = `${folder}.${randomBytes(4).toString('hex')}`;
  const isFolder = (await stat(source)).isDirectory();
  try {
    await mkdir(unfinished, { recursive: true });
    await cp(source, isFolder ? unfinished : join(unfinished, basename(source)), { recursive: true });
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

/** The folders below `parent` whose child still runs. */
async function running(parent: string): Promise<string[]> {
  if (!existsSync(parent)) return [];
  const names = (await readdir(parent)).sort();
  return names.map((name) => join(parent, name)).filter(isRunning);
}

/** For example headlines-20140310-165250-3fa9: sorted by time, and two kernels at once do not collide. */
function uniqueName(prefix: string): string {
  const [date, time] = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .split('T');
  return `${prefix}-${date}-${time}-${randomBytes(2).toString('hex')}`;
}
