// Trains the convolution and its word vectors, with hand-written gradients, Adam, and regularisation (dropout of
// words and filters, smoothed labels). assembly/training.ts computes in a fixed order, so the same seed gives the same
// weights on every machine.

import type { Examples } from '../training/examples';
import type { Trainer } from '../training/trainer';
import { assemble } from './wasm';
import { copyRows, roomOf } from './wideRows';
import {
  answersOfWord,
  type ConvolutionLayout,
  type ConvolutionShape,
  type ConvolutionWeights,
  layOutConvolution,
} from './wordFilters';

interface ConvolutionSettings {
  shape: ConvolutionShape;
  epochs: number;
  rowsOfEpoch: number;
  /** The most rows of a step. */
  batchSize: number;
  learningRate: number;
  seed: number;
  /** The weight of each training row, 1 on average. */
  rowWeights: Float64Array;
  /** @default the best values for headlines */
  regularisation?: Regularisation;
}

/** Regularisation, against learning the titles by heart. */
export interface Regularisation {
  /** The share of words dropped from a title at random. */
  leftOutWords: number;
  /** The share of filters whose answer is dropped. */
  leftOutFilters: number;
  /** The share of a label's probability that is spread over all labels. */
  smoothing: number;
}

/** Chosen on inner splits of the training part of five folds by story. */
const chosen: Regularisation = { leftOutWords: 0.1, leftOutFilters: 0.4, smoothing: 0.1 };
/** The word vectors' share of the learning rate. */
const shareOfVectors = 0.6;

export interface ConvolutionTrainer extends Omit<Trainer, 'measure'> {
  /** Returns the logits of at most a batch of examples [rows, labels]; valid until the next call. */
  logits(examples: Examples, rows: readonly number[]): Float32Array;
}

/** Starts from `embedding` [words, dimensions], whose first row is padding, and `weights`; changes neither. */
export function createConvolutionTrainer(
  embedding: Float32Array,
  weights: ConvolutionWeights,
  maxLength: number,
  settings: ConvolutionSettings,
): ConvolutionTrainer {
  const { shape, epochs, rowsOfEpoch, learningRate, seed, rowWeights } = settings;
  const { dimensions } = shape;
  const { layout, functions, views } = openAssembly(embedding.length / dimensions, maxLength, settings);
  /** The trained weights: word vectors, and the weights after them. */
  const trained = toMatrices(layout, views.embedding, views.kernel);
  const moments = [
    toMatrices(layout, views.embeddingFirst, views.denseFirst),
    toMatrices(layout, views.embeddingSecond, views.denseSecond),
  ] as const;
  put(trained, [embedding, weights.kernel, weights.bias, weights.output, weights.outputBias]);
  functions.seedRandom(seed);
  let [epoch, taken, steps] = [1, 0, 0];

  function take({ tokens }: Examples, rows: readonly number[]): void {
    rows.forEach((row, place) => {
      views.tokens.set(tokens.subarray(row * maxLength, (row + 1) * maxLength), place * maxLength);
    });
  }

  return {
    beginEpoch(next) {
      functions.seedRandom(seed + 104_729 * next);
      [epoch, taken] = [next, 0];
    },
    step(examples, rows) {
      take(examples, rows);
      rows.forEach((row, place) => {
        views.targets[place] = examples.labels[row] as number;
        views.rowShares[place] = (rowWeights[row] as number) / rows.length;
      });
      const loss = functions.train(rows.length);
      // The learning rate falls evenly to 0.
      const left = 1 - (epoch - 1 + taken / rowsOfEpoch) / epochs;
      const size = stepSize(learningRate * left, ++steps);
      functions.moveWeights(size, shareOfVectors * size);
      taken += rows.length;
      return { loss, right: functions.rightRows() };
    },
    logits(examples, rows) {
      take(examples, rows);
      functions.answerRows(rows.length);
      return views.rowLogits;
    },
    weights: () => get(trained),
    optimizer: () => {
      const [first, second] = moments.map(get) as [Float32Array[], Float32Array[]];
      return [
        Float32Array.of(steps),
        ...first.flatMap((mean, index) => [mean, second[index] as Float32Array]),
      ];
    },
    restore(saved, state) {
      put(trained, saved);
      if (!state) return;
      steps = state[0]?.[0] as number;
      moments.forEach((matrices, which) => {
        put(
          matrices,
          matrices.map((_, index) => state[1 + 2 * index + which] as Float32Array),
        );
      });
    },
  };
}

/** Lays out memory for `words` word vectors and everything that a step needs, and opens the WebAssembly. */
function openAssembly(words: number, maxLength: number, settings: ConvolutionSettings) {
  const { shape, batchSize, regularisation = chosen } = settings;
  const { filters, labelCount } = shape;
  const places = batchSize * maxLength;
  const slots = roomOf(Math.min(words, places));
  const layout = layOutConvolution(shape, maxLength);
  const { width, denseLength } = layout;
  const assembly = assemble(
    {
      ...layout.blocks,
      denseGradient: [Float32Array, denseLength],
      denseFirst: [Float32Array, denseLength],
      denseSecond: [Float32Array, denseLength],
      embedding: [Float32Array, words * width],
      embeddingFirst: [Float32Array, words * width],
      embeddingSecond: [Float32Array, words * width],
      tokens: [Int32Array, places],
      targets: [Int32Array, batchSize],
      rowShares: [Float32Array, batchSize],
      rowLogits: [Float32Array, batchSize * labelCount],
      slots: [Int32Array, words],
      slotWords: [Int32Array, slots],
      vectors: [Float32Array, slots * width],
      vectorGradient: [Float32Array, slots * width],
      answers: [Float32Array, slots * answersOfWord(shape)],
      lengths: [Uint32Array, batchSize],
      titleWords: [Uint32Array, places],
      places: [Int32Array, 2 * filters],
      pooledGradient: [Float32Array, 2 * filters],
    },
    (at) => ({
      ...layout.settings(at),
      denseBytes: 4 * denseLength,
      ...regularisation,
    }),
  );
  return { layout, ...assembly };
}

/** Rows of `width` numbers; the first `columns` of each are used. */
interface Matrix {
  values: Float32Array;
  width: number;
  columns: number;
}

/** Returns the word vectors and the weights after them as matrices over the same memory. */
function toMatrices(layout: ConvolutionLayout, embedding: Float32Array, dense: Float32Array): Matrix[] {
  const { width, dimensions } = layout;
  const { kernel, bias, output, outputBias } = layout.parts(dense);
  const wide = [embedding, kernel].map((values) => ({ values, width, columns: dimensions }));
  const whole = [bias, output, outputBias].map((values) => {
    return { values, width: values.length, columns: values.length };
  });
  return [...wide, ...whole];
}

function get(matrices: readonly Matrix[]): Float32Array[] {
  return matrices.map(({ values, width, columns }) => {
    const copy = new Float32Array((values.length / width) * columns);
    copyRows({ from: values, columns: width }, { to: copy, columns });
    return copy;
  });
}

function put(matrices: readonly Matrix[], given: readonly Float32Array[]): void {
  matrices.forEach(({ values, width, columns }, index) => {
    copyRows({ from: given[index] as Float32Array, columns }, { to: values, columns: width });
  });
}

/** Returns Adam's step size with bias correction; the first step is 1. */
function stepSize(rate: number, step: number): number {
  return (rate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
}
