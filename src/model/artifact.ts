// Trained classifier ⇄ model artifact, a folder of two files. classifier.json holds everything that serving
// needs, and describes weights.bin, which holds the weights' bytes, little-endian, tensor after tensor. Each architecture
// checks its own members of the description.
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArtifactFault, UserError } from '../platform/errors';
import { writeInto, writeTogether } from '../platform/files';
import { localPath } from '../platform/localAddress';
import { architectures, isArchitecture } from './registry';
import type { Classifier, ClassifierDescription } from './training/classifier';
import { findNonFiniteMetric } from './training/metrics';
import {
  bytesOf,
  checkFinite,
  fromBytes,
  isTensorSpec,
  type NamedTensor,
  specOf,
  type TensorSpec,
  toBytes,
} from './training/tensors';

const format = 3;
export const descriptionFile = 'classifier.json';
const weightsFile = 'weights.bin';

/** Limits for the files, several times the size of the largest model. */
const largestBytes = { [descriptionFile]: 2 ** 26, [weightsFile]: 2 ** 30 };

/** The id and the description of an artifact. */
export interface Described {
  /** The id: the first 16 hexadecimal digits of the SHA-256 of classifier.json, which contains the SHA-256 of the weights. */
  readonly model: string;
  readonly description: ClassifierDescription;
}

interface Manifest extends ClassifierDescription {
  format: number;
  weights: { tensors: TensorSpec[]; sha256: string };
}

/**
 * Writes the model artifact into a folder, and creates the folder if it is missing. Throws a {@link UserError} if a weight
 * or a metric is not finite, the disk is full, or the folder is not writable; an earlier artifact then stays intact.
 */
export async function saveArtifact({ description, weights }: Classifier, folder: string): Promise<void> {
  checkNumbers(description, weights);
  const bytes = Buffer.concat(weights.map(toBytes));
  const manifest: Manifest = {
    format,
    ...description,
    weights: { tensors: weights.map(specOf), sha256: sha256(bytes) },
  };
  const parts = {
    [join(folder, weightsFile)]: bytes,
    [join(folder, descriptionFile)]: `${JSON.stringify(manifest, null, 1)}\n`,
  };
  await writeInto(folder, async () => {
    await mkdir(folder, { recursive: true });
    await writeTogether(parts);
  });
}

function checkNumbers({ history }: ClassifierDescription, weights: readonly NamedTensor[]): void {
  try {
    for (const tensor of weights) checkFinite(tensor);
    for (const metrics of history) {
      const fault = findNonFiniteMetric(metrics);
      if (fault) throw new ArtifactFault(`in epoch ${metrics.epoch}, ${fault}`);
    }
  } catch (error) {
    if (!(error instanceof ArtifactFault)) throw error;
    throw new UserError(
      `The model is not saved: ${error.message}. Training diverged: lower learning_rate and train again.`,
      { cause: error },
    );
  }
}

/**
 * Returns the folder of a model artifact on this machine. Throws a {@link UserError} that names what is missing, and says
 * what to do with an archive.
 * @param address its path or file:// address
 */
export async function artifactFolder(address: string): Promise<string> {
  const folder = localPath(address);
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory()) {
    throw new UserError(
      `${folder} is a file. A model artifact is a folder with ${descriptionFile} and ${weightsFile}: give that folder. ` +
        `Unpack an archive such as model.tar.gz first: mkdir model && tar -xf ${JSON.stringify(folder)} -C model`,
    );
  }
  await blaming(join(folder, descriptionFile), () => stat(join(folder, descriptionFile)));
  return folder;
}

/**
 * Loads a model artifact into this process.
 * @param artifact the `modelArtifact` of a training job that has ended: a path or a file:// address
 * @throws `UserError` that says which file is missing or damaged, and how
 * @example
 * ```ts
 * const classifier = await workshop.loadArtifact(result.modelArtifact!);
 * const [prediction] = classifier.predict(['Bank shares rise']);
 * console.log(prediction.result, Object.keys(prediction.probabilities).length); // Business 4
 * ```
 */
