// What the artifact of an ensemble says about itself, and the check that it is complete and fits together.

import { ArtifactFault } from '../../platform/errors';
import type { ClassifierDescription } from '../training/classifier';
import { largestShape } from '../training/settings';
import { answersOfWord, type ConvolutionShape } from './wordFilters';

/** Fixes the shapes of an ensemble’s weights. */
export interface EnsembleShape extends ConvolutionShape {
  /** Buckets for hashed n-grams, a power of 2. */
  buckets: number;
  /** Words that have a vector. */
  words: number;
  /** Words of a title that the convolution reads: the last ones. */
  maxLength: number;
}

/** Describes an ensemble in its artifact. */
export interface EnsembleDescription extends ClassifierDescription {
  shape: EnsembleShape;
  /** The word of each vector. */
  vocabulary: string[];
}

/** The most answers of words to filters. All are kept in memory: 2 GB. */
const mostAnswers = 2 ** 29;

/** Throws an {@link ArtifactFault} unless the description is that of an ensemble. */
export function checkDescription(
  description: ClassifierDescription,
): asserts description is EnsembleDescription {
  const { shape, vocabulary, labels } = description as Partial<EnsembleDescription>;
  if (!shape || !Array.isArray(vocabulary)) throw new ArtifactFault('its shape or its vocabulary is missing');
  const { buckets, words, dimensions, filters, labelCount, maxLength } = shape;
  if (![buckets, words, dimensions, filters, labelCount, maxLength].every(isCount)) {
    throw new ArtifactFault('its shape does not hold whole numbers above 0');
  }
  if (!isBucketCount(buckets) || filters % 8 !== 0 || words > largestShape.vocabularySize * 2) {
    throw new ArtifactFault(`its shape has ${buckets} buckets, ${filters} filters and ${words} words`);
  }
  if (words * answersOfWord(shape) > mostAnswers) {
    throw new ArtifactFault(`its shape has ${filters} filters for ${words} words`);
  }
  if (!vocabulary.every((word) => typeof word === 'string')) {
    throw new ArtifactFault('its vocabulary contains entries that are not text');
  }
  if (labels?.length !== labelCount || vocabulary.length !== words) {
    throw new ArtifactFault('its labels or its vocabulary do not fit its shape');
  }
}

/** A hash is shifted to be a bucket, by less than all of its bits. */
function isBucketCount(value: number): boolean {
  return value > 1 && Number.isInteger(Math.log2(value));
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 2 ** 24;
}
