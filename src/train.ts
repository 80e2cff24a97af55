// Step 5: rows → trained classifier. The loop over epochs and batches; it reads and writes no files.
import { setImmediate } from 'node:timers/promises';
import { type Classifier, createClassifier } from './classifier';
import { UserError } from './errors';
import type { Headline } from './headlines';
import type { Hyperparameters } from './hyperparameters';
import type { EpochMetrics } from './metrics';
import { buildModel, type ModelShape } from './models';
import { type Random, seededRandom, shuffled } from './random';
import { type LayersModel, tensorflow } from './tensorflow';
import { createEncoder, learnVocabulary } from './tokenizer';
import { embeddingMatrix, type WordVectors } from './vectors';

/** What training reads of a row. */
export type LabelledTitle = Pick<Headline, 'title' | 'category'>;

export interface TrainingOptions {
  vectors: WordVectors;
  /** Called after each epoch with its metrics and its duration in seconds. */
  onEpoch?: (metrics: EpochMetrics, seconds: number) => void;
  /** Ends training after the step under way; what has been learnt so far is kept. */
  signal?: AbortSignal;
}

/** Rows as the network sees them: tokens [rows, maxLength] and label indices [rows]. */
interface Examples {
  tokens: Int32Array;
  labels: Int32Array;
  maxLength: number;
}

/**
 * Trains on `training` and measures each epoch on `validation`, which may be empty. The vocabulary is learnt from
 * the training titles alone. Throws a {@link UserError} where there is nothing to tell apart.
 */
export async function trainClassifier(
  { training, validation }: { training: readonly LabelledTitle[]; validation: readonly LabelledTitle[] },
  hyperparameters: Hyperparameters,
  { vectors, onEpoch, signal }: TrainingOptions,
): Promise<Classifier> {
  const labels = learnLabels(training);
  const vocabulary = learnVocabulary(titles(training), hyperparameters.vocabulary_size);
  const shape: ModelShape = {
    architecture: hyperparameters.architecture,
    vocabularySize: hyperparameters.vocabulary_size,
    dimensions: vectors.dimensions,
    maxLength: hyperparameters.max_length,
    labelCount: labels.length,
  };
  const model = prepareModel(shape, vocabulary, hyperparameters, vectors);
  const toExamples = createExampleEncoder(vocabulary, labels, shape.maxLength);
  const trainingExamples = toExamples(training);
  const validationExamples = toExamples(validation);
  const random = seededRandom(hyperparameters.seed);

  const history: EpochMetrics[] = [];
  for (let epoch = 1; epoch <= hyperparameters.epochs && !signal?.aborted; epoch++) {
    const start = performance.now();
    const trained = await trainEpoch(model, trainingExamples, { hyperparameters, random, signal });
    const validated = validation.length > 0 ? measure(model, validationExamples) : undefined;
    const metrics: EpochMetrics = {
      epoch,
      ...trained,
      ...(validated && { validation_loss: validated.loss, validation_accuracy: validated.accuracy }),
    };
    if (!Number.isFinite(metrics.loss)) {
      throw new UserError(
        `Training diverged: the loss of epoch ${epoch} is ${metrics.loss}. Lower learning_rate.`,
      );
    }
    history.push(metrics);
    onEpoch?.(metrics, (performance.now() - start) / 1000);
  }

  const description = {
    shape,
    labels,
    vocabulary,
    hyperparameters: { ...hyperparameters },
    trainingRows: training.length,
    validationRows: validation.length,
    history,
    versions: { node: process.version, tensorflow: tensorflow().version['tfjs-node'] ?? '' },
  };
  return createClassifier(description, model);
}

function learnLabels(rows: readonly LabelledTitle[]): string[] {
  const labels = [...new Set(rows.map(({ category }) => category))].sort();
  if (labels.length >= 2) return labels;
  throw new UserError(
    `There is nothing to tell apart: ${rows.length} training row(s)${labels[0] ? `, all of category "${labels[0]}"` : ''}. ` +
      'Training needs rows of at least two categories.',
  );
}

function titles(rows: readonly LabelledTitle[]): string[] {
  return rows.map(({ title }) => title);
}

function createExampleEncoder(vocabulary: readonly string[], labels: readonly string[], maxLength: number) {
  const encode = createEncoder(vocabulary, maxLength);
  const indices = new Map(labels.map((label, index) => [label, index]));
  return (rows: readonly LabelledTitle[]): Examples => ({
    tokens: encode(titles(rows)),
    labels: Int32Array.from(rows, ({ category }) => {
      const index = indices.get(category);
      if (index === undefined) {
        throw new UserError(
          `Category "${category}" stands in the validation rows only; training has no row of it.`,
        );
      }
      return index;
    }),
    maxLength,
  });
}

function prepareModel(
  shape: ModelShape,
  vocabulary: readonly string[],
  { learning_rate, seed }: Hyperparameters,
  vectors: WordVectors,
): LayersModel {
  const tf = tensorflow();
  const model = buildModel(shape, seed);
  const matrix = embeddingMatrix(vocabulary, shape.vocabularySize, vectors);
  tf.tidy(() => model.layers[0]?.setWeights([tf.tensor2d(matrix, [shape.vocabularySize, shape.dimensions])]));
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

interface Measured {
  loss: number;
  accuracy: number;
}

async function trainEpoch(
  model: LayersModel,
  examples: Examples,
  run: { hyperparameters: Hyperparameters; random: Random; signal: AbortSignal | undefined },
): Promise<Measured> {
  const order = shuffled(examples.labels.keys(), run.random);
  const { batch_size } = run.hyperparameters;
  const total = { loss: 0, accuracy: 0, rows: 0 };
  for (let first = 0; first < order.length && !run.signal?.aborted; first += batch_size) {
    const rows = order.slice(first, first + batch_size);
    const { inputs, targets } = toTensors(examples, rows, model.outputShape[1] as number);
    const [loss, accuracy] = (await model.trainOnBatch(inputs, targets)) as [number, number];
    inputs.dispose();
    targets.dispose();
    total.loss += loss * rows.length;
    total.accuracy += accuracy * rows.length;
    total.rows += rows.length;
    // tfjs-node's promises are resolved already: without this, signals and timers would wait for the last epoch.
    await setImmediate();
  }
  return { loss: total.loss / total.rows, accuracy: total.accuracy / total.rows };
}

function measure(model: LayersModel, examples: Examples): Measured {
  const tf = tensorflow();
  return tf.tidy(() => {
    const { inputs, targets } = toTensors(
      examples,
      [...examples.labels.keys()],
      model.outputShape[1] as number,
    );
    const [loss, accuracy] = model.evaluate(inputs, targets, { batchSize: 1024 }) as unknown as [
      { dataSync(): Float32Array },
      { dataSync(): Float32Array },
    ];
    return { loss: loss.dataSync()[0] as number, accuracy: accuracy.dataSync()[0] as number };
  });
}

/** Tokens int32 [rows, maxLength] and one-hot labels float32 [rows, labelCount]. */
function toTensors({ tokens, labels, maxLength }: Examples, rows: readonly number[], labelCount: number) {
  const tf = tensorflow();
  const inputs = new Int32Array(rows.length * maxLength);
  const targets = new Float32Array(rows.length * labelCount);
  rows.forEach((row, position) => {
    inputs.set(tokens.subarray(row * maxLength, (row + 1) * maxLength), position * maxLength);
    targets[position * labelCount + (labels[row] as number)] = 1;
  });
  return {
    inputs: tf.tensor2d(inputs, [rows.length, maxLength], 'int32'),
    targets: tf.tensor2d(targets, [rows.length, labelCount]),
  };
}