export async function loadArtifact(artifact: string): Promise<Classifier> {
  const folder = await artifactFolder(artifact);
  const [descriptionPath, weightsPath] = [join(folder, descriptionFile), join(folder, weightsFile)];
  const { manifest, model } = await readPart(descriptionPath, (bytes) => ({
    manifest: parseManifest(bytes),
    model: idOf(bytes),
  }));
  const tensors = await readPart(weightsPath, (bytes) => readTensors(bytes, manifest.weights));
  const { format: _, weights: __, ...description } = manifest;
  return await blaming(descriptionPath, async () => ({
    ...(await architectures[description.architecture].load(description, tensors)),
    model,
  }));
}

/** Reads the bytes of an artifact's classifier.json. Throws an {@link ArtifactFault} if they are not valid. */
export function describeArtifact(bytes: Buffer): Described {
  const { format: _, weights: __, ...description } = parseManifest(bytes);
  return { model: idOf(bytes), description };
}

/** Reads the description in an artifact's folder. Returns undefined if the artifact is missing or damaged. */
export async function readDescription(folder: string): Promise<Described | undefined> {
  try {
    return describeArtifact(await readFile(join(folder, descriptionFile)));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing && !(error instanceof ArtifactFault)) throw error;
    return undefined;
  }
}

function idOf(bytes: Buffer): string {
  return sha256(bytes).slice(0, 16);
}

function parseManifest(bytes: Buffer): Manifest {
  const manifest = parseJson(bytes) as Partial<Manifest> | null;
  if (manifest?.format !== format) {
    throw new ArtifactFault(`it has format ${manifest?.format} and this version reads format ${format}`);
  }
  const { architecture, labels, weights } = manifest;
  if (!isArchitecture(architecture)) {
    throw new ArtifactFault(`it has architecture ${architecture}, which this version does not know`);
  }
  const isWhole =
    Array.isArray(labels) && typeof weights?.sha256 === 'string' && Array.isArray(weights.tensors);
  if (!isWhole || !weights.tensors.every(isTensorSpec)) {
    throw new ArtifactFault('its labels or weights are missing or malformed');
  }
  if (labels.length === 0 || !labels.every((label) => typeof label === 'string')) {
    throw new ArtifactFault('its labels are not a list of words');
  }
  if (new Set(labels).size < labels.length) throw new ArtifactFault('it lists a label twice');
  return manifest as Manifest;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw new ArtifactFault(`it is not JSON (${(error as Error).message})`);
  }
}

function readTensors(bytes: Buffer, { tensors, sha256: expected }: Manifest['weights']): NamedTensor[] {
  if (sha256(bytes) !== expected) {
    throw new ArtifactFault(`its ${bytes.length} bytes are not the ones that were saved`);
  }
  const needed = tensors.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (bytes.length !== needed) {
    throw new ArtifactFault(`it has ${bytes.length} bytes and its tensors need ${needed}`);
  }
  let end = 0;
  return tensors.map((spec) => {
    const start = end;
    end += bytesOf(spec);
    return fromBytes(spec, bytes.subarray(start, end));
  });
}

/** Reads and parses a file of the artifact. Throws a {@link UserError} that names the file. */
async function readPart<Part>(path: string, parse: (bytes: Buffer) => Part): Promise<Part> {
  return await blaming(path, async () => {
    const file = await stat(path);
    // Reading a pipe or a device may never end.
    if (!file.isFile()) throw new ArtifactFault('it is not a file');
    const most = largestBytes[basename(path) as keyof typeof largestBytes];
    if (file.size > most) throw new ArtifactFault(`it has ${file.size} bytes, and at most ${most} are read`);
    return parse(await readFile(path));
  });
}

/** Does the work, and turns a fault into a {@link UserError} about the file at `path`. */
async function blaming<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new UserError(
      `The model artifact cannot be used: ${path}: ${reasonOf(error)}. Train again, or deploy another artifact.`,
      { cause: error },
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ArtifactFault) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return code === 'ENOENT' ? 'it is missing' : message;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
