// A small convolution over word vectors (Kim, 2014, EMNLP) with filters of one and two words: the largest answer
// of each filter anywhere in the title, then one dense layer. A word's answers to the filters do not depend on its
// neighbours, so they are computed once a word and not once a position. assembly/filters.ts computes.

import { glorotUniform, startWeights, zeros } from '../training/startingWeights';
import type { Block } from './wasm';
import { roomOf } from './wideRows';

/** Fixes the shapes of the convolution's weights. */
export interface ConvolutionShape {
  /** Length of a word vector. */
  dimensions: number;
  /** The number of filters of one word, and of those of two words; a multiple of 8. */
  filters: number;
  labelCount: number;
}

/** The weights after the word vectors. */
export interface ConvolutionWeights {
  /** [3 × filters, dimensions]: filters of one word; the first and the second words of those of two. */
  kernel: Float32Array;
  /** [2 × filters] */
  bias: Float32Array;
  /** [labels, 2 × filters] */
  output: Float32Array;
  /** [labels] */
  outputBias: Float32Array;
}

/** Returns the number of a word's answers: to filters of one word, and to both words of filters of two. */
export const answersOfWord = ({ filters }: Pick<ConvolutionShape, 'filters'>) => 3 * filters;

export function convolutionSpecs(shape: ConvolutionShape) {
  const { dimensions, filters, labelCount } = shape;
  return [
    { name: 'convolution/kernel', shape: [answersOfWord(shape), dimensions], start: glorotUniform },
    { name: 'convolution/bias', shape: [2 * filters], start: zeros },
    { name: 'output/kernel', shape: [labelCount, 2 * filters], start: glorotUniform },
    { name: 'output/bias', shape: [labelCount], start: zeros },
  ];
}

/** Draws starting weights; the same seed gives the same ones. */
export function startConvolution(shape: ConvolutionShape, seed: number): ConvolutionWeights {
  return toConvolution(startWeights(convolutionSpecs(shape), seed, undefined));
}

/** Names weights that are in the order of {@link convolutionSpecs}. */
export function toConvolution(values: readonly Float32Array[]): ConvolutionWeights {
  const [kernel, bias, output, outputBias] = values as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { kernel, bias, output, outputBias };
}

export type ConvolutionLayout = ReturnType<typeof layOutConvolution>;

/** Lays out memory for the forward pass in assembly/: the block `kernel` holds the kernel, followed by the other weights. */
export function layOutConvolution(shape: ConvolutionShape, maxLength: number) {
  const { dimensions, filters, labelCount } = shape;
  const width = roomOf(dimensions);
  const kernel = answersOfWord(shape) * width;
  const bias = kernel + 2 * filters;
  const output = bias + 2 * filters * labelCount;
  const denseLength = output + roomOf(labelCount);
  return {
    dimensions,
    width,
    denseLength,
    blocks: {
      kernel: [Float32Array, denseLength],
      transposed: [Float32Array, kernel],
      pooled: [Float32Array, 2 * filters],
      logits: [Float32Array, roomOf(labelCount)],
    } satisfies Record<string, Block>,
    settings: ({ kernel: dense }: { kernel: number }) => ({
      vectorBytes: 4 * width,
      filters,
      labels: labelCount,
      maxLength,
      bias: dense + 4 * kernel,
      output: dense + 4 * bias,
      outputBias: dense + 4 * output,
    }),
    /** Returns each weight's part of the block. */
    parts(dense: Float32Array): ConvolutionWeights {
      return {
        kernel: dense.subarray(0, kernel),
        bias: dense.subarray(kernel, bias),
        output: dense.subarray(bias, output),
        outputBias: dense.subarray(output, output + labelCount),
      };
    },
  };
}
