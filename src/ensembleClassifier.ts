// Architecture ensemble, trained: what its artifact keeps, and how it answers. Both of its parts give a score for each
// label, and the sum of the scores goes through one softmax. Nothing here needs TensorFlow.
import { assemble } from './assembly';
import { type Classifier, type ClassifierDescription, toPrediction } from './classifier';
import { ArtifactFault } from './errors';
import { fromInt8Row, type Int8Rows, toInt8Rows } from './int8Rows';
import { groupScale } from './inverseFrequency';
import type { LinearWeights } from './linearSvm';
import { largestShape } from './network';
import { createNgramReader, type Ngrams, ngramGroups } from './ngrams';
import { softmax } from './softmax';
import { type NamedTensor, type TensorSpec, takeTensors } from './tensors';
import { createTokenIndex } from './tokenIndex';
import { visitTokens } from './tokenizer';
import {
  answersOfWord,
  type ConvolutionShape,
  type ConvolutionWeights,
  convolutionSpecs,
  copyRows,
  layOutConvolution,
  toConvolution,
} from './wordFilters';

/** What fixes the shapes of an ensemble's weights. */
export interface EnsembleShape extends ConvolutionShape {
  /** Of hashed n-grams, a power of 2. */
  buckets: number;
  /** Words that have a vector. */
  words: number;
  /** Words of a title that the convolution reads, its last ones. */
  maxLength: number;
}

/** What an ensemble's artifact says beyond what all say. */
export interface EnsembleDescription extends ClassifierDescription {
  shape: EnsembleShape;
  /** The word of each vector. */
  vocabulary: string[];
}

/** All that training learns. */
export interface EnsembleParts {
  /** Of every bucket; see inverseFrequency.ts. */
  inverse: Uint8Array;
  linear: LinearWeights;
  /** [words, dimensions] */
  vectors: Float32Array;
  convolution: ConvolutionWeights;
}

/**
 * Parts words at apostrophes: word vectors know “Apple” and “s”, but not “Apple’s”. On five folds by story that is worth
 * 0.2 points.
 */
