// The program of `container/train`: channels and hyperparameters → model artifact, or a failure file.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { describeSplit } from '../data/describeSplit';
import { saveArtifact } from '../model/artifact';
import { parseWithDeclared } from '../model/declaredHyperparameters';
import { frequentWordCount } from '../model/ensemble/words';
import {
  applicableHyperparameters,
  type Hyperparameters,
  parseHyperparameters,
} from '../model/hyperparameters';
import { architectures } from '../model/registry';
import { trainClassifier } from '../model/train';
import type { Architecture } from '../model/training/architecture';
import { openCheckpoints } from '../model/training/checkpoints';
import type { ClassifierDescription } from '../model/training/classifier';
import { learnRowsVocabulary } from '../model/training/examples';
import { formatEpoch, formatNote, formatProgress } from '../model/training/metrics';
import type { LoadedNetwork } from '../model/training/networkFunction';
import { originOf } from '../model/training/origin';
import { pretrainedFolder } from '../model/transformer/pretrained';
import { type BaseDirectory, baseDirectory } from '../platform/baseDirectory';
import { describeError, UserError } from '../platform/errors';
import { checkWritable, writeInto } from '../platform/files';
import { loadVectors, vectorsFolder, type WordVectors } from '../text/vectors';
import { loadNetwork, readNetworkCode } from './networkCode';
import { readTrainingConfig } from './trainingConfig';
import { readTrainingRows } from './trainingRows';

/** Characters of a network's source that the artifact keeps. */
const mostSource = 100_000;

/** Trains as a SageMaker training job does and ends the process: exit code 0 when completed, 1 when failed. */
export async function main(): Promise<void> {
  const directory = baseDirectory();
  process.on('SIGTERM', endAtOnce);
  try {
    await runTrainingJob(directory);
  } catch (error) {
    const reason = describeError(error);
    console.error(reason);
    process.exitCode = 1;
    await writeFailure(directory, reason);
  }
}

/** Writes the reason to the failure file; if that fails, the log has both errors. */
async function writeFailure({ output, failure }: BaseDirectory, reason: string): Promise<void> {
  try {
    await writeInto(output, async () => {
      await mkdir(output, { recursive: true });
      await writeFile(failure, reason);
    });
  } catch (error) {
    console.error(`The failure file could not be written. ${describeError(error)}`);
  }
}

async function runTrainingJob(directory: BaseDirectory): Promise<void> {
  const { idleness, checkpointFolder, notes, ...given } = await readTrainingConfig(directory);
  if (idleness) return console.log(idleness);
  const { network, source, hyperparameters } = await readNetworkOf(directory, given.hyperparameters);
  const used = applicableHyperparameters(hyperparameters, network?.hyperparameters);
  console.log(`Hyperparameters: ${JSON.stringify(used)}`);
  // Fails now rather than after hours of training.
  await checkWritable(directory.model);
  for (const note of notes) console.log(note);
  const split = await readTrainingRows(directory, hyperparameters, console.log);
  const { training, validation } = split;
  console.log(`Rows: ${training.length} for training, ${validation.length} for validation`);
  const { reads = ['vectors'] }: Architecture = architectures[hyperparameters.architecture];
  const vocabulary = await learnRowsVocabulary(training, hyperparameters.vocabulary_size);
  // A transformer counts pieces of words, and says itself which texts it cuts.
  const counted = reads.includes('pretrained') ? {} : { maxLength: hyperparameters.max_length, vocabulary };
  const described = describeSplit(split, counted);
  for (const note of described.notes) console.log(formatNote(note));
  const vectors = reads.includes('vectors') ? await readVectors(directory, vocabulary) : undefined;
  const pretrained = reads.includes('pretrained') ? pretrainedPlace(directory) : undefined;
  const origin = await originOf(sourcesOf(directory, reads));

  const signal = stopTrainingOnSignal();
  const classifier = await trainClassifier(split, hyperparameters, {
    vectors,
    pretrained,
    notify: (note) => console.log(formatNote(note)),
    vocabulary,
    network,
    checkpoints: checkpointFolder === undefined ? undefined : openCheckpoints(checkpointFolder, console.log),
    signal,
    onEpoch: (metrics, seconds) => console.log(formatEpoch(metrics, hyperparameters.epochs, seconds)),
    onProgress: (progress) => console.log(formatProgress(progress)),
  });
  const { description } = classifier;
  if (description.trainedEpochs === 0) endAtOnce();
  const end = describeEnd(description, hyperparameters.epochs, signal.aborted);
  if (end) console.log(end);
  const shown = source?.slice(0, mostSource);
  const whole = { ...description, origin, ...(shown !== undefined && { source: shown }) };
  await saveArtifact({ ...classifier, description: whole }, directory.model);
  console.log('The model artifact is written.');
}

/** A job's hyperparameters and, from the channel `code`, its network. */
interface ChosenNetwork {
  readonly hyperparameters: Hyperparameters;
  readonly network?: LoadedNetwork;
  /** The network's code as its author wrote it. */
  readonly source?: string;
}

