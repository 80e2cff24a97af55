// Architecture cnn: Kim's network (“Convolutional Neural Networks for Sentence Classification”, 2014). 100 filters each
// over 3, 4 and 5 words in a row → the largest value of each → dropout → Dense softmax. Where word vectors are pretrained,
// words have two: one that training tunes, one that stays. Padding's stays zero.

import { glorotUniform, type Start, wordVectors, zeros } from '../training/startingWeights';
import { neuralArchitecture } from './architecture';
import { convolve, distinctWords } from './convolution';
import { denseLayer, denseWeights } from './denseLayer';
import { lastTokens, longest, lookUp } from './embedding';
import type { Kernels } from './kernels';
import type { Dropout, ModelShape, Network } from './network';
import type { Gradient } from './rmsprop';

const widths = [3, 4, 5];
const widest = Math.max(...widths);
const filters = 100;

const paddedWithZero: Start = (shape, random, vectors) =>
  wordVectors(shape, random, vectors).fill(0, 0, shape[1]);

export const cnnNetwork: Network = {
  meaning: 'cnn reads 3, 4 and 5 words at a time, and tunes the word vectors',
  defaults: { epochs: 5, batch_size: 64 },
  weights: ({ vectors, vocabularySize, dimensions, labelCount }: ModelShape) => {
    const embedding = { shape: [vocabularySize, dimensions], start: paddedWithZero };
    const channels = vectors === 'pretrained' ? 2 : 1;
    return [
      { name: 'embedding', ...embedding },
      ...(channels === 2 ? [{ name: 'frozen_embedding', ...embedding, isFrozen: true }] : []),
      ...widths.flatMap((width) => [
        {
          name: `convolution_${width}/kernel`,
          shape: [width, channels * dimensions, filters],
          start: glorotUniform,
        },
        { name: `convolution_${width}/bias`, shape: [filters], start: zeros },
      ]),
      ...denseWeights('output', widths.length * filters, labelCount),
    ];
  },
  forward,
};

/** Skips padding beyond one position of the widest filter, since further positions give the same. */
function forward(
  kernels: Kernels,
  { vectors, dimensions, maxLength, labelCount }: ModelShape,
  weights: readonly Float32Array[],
  { tokens: all, dropout }: Parameters<Network['forward']>[3],
): ReturnType<Network['forward']> {
  const channels = vectors === 'pretrained' ? 2 : 1;
  const ofConvolutions = weights.slice(channels, -2);
  const length = Math.max(widest, Math.min(maxLength, longest(all) + widest));
  const { indices, rows } = lastTokens(all, length);
  const words = distinctWords(indices, rows);
  const looked = lookUpChannels(weights.slice(0, channels), words.indices, dimensions);
  const held = kernels.hold(looked, [words.indices.length, channels * dimensions]);
  const passes = widths.map((_, index) =>
    convolve(kernels, held, words, ofConvolutions.slice(2 * index) as [Float32Array, Float32Array]),
  );
  const mask = dropout && drawMask(rows * passes.length * filters, dropout);
  const features = join(
    passes.map(({ largest }) => largest),
    rows,
  );
  const kept = kernels.hold(multiply(features, mask), [rows, passes.length * filters]);
  const output = denseLayer(kernels, kept, weights.slice(-2) as [Float32Array, Float32Array], 'none');

  function gradients(ofLogits: Float32Array): Gradient[] {
    const dense = output.backward(kernels.hold(ofLogits, [rows, labelCount]));
    const ofFeatures = multiply(kernels.read(dense.input()), mask);
    const ofVectors = new Float32Array(words.indices.length * dimensions);
    const rest = passes.flatMap(({ backward }, index) => {
      const { kernel, bias, vectors } = backward(part(ofFeatures, rows, index));
      vectors(dimensions).forEach((slope, at) => {
        ofVectors[at] = (ofVectors[at] as number) + slope;
      });
      return [kernel, bias];
    });
    return [
      { rows: words.indices, values: ofVectors },
      ...[...rest, dense.kernel, dense.bias].map((values) => ({ values })),
    ];
  }

  return { logits: kernels.read(output.output), gradients };
}

/** The vectors of each channel side by side, [words, channels · dimensions]. */
function lookUpChannels(
  channels: readonly Float32Array[],
  indices: Int32Array,
  dimensions: number,
): Float32Array {
  const looked = channels.map((embedding) => lookUp(embedding, indices, dimensions));
  return join(looked, indices.length);
}

/** Matrices of equal shape side by side. */
function join(matrices: readonly Float32Array[], rows: number): Float32Array {
  const columns = (matrices[0]?.length ?? 0) / rows;
  const joined = new Float32Array(matrices.length * rows * columns);
  matrices.forEach((matrix, index) => {
    for (let row = 0; row < rows; row++) {
      const to = (row * matrices.length + index) * columns;
      joined.set(matrix.subarray(row * columns, (row + 1) * columns), to);
    }
  });
  return joined;
}

/** One of the matrices that stand side by side. */
function part(joined: Float32Array, rows: number, index: number): Float32Array {
  const values = new Float32Array(rows * filters);
  const columns = joined.length / rows;
  for (let row = 0; row < rows; row++) {
    const from = row * columns + index * filters;
    values.set(joined.subarray(from, from + filters), row * filters);
  }
  return values;
}

/** Zero for what is left out; the rest grows, so that their sum is on average what it was. */
function drawMask(length: number, { rate, random }: Dropout): Float32Array {
  return Float32Array.from({ length }, () => (random.fraction() < rate ? 0 : 1 / (1 - rate)));
}

function multiply(values: Float32Array, mask: Float32Array | undefined): Float32Array {
  return mask ? values.map((value, at) => value * (mask[at] as number)) : values;
}

export const cnn = neuralArchitecture(cnnNetwork);
