// An artifact with a topology as a classifier. No code of the network's author runs: a topology names layers alone.

import { ArtifactFault } from '../../platform/errors';
import { createEncoder } from '../../text/vocabulary';
import {
  type Classifier,
  type ClassifierDescription,
  type Prediction,
  toPrediction,
} from '../training/classifier';
import { largestShape } from '../training/settings';
import type { NamedTensor } from '../training/tensors';
import { type Answer, interpret } from './interpreter';
import type { ModelShape } from './layersModel';
import { buildModel } from './tensorflowModel';
import { readTopology } from './topology';

/** Describes a network in its artifact. */
export interface NetworkDescription extends ClassifierDescription {
  shape: ModelShape;
  /** The layers as JSON, in Keras' format. Artifacts of earlier versions have none; their architecture names the layers. */
  topology: Readonly<Record<string, unknown>>;
  /** See `LoadedNetwork.padding`. */
  padding?: number;
  /** The token at position i has index i + 1; 0 is padding. */
  vocabulary: string[];
}

const rowsPerStep = 512;

/**
 * Returns the classifier, and loads TensorFlow only for layers that the interpreter does not know. Throws an
 * `ArtifactFault` if description or weights do not fit.
 */
export function createNetworkClassifier(
  description: ClassifierDescription,
  weights: readonly NamedTensor[],
): Classifier | Promise<Classifier> {
  checkDescription(description);
  const { shape, vocabulary, labels, topology, padding } = description;
  const { maxLength, vocabularySize, labelCount } = shape;
  if (
    padding !== undefined &&
    !(Number.isInteger(padding) && padding >= 0 && padding <= largestShape.maxLength)
  ) {
    throw new ArtifactFault(
      `its padding is ${JSON.stringify(padding)?.slice(0, 60)} instead of a number of tokens`,
    );
  }
  const sizes = { length: maxLength, vocabularySize, labelCount };
  const layers = readTopology(topology);
  const toClassifier = (answer: Answer) => classifierOf(answer, createEncoder(vocabulary, maxLength));
  // A shorter text is padded to what a window needs, as in training.
  const answer = maxLength < (padding ?? 0) ? undefined : interpret(layers, weights, sizes);
  if (answer) return toClassifier(answer);
  return buildModel(topology, weights, { ...sizes, padding }).then(toClassifier);

  function classifierOf(answer: Answer, encode: ReturnType<typeof createEncoder>): Classifier {
    return {
      description,
      weights,
      predict(titles) {
        const predictions: Prediction[] = [];
        for (let first = 0; first < titles.length; first += rowsPerStep) {
          const some = titles.slice(first, first + rowsPerStep);
          const answers = answer(encode(some));
          some.forEach((_, row) => {
            predictions.push(
              toPrediction(answers.subarray(row * labelCount, (row + 1) * labelCount), labels),
            );
          });
        }
        return predictions;
      },
    };
  }
}

/** Throws an {@link ArtifactFault} if sizes, vocabulary or labels of a network's description do not fit. */
export function checkDescription(
  description: ClassifierDescription,
): asserts description is NetworkDescription {
  const { shape, vocabulary, labels } = description as Partial<NetworkDescription>;
  if (!shape || !Array.isArray(vocabulary)) throw new ArtifactFault('its shape or its vocabulary is missing');
  const { vocabularySize, dimensions, maxLength, labelCount } = shape;
  if (
    ![vocabularySize, dimensions, maxLength, labelCount].every((size) => Number.isInteger(size) && size > 0)
  ) {
    throw new ArtifactFault('its shape does not hold whole numbers above 0');
  }
  if (vocabularySize > largestShape.vocabularySize || maxLength > largestShape.maxLength) {
    throw new ArtifactFault(
      `its shape has ${vocabularySize} words and ${maxLength} tokens a headline; at most ` +
        `${largestShape.vocabularySize} and ${largestShape.maxLength} are supported`,
    );
  }
  if (!vocabulary.every((word) => typeof word === 'string')) {
    throw new ArtifactFault('its vocabulary contains entries that are not text');
  }
  if (shape.vectors !== 'pretrained' && shape.vectors !== 'trained') {
    throw new ArtifactFault(`its word vectors are "${shape.vectors}" instead of pretrained or trained`);
  }
  if (labels?.length !== labelCount) {
    throw new ArtifactFault(`it has ${labels?.length} labels for ${labelCount} outputs`);
  }
  if (vocabulary.length >= vocabularySize) {
    throw new ArtifactFault(
      `its vocabulary has ${vocabulary.length} words, and its word vectors are for ${vocabularySize - 1}: index 0 is padding`,
    );
  }
}
