// A trained model together with what it must know to read headlines: titles in, labels with probabilities out.

import type { EpochMetrics } from './metrics';
import type { Origin } from './origin';
import type { ArchitectureName } from './settings';
import type { NamedTensor } from './tensors';

/** What is known about one headline. The same shape in process, over HTTP and from a SageMaker endpoint. */
export interface Prediction {
  /** The most probable label. */
  result: string;
  /** Every label with its probability, to nine decimals; they sum to 1. */
  probabilities: Record<string, number>;
}

/**
 * Everything that serving must know apart from the weights; it travels in the model artifact as JSON. Architectures add
 * members of their own, apart from `format` and `weights`.
 */
export interface ClassifierDescription {
  architecture: ArchitectureName;
  /** In the order of the model's outputs. */
  labels: string[];
  hyperparameters: Record<string, string | number>;
  trainingRows: number;
  validationRows: number;
  /** The finished epochs. */
  history: EpochMetrics[];
  /**
   * How many epochs its weights have learnt: all of them; the best finished one where training was stopped; a
   * fraction of the first where none was finished.
   */
  trainedEpochs: number;
  /** What it was trained with, for example Node, TensorFlow and its binding. */
  versions: Record<string, string>;
  /** The contents that it was made of; a training job adds it. */
  origin?: Origin;
}

/** A trained model in this process. */
export interface Classifier {
  /** The id of the model artifact that it was loaded from, by which `session.lineage()` knows it. */
  readonly model?: string;
  readonly description: ClassifierDescription;
  /** All numbers that it has learnt or was given, which the artifact keeps beside the description. */
  readonly weights: readonly NamedTensor[];
  /** One prediction for each title, in order. */
  predict(titles: readonly string[]): Prediction[];
}

/** Probabilities have nine decimals, which a server writes in half the time that it takes to write all of a number's. */
export const probabilitySteps = 1e9;

/** The prediction of one title's probabilities, in the order of the labels. */
export function toPrediction(values: ArrayLike<number>, labels: readonly string[]): Prediction {
  const probabilities = { ...templateOf(labels) };
  let best = 0;
  for (let index = 0; index < labels.length; index++) {
    const value = values[index] as number;
    probabilities[labels[index] as string] = Math.round(value * probabilitySteps) / probabilitySteps;
    if (value > (values[best] as number)) best = index;
  }
  return { result: labels[best] as string, probabilities };
}

/** For each list of labels an object that has them all: copying it takes a tenth of the time of making one. */
const templates = new WeakMap<readonly string[], Record<string, number>>();

function templateOf(labels: readonly string[]): Record<string, number> {
  let template = templates.get(labels);
  if (!template) {
    template = Object.fromEntries(labels.map((label) => [label, 0]));
    templates.set(labels, template);
  }
  return template;
}
