// Architecture ensemble: a linear support vector machine over hashed n-grams, which learns the words and names of the
// training titles, and a small convolution over word vectors, which learns what words mean. They err on different
// titles, so their sum is better than either. Their inner loops run in WebAssembly; nothing here loads TensorFlow.

import type { Architecture, RowsOfRun, TrainingOptions } from '../training/architecture';
import type { Classifier } from '../training/classifier';
import { rowsPerMeasure } from '../training/epoch';
import { type FitOptions, type Fitted, fit } from '../training/fit';
import { runKey } from '../training/runKey';
import type { Hyperparameters } from '../training/settings';
import { crossEntropy } from '../training/softmax';
import type { Trainer } from '../training/trainer';
import { createEnsembleClassifier, packEnsemble } from './classifier';
import type { EnsembleDescription, EnsembleShape } from './description';
import { type LinearPart, trainLinearPart } from './linearPart';
import { type EnsembleRows, prepareRows } from './rows';
import { startConvolution, toConvolution } from './wordFilters';
import { type ConvolutionTrainer, createConvolutionTrainer } from './wordFiltersTrainer';
import { type EnsembleWords, frequentWords, startVectors } from './words';

/** The most linear weights, one for each pair of bucket and label, within the limits of the number of buckets. */
const linearWeights = 2 ** 21;
const fewestBuckets = 2 ** 13;
const mostBuckets = 2 ** 19;
const filters = 64;
const smallestBatch = 16;
/** Steps of an epoch, unless batches would be larger than `batch_size` or smaller than `smallestBatch`. */
const stepsOfEpoch = 48;
/** The convolution needs no more rows to learn what words mean. The next epoch continues with other rows. */
const mostRowsOfEpoch = 100_000;

export const ensemble: Architecture = {
  meaning:
    'ensemble adds up the scores of a linear model over n-grams and of a small convolution over word vectors; it is the fastest to train and to predict',
  defaults: { epochs: 5, batch_size: 256, learning_rate: 0.006, vocabulary_size: 50_000, max_length: 50 },
  train: trainEnsemble,
  load: createEnsembleClassifier,
};

/** The parameters of a training run, shared by both parts. */
interface Run {
  rows: EnsembleRows;
  words: EnsembleWords;
  shape: EnsembleShape;
  hyperparameters: Hyperparameters;
  /** Rows that the convolution takes in a step, and in an epoch. */
  batchSize: number;
  rowsOfEpoch: number;
  versions: Record<string, string>;
}

async function trainEnsemble(
  given: RowsOfRun,
  hyperparameters: Hyperparameters,
  { vectors, vocabulary: _, ...options }: TrainingOptions,
): Promise<Classifier> {
  const rows = await prepareRows(given, hyperparameters);
  const words = startVectors(rows.vocabulary, vectors, hyperparameters.seed);
  const vocabulary = [...rows.vocabulary, ...frequentWords(vectors, rows.vocabulary)];
  const shape: EnsembleShape = {
    dimensions: words.dimensions,
    filters,
    labelCount: rows.labels.length,
    buckets: bucketsFor(rows.labels.length),
    maxLength: hyperparameters.max_length,
    words: vocabulary.length,
  };
  const run: Run = {
    rows,
    words,
    shape,
    hyperparameters,
    batchSize: batchFor(given.training.length, hyperparameters.batch_size),
    rowsOfEpoch: Math.min(given.training.length, mostRowsOfEpoch),
    versions: { node: process.version },
  };
  const trainer = openConvolution(run);
  const { fitted, linear } = await trainBoth(trainer, run, options);

  const description: EnsembleDescription = {
    architecture: hyperparameters.architecture,
    shape,
    labels: rows.labels,
    vocabulary,
    hyperparameters: { ...hyperparameters },
    trainingRows: given.training.length,
    validationRows: given.validation.length,
    ...fitted,
    versions: run.versions,
  };
  const [embedding, ...convolution] = trainer.weights() as [Float32Array, ...Float32Array[]];
  const parts = {
    inverse: linear.inverse,
    linear: linear.weights,
    vectors: words.vectorsWith(vocabulary.slice(rows.vocabulary.length), embedding),
    convolution: toConvolution(convolution),
  };
  return createEnsembleClassifier(description, packEnsemble(parts, shape));
}

