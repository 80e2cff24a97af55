// Two models as one classifier: ensemble answers what it is sure of, and both together the rest.

import { ArtifactFault } from '../../platform/errors';
import { createEnsembleClassifier } from '../ensemble/classifier';
import {
  type Classifier,
  type ClassifierDescription,
  type Prediction,
  toPrediction,
} from '../training/classifier';
import type { NamedTensor } from '../training/tensors';
import { createEncoderClassifier } from '../transformer/classifier';
import { isTemperature, temper } from './threshold';

/** The models of a cascade, and the rules between them. */
export interface CascadeDescription extends ClassifierDescription {
  /** The least probability of its label with which ensemble answers alone. */
  threshold: number;
  /** The temperatures of answers by ensemble alone and by both. */
  temperatures: { ensemble: number; both: number };
  parts: { ensemble: ClassifierDescription; minilm: ClassifierDescription };
}

/** The two models of a cascade. */
export interface CascadeParts {
  readonly ensemble: Classifier;
  readonly minilm: Classifier;
}

/** Returns the tensors of both models under the names of their parts. */
export function packCascade(parts: CascadeParts): NamedTensor[] {
  return Object.entries(parts).flatMap(([part, { weights }]: [string, Classifier]) =>
    weights.map((tensor) => ({ ...tensor, name: `${part}/${tensor.name}` })),
  );
}

/** Returns the classifier of an artifact. Throws an `ArtifactFault` if description or weights of a part do not fit. */
export function createCascadeClassifier(
  description: ClassifierDescription,
  packed: readonly NamedTensor[],
): Classifier {
  checkDescription(description);
  const weightsOf = (part: string) =>
    packed
      .filter(({ name }) => name.startsWith(`${part}/`))
      .map((tensor) => ({ ...tensor, name: tensor.name.slice(part.length + 1) }));
  const { ensemble, minilm } = description.parts;
  const [small, large] = [weightsOf('ensemble'), weightsOf('minilm')];
  if (small.length + large.length < packed.length) throw new ArtifactFault('it has tensors of neither part');
  return joinCascade(description, packed, {
    ensemble: createEnsembleClassifier(ensemble, small),
    minilm: createEncoderClassifier(minilm, large),
  });
}

/** Returns the classifier of two models with the same labels. */
export function joinCascade(
  description: CascadeDescription,
  weights: readonly NamedTensor[],
  { ensemble, minilm }: CascadeParts,
): Classifier {
  const { labels, threshold, temperatures } = description;
  return {
    description,
    weights,
    predict(titles) {
      const small = ensemble.predict(titles).map((prediction) => toNumbers(prediction, labels));
      const unsure = small.flatMap((numbers, row) => (Math.max(...numbers) < threshold ? [row] : []));
      const large = minilm.predict(unsure.map((row) => titles[row] as string));
      const answers = small.map((numbers) => answerOf(numbers, 'ensemble'));
      unsure.forEach((row, place) => {
        const numbers = toNumbers(large[place] as Prediction, labels);
        answers[row] = answerOf(averaged(small[row] as number[], numbers), 'both');
      });
      return answers;
    },
  };

  function answerOf(numbers: readonly number[], answeredBy: 'ensemble' | 'both'): Prediction {
    return { ...toPrediction(temper(numbers, temperatures[answeredBy]), labels), answeredBy };
  }
}

/** Returns a prediction's probabilities in the order of the labels. */
export function toNumbers({ probabilities }: Prediction, labels: readonly string[]): number[] {
  return labels.map((label) => probabilities[label] as number);
}

export function averaged(one: readonly number[], other: readonly number[]): number[] {
  return one.map((value, at) => (value + (other[at] as number)) / 2);
}

function checkDescription(description: ClassifierDescription): asserts description is CascadeDescription {
  const { threshold, temperatures, parts, labels } = description as Partial<CascadeDescription>;
  for (const part of ['ensemble', 'minilm'] as const) {
    const theirs = parts?.[part]?.labels;
    if (!Array.isArray(theirs) || theirs.join('\0') !== labels?.join('\0')) {
      throw new ArtifactFault(`its part ${part} is missing or has other labels`);
    }
  }
  const isWhole = isNumber(threshold) && threshold >= 0;
  if (!isWhole || ![temperatures?.ensemble, temperatures?.both].every(isTemperature)) {
    throw new ArtifactFault('its threshold or its temperatures are missing or out of range');
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
