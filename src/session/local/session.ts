// The session on this machine, whatever runs its programs: channels, names, and folders laid out like /opt/ml, one for
// each job and endpoint. Child processes end with the kernel; the folders of jobs stay.
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { artifactFolder, readDescription } from '../../model/artifact';
import { baseDirectory } from '../../platform/baseDirectory';
import { UserError } from '../../platform/errors';
import { localPath } from '../../platform/localAddress';
import { checkWatch } from '../contract/guard';
import { endpointMachine, usualServerless } from '../contract/instanceTypes';
import { lineageOf, unknownModel } from '../contract/lineage';
import { checkChannels, checkTuningName, uniqueName } from '../contract/names';
import { checkNetwork, uploadNetwork } from '../contract/network';
import { checkDisk, checkFolder } from '../contract/preflight';
import { searchSpace } from '../contract/searchSpace';
import type { Channel, Check, RunningResource, Session } from '../contract/session';
import { checkSettings } from '../contract/trainingSettings';
import { folderOf, inNewFolder } from './child';
import { attachEndpoint, deleteEndpoint, forgetEnded, startEndpoint } from './endpoint';
import { hasEnded, isRunning, type Program, readRecord } from './record';
import { approvedArtifact, listModels, registerModel } from './registeredModels';
import { foldersBelow, listRunning, type SessionFolders, sessionFolders } from './running';
import { openTrainingJob, startTrainingJob } from './trainingJob';
import { openTransformJob, startTransformJob } from './transformJob';
import { checkLocalStrategy, openTuningJob, startTuningJob } from './tuningJob';
import { listTuning } from './tuningRecord';
import type { Conducting } from './tuningTrials';
import { uploadLocally } from './upload';

/** Parts that differ between the sessions on this machine. */
interface LocalAdapter extends Pick<Session, 'kind' | 'description' | 'publishImage'> {
  /** Prepares the program for the folder of a job or endpoint. Throws a {@link UserError} if it cannot run. */
  program(command: 'train' | 'serve', instanceType?: string): Promise<Program>;
  /** Checks what its programs need besides the folder. */
  preflight?(): Promise<Check[]>;
  /** Ends what its programs have left behind below `root`, such as containers whose kernel was killed. */
  sweep?(root: string): Promise<void>;
}

/** @param folder where channels, jobs and endpoints keep their folders */
export function openLocalSession(folder: string, adapter: LocalAdapter): Session {
  const folders = sessionFolders(resolve(folder));
  const { root, jobs, transforms, endpoints, tuning, models } = folders;
  const conducting: Conducting = { jobs, program: (instanceType) => adapter.program('train', instanceType) };
  const { kind, description, publishImage } = adapter;
  return {
    kind,
    description,
    publishImage,
    ...startingVerbs(folders, adapter, conducting),
    preflight: async () => [
      await checkFolder(root),
      await checkDisk(root),
      ...((await adapter.preflight?.()) ?? []),
    ],
    upload: (path, channel) => uploadLocally(root, path, channel),
    register: (artifact, options = {}) => registerModel(models, artifact, options),
    registeredModels: (group) => listModels(models, group),
    trainingJobs: async () => (await latestJobs(jobs)).map((folder) => basename(folder)),
    attachTrainingJob: async (name) => openTrainingJob(folderOf(jobs, name)),
    attachTransformJob: async (name) => openTransformJob(folderOf(transforms, name)),
    tuningJobs: async () => listTuning(tuning),
    attachTuningJob: async (name) => openTuningJob(folderOf(tuning, name), conducting),
    attachEndpoint: async (name) => await attachEndpoint(folderOf(endpoints, name)),
    async lineage(model) {
      for (const folder of await latestJobs(jobs)) {
        const artifact = baseDirectory(folder).model;
        const described = await readDescription(artifact);
        if (described && described.model === model) return lineageOf(basename(folder), artifact, described);
      }
      throw unknownModel(model);
    },
    async hostingPrices(instanceType = endpointMachine()) {
      const { memoryMegabytes } = usualServerless;
      return { instanceType, dollarsPerHour: 'unknown', memoryMegabytes, dollarsPerSecond: 'unknown' };
    },
    whatIsRunning: () => listRunning(folders),
    async cleanUp({ dryRun = false, olderThan = 0 } = {}) {
      const resources = (await listRunning(folders)).filter(({ seconds }) => seconds >= olderThan);
      if (dryRun) return resources;
      const named = (kind: RunningResource['kind'], parent: string) =>
        resources.filter((one) => one.kind === kind).map(({ name }) => join(parent, name));
      await Promise.all(
        named('tuning job', tuning).map((folder) => openTuningJob(folder, conducting).stop()),
      );
      await Promise.all(named('training job', jobs).map((folder) => openTrainingJob(folder).stop()));
      await Promise.all(named('transform job', transforms).map((folder) => openTransformJob(folder).stop()));
      await Promise.all(named('endpoint', endpoints).map(deleteEndpoint));
      await adapter.sweep?.(root);
      return resources;
    },
  };
}

