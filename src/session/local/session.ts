// What the sessions on this machine share, whatever runs their programs: channels, names, and folders laid out like
// /opt/ml, one for each job and endpoint. Children end with the kernel; the jobs' folders stay.
import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { artifactFolder, readDescription } from '../../model/artifact';
import { parseHyperparameters } from '../../model/hyperparameters';
import { baseDirectory } from '../../platform/baseDirectory';
import { contentHash } from '../../platform/contentHash';
import { dataToUpload } from '../../platform/dataFiles';
import { UserError } from '../../platform/errors';
import { partName, writeInto } from '../../platform/files';
import { localPath } from '../../platform/localAddress';
import { endpointMachine, usualServerless } from '../contract/instanceTypes';
import { lineageOf, unknownModel } from '../contract/lineage';
import { checkChannelName, checkChannels, checkTuningName, uniqueName } from '../contract/names';
import { checkDisk, checkFolder } from '../contract/preflight';
import { searchSpace } from '../contract/searchSpace';
import type { Channel, Check, RunningResource, Session } from '../contract/session';
import { folderOf, inNewFolder } from './child';
import { attachEndpoint, deleteEndpoint, forgetEnded, startEndpoint } from './endpoint';
import type { Program } from './record';
import { hasEnded, isRunning, readRecord } from './record';
import { openTrainingJob, startTrainingJob } from './trainingJob';
import { openTransformJob, startTransformJob } from './transformJob';
import { checkLocalStrategy, openTuningJob, startTuningJob } from './tuningJob';
import { isConducted, listTuning, readTuning } from './tuningRecord';
import type { Conducting } from './tuningTrials';

/** An adapter's part of a session on this machine. */
export interface LocalAdapter extends Pick<Session, 'kind' | 'description' | 'publishImage'> {
  /** What runs over a job's or an endpoint's folder. Throws a {@link UserError} where it cannot be made ready. */
  program(command: 'train' | 'serve', instanceType?: string): Promise<Program>;
  /** What its programs need beside the folder. */
  preflight?(): Promise<Check[]>;
  /** Ends what its programs have left behind below `root`, such as containers whose kernel was killed. */
  sweep?(root: string): Promise<void>;
}

/** @param folder where channels, jobs and endpoints keep their folders */
export function openLocalSession(folder: string, adapter: LocalAdapter): Session {
  const root = resolve(folder);
  const jobs = join(root, 'training-jobs');
  const transforms = join(root, 'transform-jobs');
  const endpoints = join(root, 'endpoints');
  const tuning = join(root, 'tuning-jobs');
  const conducting: Conducting = { jobs, program: (instanceType) => adapter.program('train', instanceType) };
  /** The latest first. */
  const jobFolders = async () => {
    const started = (await foldersBelow(jobs)).filter((folder) => isRunning(folder) || hasEnded(folder));
    const startOf = (folder: string) => readRecord(folder).startedAt;
    return started.sort((one, other) => startOf(other) - startOf(one));
  };
  const whatIsRunning = async (): Promise<RunningResource[]> => [
    ...(await runningTuning(tuning)),
    ...(await running(jobs)).map((folder) => describeRunning('training job', folder)),
    ...(await running(transforms)).map((folder) => describeRunning('transform job', folder)),
    ...(await running(endpoints)).map((folder) => describeRunning('endpoint', folder)),
  ];

  return {
    kind: adapter.kind,
    description: adapter.description,
    publishImage: adapter.publishImage,

    preflight: async () => [
      await checkFolder(root),
      await checkDisk(root),
      ...((await adapter.preflight?.()) ?? []),
    ],

    async upload(path, channel) {
      checkChannelName(channel);
      const source = localPath(path);
      const files = await dataToUpload(source, console.log);
      const folder = join(root, 'channels', `${channel}-${await contentHash(source)}`);
      if (!existsSync(folder)) await writeInto(root, () => copyInOneStep(source, files, folder));
      return { name: channel, uri: pathToFileURL(folder).href };
    },

    async train({ name = uniqueName(), ...request }) {
      const { channels, hyperparameters = {} } = request;
      parseHyperparameters(hyperparameters);
      checkChannels(channels);
      checkUris(channels);
      return await inNewFolder(jobs, name, async (folder) =>
        startTrainingJob(folder, request, await adapter.program('train', request.instanceType)),
      );
    },

    async tune({ name = uniqueName('tuning'), ...request }) {
      checkTuningName(name);
      searchSpace(request);
      checkLocalStrategy(request);
      checkChannels(request.channels);
      checkUris(request.channels);
      // What cannot run at all is said now and not of each trial.
      await adapter.program('train', request.instanceType);
      return await inNewFolder(tuning, name, (folder) => startTuningJob(folder, request, conducting));
    },

    async deploy(modelArtifact, { name = uniqueName(), instanceType } = {}) {
      const artifact = await artifactFolder(modelArtifact);
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

    trainingJobs: async () => (await jobFolders()).map((folder) => basename(folder)),

    attachTrainingJob: async (name) => openTrainingJob(folderOf(jobs, name)),
    attachTransformJob: async (name) => openTransformJob(folderOf(transforms, name)),
    tuningJobs: async () => listTuning(tuning),
    attachTuningJob: async (name) => openTuningJob(folderOf(tuning, name), conducting),
    attachEndpoint: async (name) => await attachEndpoint(folderOf(endpoints, name)),
    async lineage(model) {
      for (const folder of await jobFolders()) {
        const artifact = baseDirectory(folder).model;
        const described = await readDescription(artifact);
        if (described?.model === model) return lineageOf(basename(folder), artifact, described);
      }
      throw unknownModel(model);
    },
    async hostingPrices(instanceType = endpointMachine()) {
      const { memoryMegabytes } = usualServerless;
      return { instanceType, dollarsPerHour: 'unknown', memoryMegabytes, dollarsPerSecond: 'unknown' };
    },
    whatIsRunning,

    async cleanUp({ dryRun = false, olderThan = 0 } = {}) {
      const resources = (await whatIsRunning()).filter(({ seconds }) => seconds >= olderThan);
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

function describeRunning(kind: RunningResource['kind'], folder: string): RunningResource {
  const seconds = (Date.now() - readRecord(folder).startedAt) / 1000;
  return { kind, name: basename(folder), seconds, dollarsPerHour: 0, dollarsSoFar: 0 };
}

async function runningTuning(parent: string): Promise<RunningResource[]> {
  const folders = listTuning(parent).map((name) => join(parent, name));
  const conducted = await Promise.all(folders.map(isConducted));
  return folders
    .filter((_, at) => conducted[at])
    .map((folder) => {
      const seconds = (Date.now() - readTuning(folder).startedAt) / 1000;
      return { kind: 'tuning job', name: basename(folder), seconds, dollarsPerHour: 0, dollarsSoFar: 0 };
    });
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

async function copyInOneStep(source: string, files: readonly string[], folder: string): Promise<void> {
  const unfinished = partName(folder);
  try {
    for (const file of files) {
      const copy = join(unfinished, relative(source, file) || basename(file));
      await mkdir(dirname(copy), { recursive: true });
      await copyFile(file, copy, constants.COPYFILE_FICLONE);
    }
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    // The name tells the content: another upload of the same has come first.
    if (!existsSync(folder)) throw error;
  }
}

/** The folders below `parent` whose child still runs. */
async function running(parent: string): Promise<string[]> {
  return (await foldersBelow(parent)).filter(isRunning);
}

async function foldersBelow(parent: string): Promise<string[]> {
  if (!existsSync(parent)) return [];
  const names = (await readdir(parent)).sort();
  return names.map((name) => join(parent, name));
}
