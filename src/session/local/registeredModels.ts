// The model registry on this machine: a file for each group, with a line of JSON for each version.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactFolder } from '../../model/artifact';
import { writeInto, writeWhole } from '../../platform/files';
import { withLock } from '../../platform/lock';
import { checkName } from '../contract/names';
import {
  type ApprovalStatus,
  checkApproved,
  type RegisteredModel,
  type RegisterOptions,
  unknownVersion,
  usualGroup,
} from '../contract/registeredModel';

/** A version, as it is written. */
type Version = Pick<RegisteredModel, 'version' | 'status' | 'modelArtifact' | 'description' | 'note'>;

/** Registers an artifact as the next version of its group. @param folder of the registry */
export async function registerModel(
  folder: string,
  modelArtifact: string,
  { group = usualGroup, description }: RegisterOptions,
): Promise<RegisteredModel> {
  checkName(group);
  const artifact = await artifactFolder(modelArtifact);
  const version = await change(folder, group, (versions) => {
    const number = (versions.at(-1)?.version ?? 0) + 1;
    const status = 'PendingManualApproval' as const;
    const next = { version: number, status, modelArtifact: artifact, ...(description && { description }) };
    return [[...versions, next], next];
  });
  return open(folder, group, version);
}

/** Returns the versions of a group, latest first. */
export async function listModels(folder: string, group = usualGroup): Promise<RegisteredModel[]> {
  checkName(group);
  return (await read(folder, group)).reverse().map((version) => open(folder, group, version));
}

/** Returns the artifact of a version. Throws a {@link UserError} if it is gone or not approved. */
export async function approvedArtifact(folder: string, model: RegisteredModel): Promise<string> {
  const found = (await read(folder, model.group)).find(({ version }) => version === model.version);
  if (!found) throw unknownVersion(model);
  checkApproved({ ...found, group: model.group });
  return found.modelArtifact;
}

function open(folder: string, group: string, version: Version): RegisteredModel {
  const decide = (status: ApprovalStatus) => async (note?: string) => {
    const decided = await change(folder, group, (versions) => {
      const { note: _, ...known } = versions.find((one) => one.version === version.version) ?? {};
      if (!('version' in known)) throw unknownVersion({ group, version: version.version });
      const next = { ...(known as Version), status, ...(note && { note }) };
      return [versions.map((one) => (one.version === next.version ? next : one)), next];
    });
    return open(folder, group, decided);
  };
  return {
    ...version,
    group,
    approve: decide('Approved'),
    reject: decide('Rejected'),
    delete: async () =>
      await change(folder, group, (versions) => [
        versions.filter((one) => one.version !== version.version),
        undefined,
      ]),
  };
}

/** Replaces the versions of a group, one kernel at a time; removes the file with the last version. */
async function change<Result>(
  folder: string,
  group: string,
  replace: (versions: Version[]) => [Version[], Result],
): Promise<Result> {
  await writeInto(folder, () => mkdir(folder, { recursive: true }));
  return await withLock(folder, async () => {
    const [versions, result] = replace(await read(folder, group));
    const path = pathOf(folder, group);
    const lines = versions.map((version) => `${JSON.stringify(version)}\n`).join('');
    if (versions.length > 0) await writeInto(folder, () => writeWhole(path, lines));
    else await rm(path, { force: true });
    return result;
  });
}

async function read(folder: string, group: string): Promise<Version[]> {
  const path = pathOf(folder, group);
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Version);
}

function pathOf(folder: string, group: string): string {
  return join(folder, `${group}.jsonl`);
}