/** Returns the methods that start jobs and endpoints, each in a new folder. */
function startingVerbs(
  { root, jobs, transforms, endpoints, tuning, models }: SessionFolders,
  adapter: LocalAdapter,
  conducting: Conducting,
): Pick<Session, 'train' | 'tune' | 'deploy' | 'transform'> {
  const upload: Session['upload'] = (path, channel) => uploadLocally(root, path, channel);
  return {
    async train({ name = uniqueName(), ...request }) {
      checkNetwork(request);
      checkSettings(request);
      checkChannels(request.channels);
      checkUris(request.channels);
      return await inNewFolder(jobs, name, async (folder) => {
        const program = await adapter.program('train', request.instanceType ?? request.instances?.[0]);
        return await startTrainingJob(folder, await uploadNetwork(request, upload), program);
      });
    },

    async tune({ name = uniqueName('tuning'), ...request }) {
      checkTuningName(name);
      checkNetwork(request);
      checkSettings(request);
      searchSpace(request);
      checkLocalStrategy(request);
      checkChannels(request.channels);
      checkUris(request.channels);
      // Reports a program that cannot run now, and not once for each trial.
      await adapter.program('train', request.instanceType);
      const { network, ...others } = request;
      const declared = network && { network: { hyperparameters: network.hyperparameters } };
      return await inNewFolder(tuning, name, async (folder) => {
        const uploaded = { ...others, ...declared, ...(await uploadNetwork(request, upload)) };
        return await startTuningJob(folder, uploaded, conducting);
      });
    },

    async deploy(model, { name = uniqueName(), instanceType, ...options } = {}) {
      checkWatch(options);
      const chosen = typeof model === 'string' ? model : await approvedArtifact(models, model);
      const artifact = await artifactFolder(chosen);
      await forgetEnded(folderOf(endpoints, name));
      return await inNewFolder(endpoints, name, async (folder) =>
        startEndpoint(folder, artifact, await adapter.program('serve', instanceType)),
      );
    },

    async transform({ name = uniqueName(), ...request }) {
      const modelArtifact = await artifactFolder(request.modelArtifact);
      checkUris([request.input]);
      return await inNewFolder(transforms, name, async (folder) =>
        startTransformJob(folder, { ...request, modelArtifact }, () =>
          adapter.program('serve', request.instanceType),
        ),
      );
    },
  };
}

/** Returns the folders of the jobs that were started, latest first. */
async function latestJobs(jobs: string): Promise<string[]> {
  const started = (await foldersBelow(jobs)).filter((folder) => isRunning(folder) || hasEnded(folder));
  const startOf = (folder: string) => readRecord(folder).startedAt;
  return started.sort((one, other) => startOf(other) - startOf(one));
}

function checkUris(channels: readonly Channel[]): void {
  for (const { name, uri } of channels) {
    if (!isHere(uri)) {
      throw new UserError(`Channel "${name}" is not on this machine: ${uri}. Upload it with this session.`);
    }
  }
}

function isHere(uri: string): boolean {
  try {
    return existsSync(localPath(uri));
  } catch {
    return false;
  }
}