/** Parses the hyperparameters, and loads the channel `code`, which implies the architecture `own`. */
async function readNetworkOf(
  directory: BaseDirectory,
  given: Readonly<Record<string, unknown>>,
): Promise<ChosenNetwork> {
  const channel = directory.channel('code');
  if (!existsSync(channel)) {
    const hyperparameters = parseHyperparameters(given);
    if (hyperparameters.architecture !== 'own') return { hyperparameters };
    throw new UserError(
      'The architecture own needs the channel code, which contains the network. Pass `network: await readNetwork(…)` to train(), ' +
        'which uploads it, or choose another architecture.',
    );
  }
  const { code, source } = await readNetworkCode(channel);
  const network = loadNetwork(code);
  const { hyperparameters, own } = parseWithDeclared(given, network.hyperparameters);
  if (hyperparameters.architecture === 'own') {
    return {
      hyperparameters,
      network: { ...network, hyperparameters: own },
      ...(source !== undefined && { source }),
    };
  }
  throw new UserError(
    `The architecture is ${hyperparameters.architecture}, but the channel code contains a network of your own. Leave one of them out.`,
  );
}

/** Ends the job: before training there is nothing to keep, and reading may wait for a slow disk. */
function endAtOnce(): never {
  console.log('Stopped on request before the first step: no model artifact is written.');
  process.exit(0);
}

/** Makes SIGTERM end training, which then keeps the weights learnt so far. */
function stopTrainingOnSignal(): AbortSignal {
  const stop = new AbortController();
  process.off('SIGTERM', endAtOnce);
  process.on('SIGTERM', () => stop.abort());
  return stop.signal;
}

/** Returns a sentence about the weights that are kept, unless they are those of the last epoch. */
function describeEnd(
  { history, trainedEpochs }: ClassifierDescription,
  epochs: number,
  wasAsked: boolean,
): string | undefined {
  if (trainedEpochs === epochs) return undefined;
  const isWhole = history.length === epochs;
  const end = isWhole
    ? 'Training has ended'
    : wasAsked
      ? 'Stopped early on request'
      : 'Training stopped early';
  const best = history[trainedEpochs - 1];
  if (!best) return `${end}, in the first epoch: the weights learnt so far are kept.`;
  const { validation_accuracy: accuracy, loss } = best;
  const figure =
    accuracy === undefined
      ? `training loss ${loss.toFixed(4)}`
      : `validation accuracy ${accuracy.toFixed(4)}`;
  const since = isWhole || wasAsked ? '' : `, ${history.length - trainedEpochs} epoch(s) after the best`;
  return `${end}${since}: the weights of epoch ${trainedEpochs} are kept, the best so far (${figure}).`;
}

/** Returns the folders of the job's channels and the paths of what its architecture reads besides. */
function sourcesOf(
  directory: BaseDirectory,
  reads: NonNullable<Architecture['reads']>,
): Record<string, string> {
  const channels = ['training', 'train', 'validation', 'code'].map((name) => [name, directory.channel(name)]);
  return {
    ...Object.fromEntries(channels),
    embeddings: (reads.includes('vectors') && vectorsPlace(directory)) || '',
    pretrained: (reads.includes('pretrained') && pretrainedPlace(directory)) || '',
  };
}

/**
 * Returns the pretrained channel, else the path in the environment variable `PRETRAINED`, else the folder that `npm run
 * setup -- minilm` fills. Undefined if all are missing.
 */
function pretrainedPlace(directory: BaseDirectory): string | undefined {
  const channel = directory.channel('pretrained');
  if (existsSync(channel)) return channel;
  return process.env.PRETRAINED || (existsSync(pretrainedFolder) ? pretrainedFolder : undefined);
}

/**
 * Returns the embeddings channel, else the path in the environment variable `VECTORS`, else data/vectors. Undefined if
 * all are missing, or if `VECTORS` is empty.
 */
function vectorsPlace(directory: BaseDirectory): string | undefined {
  const channel = directory.channel('embeddings');
  const given = existsSync(channel) ? channel : process.env.VECTORS;
  if (given !== undefined) return given || undefined;
  return existsSync(vectorsFolder) ? vectorsFolder : undefined;
}

/** Reads the word vectors. If there are none, logs that and returns undefined. */
async function readVectors(
  directory: BaseDirectory,
  vocabulary: readonly string[],
): Promise<WordVectors | undefined> {
  const place = vectorsPlace(directory);
  if (place === undefined) {
    console.log(
      'No pretrained word vectors found (no embeddings channel, and none on this machine): ' +
        'the network trains its own, which cover only the words of the training titles.',
    );
    return undefined;
  }
  // Some architectures split words at apostrophes, and keep frequent words that no title has.
  const words = new Set(vocabulary.flatMap((word) => [word, ...word.split(/['’]/)]));
  const vectors = await loadVectors(place, { words, first: frequentWordCount, notify: console.log });
  const known = vocabulary.filter((word) => vectors.lookup(word)).length;
  console.log(`Word vectors: ${vectors.dimensions} dimensions, ${known} of ${vocabulary.length} words known`);
  return vectors;
}
