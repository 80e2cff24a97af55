// The session adapter that needs nothing: each job and endpoint is a child process running container/train or
// container/serve over a folder laid out like /opt/ml. Children end with the kernel; the jobs' folders stay.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from './errors';
import { parseHyperparameters } from './hyperparameters';
import { claimFolder, isRunning } from './processChild';
import { openEndpoint, startEndpoint } from './processEndpoint';
import { openTrainingJob, startTrainingJob } from './processTrainingJob';
import type { Endpoint, RunningResource, Session, TrainingJob } from './session';

/** @param options.folder where jobs and endpoints keep their folders; default: output/session in the project */
export function openProcessSession(options: { folder?: string } = {}): Session {
  const root = resolve(options.folder ?? join(__dirname, '..', 'output', 'session'));
  const jobs = join(root, 'training-jobs');
  const endpoints = join(root, 'endpoints');
  const runningJobs = async (): Promise<TrainingJob[]> => (await running(jobs)).map(openTrainingJob);
  const runningEndpoints = async (): Promise<Endpoint[]> => (await running(endpoints)).map(openEndpoint);

  const whatIsRunning = async (): Promise<RunningResource[]> => [
    ...(await runningJobs()).map(({ name }) => ({ kind: 'training job' as const, name })),
    ...(await runningEndpoints()).map(({ name }) => ({ kind: 'endpoint' as const, name })),
  ];

  return {
    kind: 'process',
    description: 'Training jobs and endpoints are processes on this machine. Nothing is billed.',

    async upload(path, channel) {
      const source = resolve(path);
      if (!existsSync(source)) throw new UserError(`There is nothing to upload: ${source} does not exist.`);
      const folder = join(root, 'channels', uniqueName(channel));
      const isFolder = (await stat(source)).isDirectory();
      await mkdir(folder, { recursive: true });
      await cp(source, isFolder ? folder : join(folder, basename(source)), { recursive: true });
      return { name: channel, uri: pathToFileURL(folder).href };
    },

    publishImage: async () =>
      'no image: the process session runs container/train and container/serve as they are',

    async train({ name = uniqueName('headlines'), channels, hyperparameters = {} }) {
      parseHyperparameters(hyperparameters);
      return await startTrainingJob(claimFolder(jobs, name), { channels, hyperparameters });
    },

    async deploy(modelArtifact, { name = uniqueName('headlines') } = {}) {
      if (!existsSync(modelArtifact)) {
        throw new UserError(
          `There is no model artifact at ${modelArtifact}. Deploy the one that a finished job names.`,
        );
      }
      return await startEndpoint(claimFolder(endpoints, name), modelArtifact);
    },

    attachTrainingJob: async (name) => openTrainingJob(join(jobs, name)),
    attachEndpoint: async (name) => openEndpoint(join(endpoints, name)),
    whatIsRunning,

    async cleanUp() {
      const resources = await whatIsRunning();
      await Promise.all((await runningJobs()).map((job) => job.stop()));
      await Promise.all((await runningEndpoints()).map((endpoint) => endpoint.delete()));
      return resources;
    },
  };
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
