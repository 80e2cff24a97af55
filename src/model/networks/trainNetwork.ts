// Rows → trained network, in the same way for built-in networks and a user's own. Learns labels and vocabulary, makes the
// model, trains it (fit.ts) and describes it. Reads and writes no files itself.

import { seededRandom } from '../../data/random';
import { ArtifactFault, UserError } from '../../platform/errors';
import { embeddingMatrix } from '../../text/vectors';
import type { Architecture, RowsOfRun, TrainingOptions } from '../training/architecture';
import type { Classifier } from '../training/classifier';
import {
  balancedWeights,
  createExampleEncoder,
  learnLabels,
  learnRowsVocabulary,
} from '../training/examples';
import { fit } from '../training/fit';
import type { LoadedNetwork, NetworkFunction } from '../training/networkFunction';
import { runKey } from '../training/runKey';
import type { Hyperparameters } from '../training/settings';
import { createNetworkClassifier, type NetworkDescription } from './classifier';
import { fromEarlier } from './earlierArtifact';
import { type MadeModel, type ModelShape, makeModel, tensorsOf } from './layersModel';
import { createLayersTrainer } from './layersTrainer';
import { tensorflowVersions } from './tensorflow';

/** Dimensions of word vectors that are trained with the network. */
const trainedDimensions = 100;

/** A built-in network. `dropout` is its only hyperparameter of its own. */
interface BuiltInNetwork extends Pick<Architecture, 'meaning' | 'defaults'> {
  readonly make: NetworkFunction<{ dropout: number }>;
  /** See {@link LoadedNetwork.padding}. */
  readonly padding?: number;
}

/** Returns the architecture of a built-in network. */
export function networkArchitecture({ make, padding, ...described }: BuiltInNetwork): Architecture {
  const networkOf = (dropout: number): LoadedNetwork => ({
    make: make as unknown as LoadedNetwork['make'],
    hyperparameters: { dropout },
    padding,
  });
  return {
    ...described,
    train: (rows, hyperparameters, options) =>
      trainNetwork(networkOf(hyperparameters.dropout), rows, hyperparameters, options),
    load: (description, weights) =>
      createNetworkClassifier(...fromEarlier(networkOf(0), description, weights)),
  };
}

/** The architecture of a user's own network, which the training options bring. */
export const own: Architecture = {
  meaning: 'own is a network that you write yourself (docs/own-network.md)',
  train(rows, hyperparameters, options) {
    if (options.network) return trainNetwork(options.network, rows, hyperparameters, options);
    throw new UserError(
      'The architecture own needs a network: pass `network: await readNetwork(…)` or `defineNetwork(…)` to train().',
    );
  },
  load: createNetworkClassifier,
};

async function trainNetwork(
  network: LoadedNetwork,
  { training, validation }: RowsOfRun,
  hyperparameters: Hyperparameters,
  { vectors, vocabulary: given, network: _, ...options }: TrainingOptions,
): Promise<Classifier> {
  const labels = learnLabels(training);
  const vocabulary = given
    ? [...given]
    : await learnRowsVocabulary(training, hyperparameters.vocabulary_size);
  const { vocabulary_size: size, max_length: maxLength, seed } = hyperparameters;
  const shape: ModelShape = {
    vectors: vectors ? 'pretrained' : 'trained',
    vocabularySize: size,
    dimensions: vectors?.dimensions ?? trainedDimensions,
    maxLength,
    labelCount: labels.length,
  };
  const toExamples = createExampleEncoder(vocabulary, labels, maxLength);
  const examples = { training: await toExamples(training), validation: await toExamples(validation) };
  const matrix = vectors ? embeddingMatrix(vocabulary, size, vectors) : drawVectors(shape, seed);
  const made = makeModel(network, shape, { labels, matrix, seed });
  const versions = { node: process.version, ...tensorflowVersions() };
  const described = {
    architecture: hyperparameters.architecture,
    shape,
    topology: made.topology,
    ...(network.padding !== undefined && { padding: network.padding }),
    labels,
    vocabulary,
    hyperparameters: { ...hyperparameters },
    trainingRows: training.length,
    validationRows: validation.length,
    versions,
  };
  await checkServable({ ...described, history: [], trainedEpochs: 0 }, made);
  const isBalanced = hyperparameters.class_weights === 'balanced';
  const trainer = createLayersTrainer(made, {
    optimizer: hyperparameters.optimizer,
    learningRate: hyperparameters.learning_rate,
    seed,
    padding: network.padding,
    labelWeights: isBalanced ? balancedWeights(examples.training, labels.length) : undefined,
  });
  try {
    const identify = () =>
      runKey({
        weights: tensorsOf(made.model).map(({ data }) => data as Float32Array),
        network: [withoutNames(made), network.hyperparameters, network.padding],
        ...{ examples, vocabulary, labels, hyperparameters, versions },
      });
    const task = { ...examples, runKey: identify };
    const fitted = await fit(trainer, task, hyperparameters, options).finally(trainer.end);
    return await createNetworkClassifier({ ...described, ...fitted }, tensorsOf(made.model));
  } finally {
    made.model.dispose();
  }
}

/** Throws a {@link UserError} before training if a server could not answer with the network. */
async function checkServable(description: NetworkDescription, { model }: MadeModel): Promise<void> {
  try {
    await createNetworkClassifier(description, tensorsOf(model));
  } catch (error) {
    if (!(error instanceof ArtifactFault)) throw error;
    throw new UserError(`Your network cannot be served: ${error.message}.`, { cause: error });
  }
}

/** Returns the topology with layers by number: their given names depend on the other models of the process. */
function withoutNames({ model, topology }: MadeModel): unknown {
  const numbers = new Map([model, ...model.layers].map(({ name }, index) => [name, index]));
  return JSON.parse(JSON.stringify(topology), (_, value) => numbers.get(value) ?? value);
}

/** Draws word vectors uniformly within ±0.05, as Keras does, but zeros for padding. */
function drawVectors({ vocabularySize, dimensions }: ModelShape, seed: number): Float32Array {
  const random = seededRandom(seed);
  const draw = () => 0.1 * (random.fraction() - 0.5);
  return Float32Array.from({ length: vocabularySize * dimensions }, draw).fill(0, 0, dimensions);
}