/** Returns how many rows a step takes: fewer in a small data set, so that an epoch has enough steps. */
function batchFor(rows: number, most: number): number {
  return Math.min(most, Math.max(smallestBatch, Math.round(rows / stepsOfEpoch)));
}

function bucketsFor(labelCount: number): number {
  const wanted = 2 ** Math.floor(Math.log2(linearWeights / labelCount));
  return Math.min(mostBuckets, Math.max(fewestBuckets, wanted));
}

function openConvolution({ rows, words, shape, hyperparameters, ...run }: Run): ConvolutionTrainer {
  const { seed, epochs, max_length: maxLength, learning_rate: learningRate } = hyperparameters;
  return createConvolutionTrainer(words.embedding, startConvolution(shape, seed), maxLength, {
    shape,
    epochs,
    rowsOfEpoch: run.rowsOfEpoch,
    batchSize: Math.max(run.batchSize, rowsPerMeasure),
    learningRate,
    seed,
    rowWeights: rows.rowWeights,
  });
}

/** Trains both parts side by side. When the convolution fails, the linear part is stopped. */
async function trainBoth(
  trainer: ConvolutionTrainer,
  run: Run,
  options: FitOptions,
): Promise<{ fitted: Fitted; linear: LinearPart }> {
  const { rows, shape, hyperparameters, batchSize, rowsOfEpoch } = run;
  const { labelCount, buckets } = shape;
  const { labels } = rows.examples.training;
  const task = { ...rows.titles, labels, labelCount, rowWeights: rows.rowWeights, buckets };
  const failed = new AbortController();
  const stops = options.signal ? [options.signal, failed.signal] : [failed.signal];
  const linearPart = trainLinearPart({ ...task, seed: hyperparameters.seed }, AbortSignal.any(stops));
  // Nothing awaits this promise when the convolution fails first.
  linearPart.catch(() => undefined);
  try {
    const fitTask = { ...rows.examples, runKey: () => keyOf(trainer, run), rowsOfEpoch };
    const settings = { ...hyperparameters, batch_size: batchSize };
    const fitted = await fit(measuredTogether(trainer, linearPart), fitTask, settings, options);
    return { fitted, linear: await linearPart };
  } catch (error) {
    failed.abort();
    throw error;
  }
}

function keyOf(trainer: ConvolutionTrainer, { rows, hyperparameters, versions }: Run): string {
  const { labels, vocabulary, titles, examples, rowWeights } = rows;
  return runKey({
    // The learning rate falls to 0 by the last epoch, so a run of more epochs is another run.
    weights: [Float32Array.of(hyperparameters.epochs), Float32Array.from(rowWeights), ...trainer.weights()],
    examples,
    vocabulary,
    titles: [...titles.training, ...titles.validation],
    labels,
    hyperparameters,
    versions,
  });
}

/** Returns the convolution's trainer, but measures the validation rows with the scores of the whole ensemble. */
function measuredTogether(trainer: ConvolutionTrainer, linearPart: Promise<LinearPart>): Trainer {
  return {
    ...trainer,
    async measure(examples, rows) {
      const { validationScores: linearScores } = await linearPart;
      const labelCount = linearScores.length / examples.labels.length;
      const total = { loss: 0, right: 0 };
      const logitsOfRows = trainer.logits(examples, rows);
      for (const [place, row] of rows.entries()) {
        const linear = linearScores.subarray(row * labelCount, (row + 1) * labelCount);
        const scores = logitsOfRows
          .subarray(place * labelCount, (place + 1) * labelCount)
          .map((logit, label) => logit + (linear[label] as number));
        const { loss, right } = crossEntropy(scores, [examples.labels[row] as number]);
        total.loss += loss;
        total.right += right;
      }
      return total;
    },
  };
}
