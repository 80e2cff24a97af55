// A trained network as a classifier. Does not load TensorFlow for a network that can predict without it.

import { ArtifactFault } from '../../platform/errors';
import { createEncoder } from '../../text/vocabulary';
import {
  type Classifier,
  type ClassifierDescription,
  type Prediction,
  toPrediction,
} from '../training/classifier';
import { largestShape } from '../training/settings';
import { softmax } from '../training/softmax';
import { type NamedTensor, takeFloats } from '../training/tensors';
import { openKernels } from './kernels';
import type { ModelShape, Network } from './network';

/** Describes a network in its artifact. */
export interface NeuralDescription extends ClassifierDescription {
  shape: ModelShape;
  /** The token at position i has index i + 1; 0 is padding. */
  vocabulary: string[];
}

/** A trained network. */
export interface NeuralClassifier extends Classifier {
  readonly description: NeuralDescription;
}

const rowsPerStep = 512;

/** Returns the classifier. Throws an {@link ArtifactFault} if description or weights do not fit the network. */
export function createNeuralClassifier(
  network: Network,
  description: ClassifierDescription,
  weights: readonly NamedTensor[],
): NeuralClassifier {
  checkDescription(description);
  const { shape, vocabulary, labels } = description;
  const values = takeFloats(weights, network.weights(shape));
  const encode = createEncoder(vocabulary, shape.maxLength);
  const answer = network.answer?.(shape, values) ?? answerByKernels(network, shape, values);

  return {
    description,
    weights,
    predict(titles) {
      const predictions: Prediction[] = [];
      for (let first = 0; first < titles.length; first += rowsPerStep) {
        const some = titles.slice(first, first + rowsPerStep);
        const answers = answer(encode(some));
        some.forEach((_, row) => {
          const probabilities = answers.subarray(row * labels.length, (row + 1) * labels.length);
          predictions.push(toPrediction(probabilities, labels));
        });
      }
      return predictions;
    },
  };
}

/** Predicts with TensorFlow, which is loaded now rather than with the first prediction. */
function answerByKernels(network: Network, shape: ModelShape, weights: readonly Float32Array[]) {
  const kernels = openKernels();
  return (indices: Int32Array): Float32Array => {
    const { maxLength, labelCount } = shape;
    const tokens = { indices, rows: indices.length / maxLength, length: maxLength };
    const { logits } = kernels.scope(() => network.forward(kernels, shape, weights, { tokens }));
    softmax(logits, labelCount);
    return logits;
  };
}

function checkDescription(description: ClassifierDescription): asserts description is NeuralDescription {
  const { shape, vocabulary, labels } = description as Partial<NeuralDescription>;
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
  if (labels?.length !== labelCount || vocabulary.length >= vocabularySize) {
    throw new ArtifactFault('its labels or its vocabulary do not fit its shape');
  }
}
