// Model artifact ⇄ a model of TensorFlow.js: a folder with model.json and weights.bin, as `tf.loadLayersModel()` reads and
// `model.save()` writes it.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs-node';
import { ArtifactFault, UserError } from '../platform/errors';
import { writeInto } from '../platform/files';
import { tokenise } from '../text/tokenizer';
import { artifactFolder, loadArtifact, saveArtifact } from './artifact';
import { createNetworkClassifier, type NetworkDescription } from './networks/classifier';
import { layersOf, rejectCustomLayers } from './networks/customLayers';
import { checkEnds, checkPadding, tensorsOf, weightsOf, writeWeights } from './networks/layersModel';
import { scope, tensorflow, tensorflowVersions } from './networks/tensorflow';
import type { Classifier } from './training/classifier';
import { networkNames } from './training/settings';
import { checkFinite } from './training/tensors';

/** Metadata that a model of TensorFlow.js lacks: how texts become its input, and what its outputs mean. */
export interface LayersModelMetadata {
  /** In the order of the model's outputs. */
  readonly labels: readonly string[];
  /** Words; the one at position i has index i + 1. Index 0 is padding, in front of the text; other words are left out. */
  readonly vocabulary: readonly string[];
  /** Tokens per text. Needed only if the model's input has no fixed length. */
  readonly maxLength?: number;
}

interface StoredMetadata extends LayersModelMetadata {
  padding?: number;
}

/**
 * Writes the network of a model artifact as a model of TensorFlow.js, for `tf.loadLayersModel()` in Node or a browser.
 * Labels and vocabulary are in the model's `userDefinedMetadata`.
 * @param artifact the `modelArtifact` of a training job that has ended: a path or a file:// address
 * @param folder receives `model.json` and `weights.bin`; created if it is missing
 * @throws `UserError` if the artifact is not that of a network, or the folder is not writable
 * @example
 * ```ts
 * const hyperparameters = { architecture: 'mlp', epochs: 1, max_length: 24 } as const;
 * const network = await (await session.train({ channels, hyperparameters })).wait();
 * await workshop.exportLayersModel(network.modelArtifact!, '../output/my-model');
 * ```
 */
export async function exportLayersModel(artifact: string, folder: string): Promise<void> {
  const { description, weights } = await loadArtifact(artifact);
  if (!isNetwork(description)) {
    throw new UserError(
      `${await artifactFolder(artifact)} contains the architecture ${description.architecture}, which is not a network of ` +
        `tf.layers. Export an artifact of ${networkNames.join(', ')}.`,
    );
  }
  const { topology, labels, vocabulary, shape, padding } = description;
  const model = await tensorflow().models.modelFromJSON(structuredClone(topology) as never);
  try {
    const byName = new Map(weights.map(({ name, data }) => [name, data as Float32Array]));
    writeWeights(
      model,
      weightsOf(model).map(({ name }) => byName.get(name) as Float32Array),
    );
    const metadata: StoredMetadata = {
      ...{ labels, vocabulary, maxLength: shape.maxLength },
      ...(padding !== undefined && { padding }),
    };
    model.setUserDefinedMetadata(metadata);
    await writeInto(folder, async () => {
      await mkdir(folder, { recursive: true });
      await model.save(`file://${resolve(folder)}`);
    });
  } finally {
    model.dispose();
  }
}

/**
 * Makes a model artifact from a model of TensorFlow.js, so that `deploy()` serves it. Layers are made from their settings;
 * none of your code runs.
 * @param folder has `model.json` and the files that it names
 * @param artifact receives the model artifact; created if it is missing
 * @param metadata needed for a model that `exportLayersModel()` has not written
 * @throws `UserError` if the server could not rebuild the model or predict with it
 * @example
 * ```ts
 * const imported = await workshop.importLayersModel('../output/my-model', '../output/my-artifact');
 * console.log(imported.description.labels.length); // 4
 * ```
 */
