// The folders of /opt/ml in a test of an image: volumes that are written and read through the engine's API, so that the
// test leaves no files on this machine.
import type Docker from 'dockerode';
import { baseDirectory, fileChannel, oneHost } from '../../platform/baseDirectory';
import { type FileEntry, listFiles, packFiles } from '../engine/tarball';
import type { TestChannels } from './options';
import { createContainer, type Trial } from './trial';

/** One job's folders. */
export interface Folders {
  /** A container that never runs, through which the engine reads and writes the volumes. */
  readonly holder: Docker.Container;
  readonly volumes: Volumes;
}

interface Volumes {
  readonly input: string;
  readonly model: string;
  readonly output: string;
}

const root = '/opt/ml';
const inside = baseDirectory(root);

/** Returns the files that SageMaker writes for a job on one machine, by path. */
export function jobFiles(
  channels: TestChannels,
  hyperparameters: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.keys(channels);
  const files = names.flatMap((name) =>
    Object.entries(channels[name] ?? {}).map(([file, content]) => [
      `${inside.channel(name)}/${file}`,
      content,
    ]),
  );
  return {
    [inside.hyperparameters]: JSON.stringify(hyperparameters),
    [inside.inputDataConfig]: JSON.stringify(Object.fromEntries(names.map((name) => [name, fileChannel]))),
    [inside.resourceConfig]: JSON.stringify(oneHost),
    ...Object.fromEntries(files),
  };
}

/** Creates new folders with these files, by path; the user with the given id owns them. */
export async function createFolders(
  trial: Trial,
  files: Readonly<Record<string, string>>,
  owner = 0,
): Promise<Folders> {
  const { docker, labels } = trial;
  const createVolume = async () => (await docker.createVolume({ Labels: { ...labels } })).name;
  const volumes = { input: await createVolume(), model: await createVolume(), output: await createVolume() };
  const holder = await createContainer(trial, {
    Cmd: ['train'],
    HostConfig: { Binds: trainingBinds(volumes) },
  });
  const folders = { [`${inside.model}/`]: '', [`${inside.output}/`]: '' };
  await holder.putArchive(packFiles({ ...folders, ...files }, owner), { path: '/' });
  return { holder, volumes };
}

/** Returns a training container's mounts. They hide the image's own files there, as on SageMaker. */
export function trainingBinds(
  { input, model, output }: Volumes,
  { readOnlyInput = false }: { readOnlyInput?: boolean } = {},
): string[] {
  return [
    bind(input, `${root}/input`, readOnlyInput),
    bind(model, inside.model),
    bind(output, inside.output),
  ];
}

/** Returns a serving container's mounts. */
export function servingBinds(
  { model }: Volumes,
  { readOnlyModel = false }: { readOnlyModel?: boolean } = {},
): string[] {
  return [bind(model, inside.model, readOnlyModel)];
}

function bind(volume: string, target: string, isReadOnly = false): string {
  return `${volume}:${target}:${isReadOnly ? 'ro,' : ''}nocopy`;
}

/** Returns the files and links in the model folder, with paths relative to it. */
export async function listModel({ holder }: Folders): Promise<FileEntry[]> {
  const entries = await listFiles(await holder.getArchive({ path: inside.model }));
  return entries
    .filter(({ isFolder }) => !isFolder)
    .map((entry) => ({ ...entry, path: entry.path.replace(/^model\//, '') }));
}

/** Returns training's reason for its failure; empty if it wrote none. */
export async function readFailure({ holder }: Folders): Promise<string> {
  return (await readEntry(holder, inside.failure))?.head.trim() ?? '';
}

/** Returns the entry at a path of a container, or undefined if there is none. */
export async function readEntry(container: Docker.Container, path: string): Promise<FileEntry | undefined> {
  const archive = await openArchive(container, path);
  return archive && (await listFiles(archive))[0];
}

/** Returns the archive of a path of a container, or undefined if nothing is there. */
export async function openArchive(
  container: Docker.Container,
  path: string,
): Promise<NodeJS.ReadableStream | undefined> {
  try {
    return await container.getArchive({ path });
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