export function simplifyTitle(title: string): string {
  return title.replace(/['’]/g, ' ');
}

/** Adds the linear part's score to the other's, label by label. */
export function mix(linear: ArrayLike<number>, convolution: ArrayLike<number>): Float32Array {
  const scores = new Float32Array(linear.length);
  for (let label = 0; label < scores.length; label++) {
    scores[label] = (linear[label] as number) + (convolution[label] as number);
  }
  return scores;
}

/** The tensors of an artifact: linear weights and word vectors in a byte each. */
export function packEnsemble(
  { inverse, linear, vectors, convolution }: EnsembleParts,
  shape: EnsembleShape,
): NamedTensor[] {
  const { bytes, scales } = toInt8Rows(linear.weights, linear.weights.length);
  const words = toInt8Rows(vectors, shape.dimensions);
  const { kernel, bias, output, outputBias } = convolution;
  const data = [
    inverse,
    bytes,
    scales,
    linear.bias,
    words.bytes,
    words.scales,
    kernel,
    bias,
    output,
    outputBias,
  ];
  return specsOf(shape).map(({ name, shape }, index) => ({
    name,
    shape,
    data: data[index] as NamedTensor['data'],
  }));
}

function specsOf(shape: EnsembleShape): TensorSpec[] {
  const { buckets, words, dimensions, labelCount } = shape;
  return [
    { name: 'ngrams/inverse', shape: [buckets], dtype: 'uint8' },
    { name: 'ngrams/weights', shape: [buckets, labelCount], dtype: 'int8' },
    { name: 'ngrams/scale', shape: [1], dtype: 'float32' },
    { name: 'ngrams/bias', shape: [labelCount], dtype: 'float32' },
    { name: 'words/vectors', shape: [words, dimensions], dtype: 'int8' },
    { name: 'words/scales', shape: [words], dtype: 'float32' },
    ...convolutionSpecs(shape).map(({ name, shape }) => ({ name, shape, dtype: 'float32' as const })),
  ];
}

/** Throws an {@link ArtifactFault} where description or weights are not those of an ensemble. */
export function createEnsembleClassifier(
  description: ClassifierDescription,
  weights: readonly NamedTensor[],
): Classifier {
  checkDescription(description);
  const { shape, labels } = description;
  const data = takeTensors(weights, specsOf(shape));
  const [inverse, bytes, [scale = 0], bias, wordBytes, wordScales, ...floats] = data as Taken;
  const scoreLinear = createLinearScorer(inverse, bytes, { scale, bias });
  const convolution = toConvolution(floats);
  const scoreConvolution = createConvolutionScorer(
    description,
    { bytes: wordBytes, scales: wordScales },
    convolution,
  );
  const readNgrams = createNgramReader(shape.buckets);
  return {
    description,
    weights,
    predict: (titles) =>
      titles.map((given) => {
        const title = simplifyTitle(given);
        const logits = mix(scoreLinear(readNgrams([title])), scoreConvolution(title));
        softmax(logits, labels.length);
        return toPrediction(logits, labels);
      }),
  };
}

type Taken = [
  inverse: Uint8Array,
  bytes: Int8Array,
  scale: Float32Array,
  bias: Float32Array,
  wordBytes: Int8Array,
  wordScales: Float32Array,
  ...convolution: Float32Array[],
];

/** The n-grams of one title → scores [labels]; valid until the next call. */
function createLinearScorer(
  inverse: Uint8Array,
  bytes: Int8Array,
  { scale, bias }: { scale: number; bias: Float32Array },
) {
  const labelCount = bias.length;
  const scores = new Float64Array(labelCount);
  return ({ buckets, starts }: Ngrams): Float64Array => {
    scores.set(bias);
    for (let group = 0; group < ngramGroups; group++) {
      const [start, end] = [starts[group] as number, starts[group + 1] as number];
      const ofGroup = scale * groupScale(inverse, buckets, { start, end });
      for (let at = start; at < end; at++) {
        const bucket = buckets[at] as number;
        const value = ofGroup * (inverse[bucket] as number);
        for (let label = 0; label < labelCount; label++) {
          scores[label] = (scores[label] as number) + value * (bytes[bucket * labelCount + label] as number);
        }
      }
    }
    return scores;
  };
}

/** One title → logits [labels]. What a word answers is kept from the first title that has it. */
function createConvolutionScorer(
  { shape, vocabulary }: EnsembleDescription,
  vectors: Int8Rows,
  weights: ConvolutionWeights,
) {
  const { dimensions, maxLength } = shape;
  const perWord = answersOfWord(shape);
  const index = createTokenIndex(vocabulary);
  const begins = new Int32Array(vocabulary.length).fill(-1);
  const layout = layOutConvolution(shape, maxLength);
  const { functions, views } = assemble(
    {
      ...layout.blocks,
      // src/assembly answers four words at a time.
      vectors: [Float32Array, 4 * layout.width],
      answers: [Float32Array, (vocabulary.length + 3) * perWord],
    },
    layout.settings,
  );
  const parts = layout.parts(views.kernel);
  copyRows({ from: weights.kernel, columns: dimensions }, { to: parts.kernel, columns: layout.width });
  for (const name of ['bias', 'output', 'outputBias'] as const) parts[name].set(weights[name]);
  functions.transposeKernel();
  let used = 0;

  function placeOf(word: number): number {
    if (begins[word] !== -1) return begins[word] as number;
    views.vectors.set(fromInt8Row(vectors, word, dimensions));
    functions.answerWord(used);
    begins[word] = used;
    used += 4 * perWord;
    return begins[word] as number;
  }

  return (title: string): Float32Array => {
    const words: number[] = [];
    visitTokens(title, (text, start, end) => {
      const word = index.find(text, start, end);
      if (word >= 0) words.push(word);
    });
    const last = words.slice(-maxLength);
    views.title.set(last.map(placeOf));
    functions.answerTitle(last.length);
    return views.logits;
  };
}

function checkDescription(description: ClassifierDescription): asserts description is EnsembleDescription {
  const { shape, vocabulary, labels } = description as Partial<EnsembleDescription>;
  if (!shape || !Array.isArray(vocabulary))
    throw new ArtifactFault('shape or vocabulary are missing from it');
  const { buckets, words, dimensions, filters, labelCount, maxLength } = shape;
  if (![buckets, words, dimensions, filters, labelCount, maxLength].every(isCount)) {
    throw new ArtifactFault('its shape does not hold whole numbers above 0');
  }
  if (!Number.isInteger(Math.log2(buckets)) || filters % 8 !== 0 || words > largestShape.vocabularySize * 2) {
    throw new ArtifactFault(`its shape has ${buckets} buckets, ${filters} filters and ${words} words`);
  }
  if (!vocabulary.every((word) => typeof word === 'string')) {
    throw new ArtifactFault('its vocabulary holds something else than words');
  }
  if (labels?.length !== labelCount || vocabulary.length !== words) {
    throw new ArtifactFault('its labels or its vocabulary do not fit its shape');
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 2 ** 24;
}
