// Step 5: rows → trained classifier. Learns labels and vocabulary, prepares the network, trains it (fit.ts), and
// describes what has come of it. Reads and writes no files itself.
import { type Classifier, createClassifier } from './classifier';
import { createExampleEncoder, learnLabels, type TrainingRow } from './examples';
import { type FitOptions, fit } from './fit';
import type { Hyperparameters } from './hyperparameters';
import { buildModel, type ModelShape } from './models';
import { runKey } from './runKey';
import { type LayersModel, tensorflow, tensorflowVersions } from './tensorflow';
import { learnVocabulary } from './tokenizer';
import { embeddingMatrix, type WordVectors } from './vectors';

export type { TrainingRow } from './examples';

export interface TrainingOptions extends FitOptions {
  /** Pretrained word vectors, which stay as they are. @default vectors of 100 numbers, trained with the network */
  vectors?: WordVectors | undefined;
  /** What `learnVocabulary` gives for the training titles, where the caller has it already. */
  vocabulary?: readonly string[];
}

const trainedDimensions = 100;

/**
 * Trains on `training` and measures each epoch on `validation`, which may be empty. The vocabulary is learnt from
 * the training titles alone. Throws a {@link UserError} where there is nothing to tell apart.
 */
export async function trainClassifier(
  { training, validation }: { training: readonly TrainingRow[]; validation: readonly TrainingRow[] },
  hyperparameters: Hyperparameters,
  { vectors, vocabulary: given, ...options }: TrainingOptions = {},
): Promise<Classifier> {
  const labels = learnLabels(training);
  const vocabulary = given ? [...given] : learnVocabulary(titles(training), hyperparameters.vocabulary_size);
  const shape: ModelShape = {
    architecture: hyperparameters.architecture,
    vectors: vectors ? 'pretrained' : 'trained',
    vocabularySize: hyperparameters.vocabulary_size,
    dimensions: vectors?.dimensions ?? trainedDimensions,
    maxLength: hyperparameters.max_length,
    labelCount: labels.length,
  };
  const toExamples = createExampleEncoder(vocabulary, labels, shape.maxLength);
  const examples = { training: await toExamples(training), validation: await toExamples(validation) };
  const model = prepareModel(shape, vocabulary, hyperparameters, vectors);
  const versions = { node: process.version, ...tensorflowVersions() };
  const identify = () => runKey({ model, examples, vocabulary, labels, hyperparameters, versions });
  const fitted = await fit(model, { ...examples, runKey: identify }, hyperparameters, options);

  const description = {
    shape,
    labels,
    vocabulary,
    hyperparameters: { ...hyperparameters },
    trainingRows: training.length,
    validationRows: validation.length,
    ...fitted,
    versions,
  };
  return createClassifier(description, model);
}

function titles(rows: readonly TrainingRow[]): string[] {
  return rows.map(({ title }) => title);
}

function prepareModel(
  shape: ModelShape,
  vocabulary: readonly string[],
  { learning_rate, seed }: Hyperparameters,
  vectors: WordVectors | undefined,
): LayersModel {
  const tf = tensorflow();
  const model = buildModel(shape, seed);
  if (vectors) {
    const matrix = embeddingMatrix(vocabulary, shape.vocabularySize, vectors);
    tf.tidy(() =>
      model.layers[0]?.setWeights([tf.tensor2d(matrix, [shape.vocabularySize, shape.dimensions])]),
    );
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
