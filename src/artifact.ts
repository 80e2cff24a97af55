// Step 6: trained classifier ⇄ model artifact, a folder of two files. classifier.json holds everything that serving
// must know and describes weights.bin, which holds the weights as little-endian float32, one after the other.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Classifier, type ClassifierDescription, createClassifier } from './classifier';
import { UserError } from './errors';
import { architectures, buildModel } from './models';
import { type LayersModel, tensorflow } from './tensorflow';
import { writeInto } from './writing';

const format = 2;
const descriptionFile = 'classifier.json';
const weightsFile = 'weights.bin';

interface Manifest extends ClassifierDescription {
  format: number;
  weights: { shapes: number[][]; sha256: string };
}

/**
 * Writes the model artifact into a folder, which is created where it is missing. Throws a {@link UserError} where the
 * disk is full or the folder not writable; then what stood there before still does.
 */
export async function saveArtifact({ description, model }: Classifier, folder: string): Promise<void> {
  const tensors = model.getWeights();
  const weights = Buffer.concat(tensors.map((tensor) => toBytes(tensor.dataSync() as Float32Array)));
  const manifest: Manifest = {
    format,
    ...description,
    weights: { shapes: tensors.map(({ shape }) => shape), sha256: sha256(weights) },
  };
  const parts = {
    [join(folder, weightsFile)]: weights,
    [join(folder, descriptionFile)]: `${JSON.stringify(manifest, null, 1)}\n`,
  };
  await writeInto(folder, async () => {
    await mkdir(folder, { recursive: true });
    await writeTogether(parts);
  });
}

/** No file takes its place before there was room for all of them. */
async function writeTogether(parts: Readonly<Record<string, string | Buffer>>): Promise<void> {
  const paths = Object.keys(parts);
  try {
    for (const path of paths) await writeFile(unfinished(path), parts[path] as string | Buffer);
    for (const path of paths) await rename(unfinished(path), path);
  } catch (error) {
    // What room there is, is needed for saying so.
    await Promise.allSettled(paths.map((path) => rm(unfinished(path), { force: true })));
    throw error;
  }
}

function unfinished(path: string): string {
  return `${path}.unfinished`;
}

/**
 * Loads a model artifact into this process.
 * @param folder the `modelArtifact` of a training job that has ended
 * @throws `UserError` that says which file is missing or damaged, and how
 * @example
 * ```ts
 * const classifier = await workshop.loadArtifact(result.modelArtifact!);
 * const [prediction] = classifier.predict(['Bank shares rise']);
 * console.log(prediction.result, Object.keys(prediction.probabilities).length); // Business 4
 * ```
 */
export async function loadArtifact(folder: string): Promise<Classifier> {
  const manifest = parseManifest(await readPart(folder, descriptionFile), join(folder, descriptionFile));
  const { format: _, weights, ...description } = manifest;
  const bytes = await readPart(folder, weightsFile);
  if (sha256(bytes) !== weights.sha256) {
    throw damaged(join(folder, weightsFile), `its ${bytes.length} bytes are not the ones that were saved`);
  }
  const model = buildModel(description.shape);
  const needed = JSON.stringify(model.getWeights().map(({ shape }) => shape));
  if (JSON.stringify(weights.shapes) !== needed) {
    throw damaged(join(folder, descriptionFile), `its weights do not have the network's shapes, ${needed}`);
  }
  setWeights(model, bytes, join(folder, weightsFile));
  return createClassifier(description, model);
}

function parseManifest(bytes: Buffer, path: string): Manifest {
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(bytes.toString());
  } catch (error) {
    throw damaged(path, `it is not JSON (${(error as Error).message})`);
  }
  if (manifest?.format !== format) {
    throw damaged(path, `it has format ${manifest?.format} and this version reads format ${format}`);
  }
  const { shape, labels, vocabulary, weights } = manifest;
  const isWhole = shape && Array.isArray(labels) && Array.isArray(vocabulary) && weights;
  if (!isWhole) throw damaged(path, 'shape, labels, vocabulary or weights are missing from it');
  const { vocabularySize, dimensions, maxLength, labelCount } = shape;
  if (
    ![vocabularySize, dimensions, maxLength, labelCount].every((size) => Number.isInteger(size) && size > 0)
  ) {
    throw damaged(path, 'its shape does not hold whole numbers above 0');
  }
  if (!Object.hasOwn(architectures, shape.architecture)) {
    throw damaged(path, `it has architecture ${shape.architecture}, which this version does not know`);
  }
  if (shape.vectors !== 'pretrained' && shape.vectors !== 'trained') {
    throw damaged(path, `its word vectors are "${shape.vectors}" instead of pretrained or trained`);
  }
  if (labels.length !== labelCount || vocabulary.length >= vocabularySize) {
    throw damaged(path, 'its labels or its vocabulary do not fit its shape');
  }
  return manifest as Manifest;
}

function setWeights(model: LayersModel, bytes: Buffer, path: string): void {
  const tf = tensorflow();
  const shapes = model.getWeights().map(({ shape }) => shape);
  const lengths = shapes.map((shape) => shape.reduce((product, size) => product * size, 1));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (bytes.length !== total * 4) {
    throw damaged(path, `it has ${bytes.length} bytes and the network needs ${total * 4}`);
  }
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  tf.tidy(() => {
    let offset = 0;
    const tensors = shapes.map((shape, index) => {
      const length = lengths[index] as number;
      const part = values.slice(offset, offset + length);
      offset += length;
      return tf.tensor(part, shape);
    });
    model.setWeights(tensors);
  });
}

async function readPart(folder: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, file));
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is missing' : (error as Error).message;
    throw damaged(join(folder, file), reason);
  }
}

function damaged(path: string, reason: string): UserError {
  return new UserError(
    `The model artifact cannot be used: ${path}: ${reason}. Train again, or deploy another artifact.`,
  );
}

function toBytes(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
