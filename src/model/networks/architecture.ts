// Rows → trained network, in the same way for every network. Learns labels and vocabulary, prepares the network,
// trains it (fit.ts) and describes it. Reads and writes no files itself.

import { embeddingMatrix } from '../../text/vectors';
import type { Architecture, RowsOfRun, TrainingOptions } from '../training/architecture';
import {
  balancedWeights,
  createExampleEncoder,
  learnLabels,
  learnRowsVocabulary,
} from '../training/examples';
import { fit } from '../training/fit';
import { runKey } from '../training/runKey';
import type { Hyperparameters } from '../training/settings';
import { startWeights } from '../training/startingWeights';
import { createNeuralClassifier, type NeuralClassifier, type NeuralDescription } from './classifier';
import type { ModelShape, Network } from './network';
import { tensorflowVersions } from './tensorflow';
import { createTrainer } from './trainer';

/** Dimensions of word vectors that are trained with the network. */
const trainedDimensions = 100;

/** Returns the architecture of a network. */
export function neuralArchitecture(network: Network): Architecture {
  return {
    meaning: network.meaning,
    ...(network.defaults && { defaults: network.defaults }),
    train: (rows, hyperparameters, options) => trainNetwork(network, rows, hyperparameters, options),
    load: (description, weights) => createNeuralClassifier(network, description, weights),
  };
}

async function trainNetwork(
  network: Network,
  { training, validation }: RowsOfRun,
  hyperparameters: Hyperparameters,
  { vectors, vocabulary: given, ...options }: TrainingOptions,
): Promise<NeuralClassifier> {
  const labels = learnLabels(training);
  const vocabulary = given
    ? [...given]
    : await learnRowsVocabulary(training, hyperparameters.vocabulary_size);
  const shape: ModelShape = {
    vectors: vectors ? 'pretrained' : 'trained',
    vocabularySize: hyperparameters.vocabulary_size,
    dimensions: vectors?.dimensions ?? trainedDimensions,
    maxLength: hyperparameters.max_length,
    labelCount: labels.length,
  };
  const toExamples = createExampleEncoder(vocabulary, labels, shape.maxLength);
  const examples = { training: await toExamples(training), validation: await toExamples(validation) };
  const { vocabulary_size: size, seed, learning_rate: learningRate, dropout } = hyperparameters;
  const matrix = vectors && embeddingMatrix(vocabulary, size, vectors);
  const values = startWeights(network.weights(shape), seed, matrix);
  const trainer = createTrainer(network, values, {
    shape,
    learningRate,
    seed,
    dropout,
    labelWeights:
      hyperparameters.class_weights === 'balanced'
        ? balancedWeights(examples.training, labels.length)
        : undefined,
  });
  const versions = { node: process.version, ...tensorflowVersions() };
  const identify = () => runKey({ weights: values, examples, vocabulary, labels, hyperparameters, versions });
  const fitted = await fit(trainer, { ...examples, runKey: identify }, hyperparameters, options);

  const description: NeuralDescription = {
    architecture: hyperparameters.architecture,
    shape,
    labels,
    vocabulary,
    hyperparameters: { ...hyperparameters },
    trainingRows: training.length,
    validationRows: validation.length,
    ...fitted,
    versions,
  };
  const weights = network.weights(shape).map(({ name, shape }, index) => ({
    name,
    shape,
    data: values[index] as Float32Array,
  }));
  return createNeuralClassifier(network, description, weights);
}
