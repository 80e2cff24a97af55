// Architecture minilm: a pretrained BERT encoder, such as MiniLM, fine-tuned with a classification head.

import { drawNormal, seededRandom } from '../../data/random';
import { UserError } from '../../platform/errors';
import { formatBytes } from '../../platform/format';
import { memoryLimit } from '../../platform/memory';
import { tensorflowVersions } from '../networks/tensorflow';
import type { Architecture, RowsOfRun, TrainingOptions } from '../training/architecture';
import type { Classifier } from '../training/classifier';
import { type Examples, encodeInParts, learnLabels, type TrainingRow } from '../training/examples';
import { fit } from '../training/fit';
import { weighRows } from '../training/rowWeights';
import { runKey } from '../training/runKey';
import type { Hyperparameters } from '../training/settings';
import { sizeOf } from '../training/tensors';
import { groupByLength, longest } from './batches';
import { createEncoderClassifier, type EncoderDescription, leastPositions, packEncoder } from './classifier';
import { type PretrainedEncoder, readPretrained } from './pretrained';
import { type EncoderShape, encoderTensors } from './shape';
import { createEncoderTrainer } from './trainer';
import { createPieceEncoder } from './wordPieces';

/** A row weighs the size of its story to the power of minus this. */
const storyPower = 0.5;

export const minilm: Architecture = {
  meaning:
    'minilm fine-tunes a pretrained transformer, which is a little more accurate than ensemble and takes hundreds of times as long to train',
  defaults: { epochs: 3, learning_rate: 5e-5, max_length: 24 },
  reads: ['pretrained'],
  train: async (rows, hyperparameters, options) => {
    const encoder = await demandPretrained(options.pretrained, hyperparameters.max_length);
    const fineTune = await prepareFineTuning(encoder, rows, hyperparameters, options);
    return await fineTune();
  },
  load: createEncoderClassifier,
};

/**
 * Encodes the rows, and returns what trains a pretrained encoder with a classification head on them. Throws a
 * {@link UserError} if this process may not use enough memory for it.
 */
export async function prepareFineTuning(
  encoder: PretrainedEncoder,
  rows: RowsOfRun,
  hyperparameters: Hyperparameters,
  options: TrainingOptions,
): Promise<() => Promise<Classifier>> {
  const { batch_size: batchSize, max_length: maxLength } = hyperparameters;
  const { training, validation } = rows;
  const labels = learnLabels(training);
  const shape: EncoderShape = { ...encoder.shape, labelCount: labels.length };
  const encodePieces = createPieceEncoder(encoder.wordPieces, maxLength);
  const toExamples = encodeInParts(encodePieces, labels, maxLength);
  const examples = { training: await toExamples(training), validation: await toExamples(validation) };
  checkRoom(shape, {
    batchSize: Math.min(batchSize, training.length),
    length: longest(examples.training),
    hasCheckpoints: options.checkpoints !== undefined,
  });
  const cut = countCut(encoder, training, examples.training);
  if (cut > 0) {
    options.notify?.(
      `Training texts that max_length cuts to their first ${maxLength - 2} pieces of words: ${cut} of ${training.length}.`,
    );
  }
  return () => fineTune(encoder, { ...rows, shape, labels, examples }, hyperparameters, options);
}

interface Prepared extends RowsOfRun {
  shape: EncoderShape;
  labels: string[];
  examples: { training: Examples; validation: Examples };
}

