// The jobs and endpoints that run below a session's folder, started by this kernel or another.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RunningResource } from '../contract/session';
import { isRunning, readRecord } from './record';
import { isConducted, listTuning, readTuning } from './tuningRecord';

/** Folders of a session on this machine, each with one folder for each job or endpoint. */
export interface SessionFolders {
  root: string;
  jobs: string;
  transforms: string;
  endpoints: string;
  tuning: string;
  /** The model registry's, with a file for each group. */
  models: string;
}

/** Returns the folders below a session's root, whether they exist or not. */
export function sessionFolders(root: string): SessionFolders {
  return {
    root,
    jobs: join(root, 'training-jobs'),
    transforms: join(root, 'transform-jobs'),
    endpoints: join(root, 'endpoints'),
    tuning: join(root, 'tuning-jobs'),
    models: join(root, 'registered-models'),
  };
}

/** Lists running jobs and endpoints, tuning jobs first. */
export async function listRunning(folders: SessionFolders): Promise<RunningResource[]> {
  const of = async (kind: RunningResource['kind'], parent: string) =>
    (await foldersBelow(parent))
      .filter(isRunning)
      .map((folder) => describe(kind, folder, readRecord(folder).startedAt));
  return [
    ...(await runningTuning(folders.tuning)),
    ...(await of('training job', folders.jobs)),
    ...(await of('transform job', folders.transforms)),
    ...(await of('endpoint', folders.endpoints)),
  ];
}

async function runningTuning(parent: string): Promise<RunningResource[]> {
  const folders = listTuning(parent).map((name) => join(parent, name));
  const conducted = await Promise.all(folders.map(isConducted));
  return folders
    .filter((_, at) => conducted[at])
    .map((folder) => describe('tuning job', folder, readTuning(folder).startedAt));
}

function describe(kind: RunningResource['kind'], folder: string, startedAt: number): RunningResource {
  const seconds = (Date.now() - startedAt) / 1000;
  return { kind, name: basename(folder), seconds, dollarsPerHour: 0, dollarsSoFar: 0 };
}

/** Returns the folders below `parent`, by name; none if it does not exist. */
export async function foldersBelow(parent: string): Promise<string[]> {
  if (!existsSync(parent)) return [];
  const names = (await readdir(parent)).sort();
  return names.map((name) => join(parent, name));
}
