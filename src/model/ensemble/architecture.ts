// Architecture ensemble: a linear support vector machine over hashed n-grams, which knows the words and names of the
// training titles, beside a small convolution over word vectors, which knows what words mean. Where one errs, the other
// often does not. Their inner loops run in WebAssembly; nothing here loads TensorFlow.

import type { Hyperparameters } from '../hyperparameters';
import type { Architecture, RowsOfRun, TrainingOptions } from '../training/architecture';
import type { Classifier } from '../training/classifier';
import { rowsPerMeasure } from '../training/epoch';
import {
  balancedWeights,
  createExampleEncoder,
  type Examples,
  learnLabels,
  learnRowsVocabulary,
  type TrainingRow,
} from '../training/examples';
import { fit } from '../training/fit';
import { runKey } from '../training/runKey';
import { crossEntropy } from '../training/softmax';
import type { Trainer } from '../training/trainer';
import {
  createEnsembleClassifier,
  type EnsembleDescription,
  packEnsemble,
  simplifyTitle,
} from './classifier';
import { type LinearPart, trainLinearPart } from './linearPart';
import { startConvolution, toConvolution } from './wordFilters';
import { type ConvolutionTrainer, createConvolutionTrainer } from './wordFiltersTrainer';
import { frequentWords, startVectors } from './words';

/** Linear weights are kept for so many pairs of bucket and label, as far as there are so many buckets. */
const linearWeights = 2 ** 21;
const fewestBuckets = 2 ** 13;
const mostBuckets = 2 ** 19;
const filters = 64;
const smallestBatch = 16;
/** As far as batches are no larger than asked and no smaller than that. */
const stepsOfEpoch = 48;
/** The convolution needs no more of them to learn what words mean; the next epoch goes on with other rows. */
const mostRowsOfEpoch = 100_000;
/** A row counts by the number of rows of its story to the power of minus this. Chosen as in linearSvm.ts. */
const storyPower = 0.6;

export const ensemble: Architecture = {
  meaning:
    'ensemble adds up what a linear model over n-grams and a small convolution over word vectors say, the most accurate here and the quickest to answer',
  defaults: { epochs: 5, batch_size: 256, learning_rate: 0.006, vocabulary_size: 50_000, max_length: 50 },
  train: trainEnsemble,
  load: createEnsembleClassifier,
};

async function trainEnsemble(
  given: RowsOfRun,
  hyperparameters: Hyperparameters,
  { vectors, vocabulary: _, ...options }: TrainingOptions,
): Promise<Classifier> {
  const rows = { training: given.training.map(simplified), validation: given.validation.map(simplified) };
  const labels = learnLabels(rows.training);
  const { vocabulary_size: size, max_length: maxLength, seed, epochs } = hyperparameters;
  const learnt = await learnRowsVocabulary(rows.training, size);
  const toExamples = createExampleEncoder(learnt, labels, maxLength);
  const examples = {
    training: await toExamples(rows.training),
    validation: await toExamples(rows.validation),
  };
  const rowWeights = weigh(rows.training, examples.training, hyperparameters);
  const words = startVectors(learnt, vectors, seed);
  const { dimensions } = words;
  const shape = { dimensions, filters, labelCount: labels.length };
  const batchSize = batchFor(rows.training.length, hyperparameters.batch_size);
  const rowsOfEpoch = Math.min(rows.training.length, mostRowsOfEpoch);
  const trainer = createConvolutionTrainer(words.embedding, startConvolution(shape, seed), maxLength, {
    shape,
    epochs,
    rowsOfEpoch,
    batchSize: Math.max(batchSize, rowsPerMeasure),
    learningRate: hyperparameters.learning_rate,
    seed,
    rowWeights,
  });
  const buckets = bucketsFor(labels.length);
  const titles = {
    training: rows.training.map(({ title }) => title),
    validation: rows.validation.map(({ title }) => title),
  };
  const task = { ...titles, labels: examples.training.labels, labelCount: labels.length, rowWeights };
  const ended = new AbortController();
  const stops = options.signal ? [options.signal, ended.signal] : [ended.signal];
  const linearPart = trainLinearPart({ ...task, buckets, seed }, AbortSignal.any(stops));
  // Where the convolution fails first, nobody waits for it.
  linearPart.catch(() => undefined);

  const versions = { node: process.version };
  const identify = () =>
    runKey({
      // The learning rate falls towards the last epoch, so that a run of more epochs is another run.
      weights: [Float32Array.of(epochs), Float32Array.from(rowWeights), ...trainer.weights()],
      examples,
      vocabulary: learnt,
      titles: [...titles.training, ...titles.validation],
      labels,
      hyperparameters,
      versions,
    });
  const measured = measuredTogether(trainer, linearPart);
  const steps = { ...hyperparameters, batch_size: batchSize };
  const fitted = await fit(measured, { ...examples, runKey: identify, rowsOfEpoch }, steps, options).catch(
    (error: unknown) => {
      ended.abort();
      throw error;
    },
  );
  const linear = await linearPart;

  const others = frequentWords(vectors, learnt);
  const description: EnsembleDescription = {
    architecture: hyperparameters.architecture,
    shape: { ...shape, buckets, maxLength, words: learnt.length + others.length },
    labels,
    vocabulary: [...learnt, ...others],
    hyperparameters: { ...hyperparameters },
    trainingRows: rows.training.length,
    validationRows: rows.validation.length,
    ...fitted,
    versions,
  };
  const [embedding, ...convolution] = trainer.weights() as [Float32Array, ...Float32Array[]];
  const parts = {
    inverse: linear.inverse,
    linear: linear.weights,
    vectors: words.vectorsWith(others, embedding),
    convolution: toConvolution(convolution),
  };
  return createEnsembleClassifier(description, packEnsemble(parts, description.shape));
}

/** Rows a step, fewer where there are few of them, so that an epoch has steps enough. */
function batchFor(rows: number, most: number): number {
  return Math.min(most, Math.max(smallestBatch, Math.round(rows / stepsOfEpoch)));
}

function bucketsFor(labelCount: number): number {
  const wanted = 2 ** Math.floor(Math.log2(linearWeights / labelCount));
  return Math.min(mostBuckets, Math.max(fewestBuckets, wanted));
}

function simplified({ title, ...row }: TrainingRow): TrainingRow {
  return { ...row, title: simplifyTitle(title) };
}

/**
 * How much each row counts, 1 on average. Rows of large stories count less each, so that a story counts more than a row
 * and less than all of its rows; with `class_weights`, rows of rare labels count more.
 */
function weigh(
  rows: readonly TrainingRow[],
  examples: Examples,
  { class_weights }: Pick<Hyperparameters, 'class_weights'>,
): Float64Array {
  const sizes = new Map<string, number>();
  for (const { story } of rows) if (story !== undefined) sizes.set(story, (sizes.get(story) ?? 0) + 1);
  const ofLabels =
    class_weights === 'balanced' ? balancedWeights(examples, new Set(examples.labels).size) : undefined;
  const weights = Float64Array.from(
    rows,
    ({ story }, row) =>
      (sizes.get(story ?? '') ?? 1) ** -storyPower * (ofLabels?.[examples.labels[row] as number] ?? 1),
  );
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}

/** The convolution's trainer, which measures validation rows as the whole ensemble answers them. */
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
