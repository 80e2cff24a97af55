// Architecture ensemble, trained: the tensors of its artifact, and its predictions. Each of its two parts computes a score
// for each label, and the sums go through one softmax. Nothing here needs TensorFlow.

import { toInt8Rows } from '../../text/int8Rows';
import { readablePart } from '../../text/normalise';
import { type Classifier, type ClassifierDescription, toPrediction } from '../training/classifier';
import { softmax } from '../training/softmax';
import { type NamedTensor, type TensorSpec, takeTensors } from '../training/tensors';
import { createAnswerer } from './answerer';
import { checkDescription, type EnsembleShape } from './description';
import type { LinearWeights } from './linearSvm';
import { type ConvolutionWeights, convolutionSpecs, toConvolution } from './wordFilters';

/** The learnt weights. */
interface EnsembleParts {
  /** The inverse frequency of every bucket; see inverseFrequency.ts. */
  inverse: Uint8Array;
  linear: LinearWeights;
  /** [words, dimensions] */
  vectors: Float32Array;
  convolution: ConvolutionWeights;
}

/**
 * Splits words at apostrophes, in the part of a title that is read: there are word vectors for “Apple” and “s”, but not for
 * “Apple’s”. This raises the accuracy on five folds by story by 0.2 points.
 */
export function simplifyTitle(title: string): string {
  return readablePart(title).replace(/['’]/g, ' ');
}

/** Returns the tensors of an artifact, with linear weights and word vectors quantised to one byte each. */
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

/** Returns the classifier. Throws an ArtifactFault if description or weights are not those of an ensemble. */
export function createEnsembleClassifier(
  description: ClassifierDescription,
  weights: readonly NamedTensor[],
): Classifier {
  checkDescription(description);
  const { shape, labels } = description;
  const data = takeTensors(weights, specsOf(shape));
  const [inverse, bytes, [scale = 0], bias, wordBytes, wordScales, ...convolution] = data as Taken;
  const answer = createAnswerer(description, {
    inverse,
    linear: { bytes, scale, bias },
    words: { bytes: wordBytes, scales: wordScales },
    convolution: toConvolution(convolution),
  });
  return {
    description,
    weights,
    predict: (titles) =>
      titles.map((title) => {
        const scores = answer(simplifyTitle(title));
        softmax(scores, labels.length);
        return toPrediction(scores, labels);
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