async function fineTune(
  encoder: PretrainedEncoder,
  { training, validation, shape, labels, examples }: Prepared,
  hyperparameters: Hyperparameters,
  { notify, pretrained: _, vectors: __, vocabulary: ___, network: ____, ...options }: TrainingOptions,
): Promise<Classifier> {
  const { epochs, batch_size: batchSize, seed } = hyperparameters;
  const rowWeights = weighRows(training, examples.training, { ...hyperparameters, storyPower });
  if (!encoder.weights.has('pooled/kernel')) {
    notify?.('The pretrained model has no pooler: one is drawn, and learnt with the rest.');
  }
  const start = new Map([...drawHead(shape, seed), ...encoder.weights]);
  const trainer = createEncoderTrainer(shape, start, {
    learningRate: hyperparameters.learning_rate,
    steps: epochs * Math.ceil(training.length / batchSize),
    seed,
    dropout: encoder.dropout,
    attentionDropout: encoder.attentionDropout,
    rowWeights,
  });
  const versions = { node: process.version, ...tensorflowVersions() };
  const identify = () =>
    runKey({
      // The learning rate falls to 0 by the last epoch, so a run of more epochs is another run.
      weights: [Float32Array.of(epochs), Float32Array.from(rowWeights), ...trainer.weights()],
      ...{ examples, vocabulary: encoder.wordPieces.pieces, labels, hyperparameters, versions },
    });
  try {
    const task = {
      ...examples,
      runKey: identify,
      arrange: (order: readonly number[]) => groupByLength(examples.training, order, batchSize),
    };
    const fitted = await fit(trainer, task, hyperparameters, options);
    const description: EncoderDescription = {
      architecture: hyperparameters.architecture,
      shape,
      wordPieces: encoder.wordPieces,
      labels,
      hyperparameters: { ...hyperparameters },
      trainingRows: training.length,
      validationRows: validation.length,
      ...fitted,
      versions,
    };
    return createEncoderClassifier(description, packEncoder(shape, trainer.weights()));
  } finally {
    trainer.end();
  }
}

/** Returns how many texts have more pieces than the examples hold. */
function countCut(
  { wordPieces }: PretrainedEncoder,
  rows: readonly TrainingRow[],
  { tokens, maxLength }: Examples,
): number {
  const full = rows.filter((_, row) => tokens[(row + 1) * maxLength - 1] !== 0);
  const longer = createPieceEncoder(wordPieces, maxLength + 1)(full.map(({ title }) => title));
  return full.filter((_, row) => longer[(row + 1) * (maxLength + 1) - 1] !== 0).length;
}

/** Reads the pretrained model. Throws a {@link UserError} if there is none, or it cannot be used. */
export async function demandPretrained(
  folder: string | undefined,
  maxLength: number,
): Promise<PretrainedEncoder> {
  if (folder === undefined) {
    throw new UserError(
      'The architecture minilm needs a pretrained model: run `npm run setup -- minilm`, which downloads all-MiniLM-L6-v2 (83 MB, ' +
        "Apache-2.0), and pass `await session.upload('../data/minilm', 'pretrained')` as a channel.",
    );
  }
  if (maxLength < leastPositions) {
    throw new UserError(
      `max_length is ${maxLength}, but minilm needs at least ${leastPositions}: the first piece, a piece of the text and the last.`,
    );
  }
  return await readPretrained(folder, maxLength);
}

/** Draws the classification head, and a pooler in case the pretrained model has none: normally distributed with a standard deviation of 0.02, as BERT. */
function drawHead({ size, labelCount }: EncoderShape, seed: number): [string, Float32Array][] {
  const random = seededRandom(seed);
  const draw = () => 0.02 * drawNormal(random.fraction);
  return [
    ['labels/kernel', Float32Array.from({ length: size * labelCount }, draw)],
    ['labels/bias', new Float32Array(labelCount)],
    ['pooled/kernel', Float32Array.from({ length: size * size }, draw)],
    ['pooled/bias', new Float32Array(size)],
  ];
}

/** Throws a {@link UserError} if training would need more memory than this process may use. */
function checkRoom(
  shape: EncoderShape,
  { batchSize, length, hasCheckpoints }: { batchSize: number; length: number; hasCheckpoints: boolean },
): void {
  const { size, inner, blocks, heads } = shape;
  const weights = encoderTensors(shape).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // Per weight: itself, its gradient, two slots and copies, as measured; then what operations save for their gradients.
  const activations = blocks * batchSize * length * (24 * size + 8 * inner + 8 * heads * length);
  const needed = 4 * ((hasCheckpoints ? 18 : 11) * weights + activations) + 4e8;
  if (needed <= memoryLimit()) return;
  throw new UserError(
    `Fine-tuning this pretrained model takes about ${formatBytes(needed)} of memory, and this process may use ` +
      `${formatBytes(memoryLimit())}. Choose a larger instance type, or lower batch_size or max_length.`,
  );
}
