// Step 5: rows → trained network, the same way for every network. Learns labels and vocabulary, prepares the network,
// trains it (fit.ts), and describes what has come of it. Reads and writes no files itself.
import type { Architecture, RowsOfRun, TrainingOptions } from './architecture';
import { createExampleEncoder, learnLabels, learnRowsVocabulary } from './examples';
import { fit } from './fit';
import type { Hyperparameters } from './hyperparameters';
import { allWeights, buildModel, type ModelShape, type Network, readLayers } from './network';
import { createNeuralClassifier, type NeuralClassifier, type NeuralDescription } from './neuralClassifier';
import { runKey } from './runKey';
import { type LayersModel, tensorflow, tensorflowVersions } from './tensorflow';
import { embeddingMatrix, type WordVectors } from './vectors';

/** Of word vectors that are trained with the network. */
const trainedDimensions = 100;

/** The architecture of a network. */
export function neuralArchitecture(network: Network): Architecture {
  return {
    meaning: network.meaning,
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
  const model = prepareModel(
    buildModel(network, shape, hyperparameters.seed),
    vocabulary,
    hyperparameters,
    vectors,
  );
  const versions = { node: process.version, ...tensorflowVersions() };
  const identify = () => runKey({ model, examples, vocabulary, labels, hyperparameters, versions });
  const fitted = await fit(model, { ...examples, runKey: identify }, hyperparameters, options);

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
  const values = readLayers(model);
  model.dispose();
  model.optimizer.dispose();
  const weights = allWeights(network, shape).map((spec, index) => ({
    ...spec,
    data: values[index] as Float32Array,
  }));
  return createNeuralClassifier(network, description, weights);
}

function prepareModel(
  model: LayersModel,
  vocabulary: readonly string[],
  { learning_rate, vocabulary_size }: Hyperparameters,
  vectors: WordVectors | undefined,
): LayersModel {
  const tf = tensorflow();
  if (vectors) {
    const matrix = embeddingMatrix(vocabulary, vocabulary_size, vectors);
    tf.tidy(() => model.layers[0]?.setWeights([tf.tensor2d(matrix, [vocabulary_size, vectors.dimensions])]));
  }
  model.compile({
    optimizer: createRmsprop(learning_rate),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
  return model;
}

/** Keras' rmsprop: rho 0.9, epsilon 1e-7. */
export function createRmsprop(learningRate: number) {
  return tensorflow().train.rmsprop(learningRate, 0.9, 0, 1e-7);
}