export async function importLayersModel(
  folder: string,
  artifact: string,
  metadata?: LayersModelMetadata,
): Promise<Classifier> {
  const path = join(resolve(folder), 'model.json');
  const model = await read(path);
  try {
    const described = metadata ?? (model.getUserDefinedMetadata() as StoredMetadata | undefined);
    checkMetadata(described, path);
    const weights = tensorsOf(model);
    for (const weight of weights) checkFinite(weight);
    const classifier = await createNetworkClassifier(describe(model, described), weights);
    // Some settings fail only here.
    classifier.predict(['']);
    await saveArtifact(classifier, artifact);
  } catch (error) {
    if (!(error instanceof ArtifactFault)) throw error;
    throw new UserError(`${path} cannot be imported: ${error.message}.`, { cause: error });
  } finally {
    model.dispose();
  }
  return await loadArtifact(artifact);
}

/** Throws a {@link UserError} unless every output has a label of its own, and every word an index that texts can reach. */
function checkMetadata(
  metadata: StoredMetadata | undefined,
  path: string,
): asserts metadata is StoredMetadata {
  const { labels, vocabulary } = metadata ?? {};
  if (!labels || !vocabulary) {
    throw new UserError(
      `${path} does not say what its inputs and outputs mean: pass { labels, vocabulary } as the third argument.`,
    );
  }
  for (const [name, words] of Object.entries({ labels, vocabulary })) {
    const isList = Array.isArray(words) && words.length > 0;
    if (!isList || !words.every((word) => typeof word === 'string' && word !== '')) {
      throw new UserError(
        `${name} must be a list of words, none of them empty. Leave out the first entry of Keras’ get_vocabulary(), which is ` +
          'padding, and turn an index of words into a list, in the order of their numbers.',
      );
    }
    const seen = new Set<string>();
    const twice = words.find((word) => seen.size === seen.add(word).size);
    if (twice !== undefined) throw new UserError(`${name} has "${twice}" twice.`);
  }
  const unreached = vocabulary.filter((word) => tokenise(word)[0] !== word);
  if (unreached.length > vocabulary.length / 10) {
    throw new UserError(
      `vocabulary has "${unreached[0]}", which no text contains once it is tokenised: tokenise() gives ` +
        `${JSON.stringify(tokenise(unreached[0] as string))}. Use the words as tokenise() gives them.`,
    );
  }
}

async function read(path: string): Promise<TensorFlow.LayersModel> {
  try {
    return await tensorflow().loadLayersModel(`file://${path}`);
  } catch (error) {
    const { message } = error as Error;
    const reason = message.includes(path) ? message : `${path} cannot be read: ${message}`;
    throw new UserError(
      `${reason.replace(/[.:]?$/, '.')} A folder for importLayersModel() contains model.json and weights of tf.layers, not of a graph model.`,
      { cause: error },
    );
  }
}

function describe(model: TensorFlow.LayersModel, metadata: StoredMetadata): NetworkDescription {
  const { labels, vocabulary } = metadata;
  const topology = JSON.parse(model.toJSON() as string);
  rejectCustomLayers(model, topology);
  const embedding = layersOf(model).find((layer) => layer.getClassName() === 'Embedding');
  const { inputDim = 0, outputDim = 0 } = (embedding?.getConfig() ?? {}) as Record<string, number>;
  if (!embedding) throw new UserError('The model has no embedding layer, so it does not read tokens.');
  const fixedLength = model.inputs[0]?.shape[1];
  const maxLength = fixedLength ?? metadata.maxLength;
  if (!maxLength)
    throw new UserError('The model’s input has no fixed length: pass maxLength, the tokens per text.');
  const shape = {
    vectors: 'trained' as const,
    ...{ vocabularySize: inputDim, dimensions: outputDim, maxLength, labelCount: labels.length },
  };
  checkEnds(model, shape);
  const padding = fixedLength ? undefined : metadata.padding;
  scope(() => checkPadding(model, shape, padding));
  return {
    architecture: 'own',
    ...{ shape, topology, labels: [...labels], vocabulary: [...vocabulary] },
    ...(padding !== undefined && { padding }),
    ...{ hyperparameters: {}, trainingRows: 0, validationRows: 0, history: [], trainedEpochs: 0 },
    versions: { node: process.version, ...tensorflowVersions() },
  };
}

function isNetwork(description: object): description is NetworkDescription {
  return 'topology' in description;
}
