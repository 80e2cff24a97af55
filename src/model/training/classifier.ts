// A trained model with everything it needs to read headlines: titles in, labels with probabilities out.

import type { EpochMetrics } from './metrics';
import type { Origin } from './origin';
import type { ArchitectureName } from './settings';
import type { NamedTensor } from './tensors';

/** The prediction for one headline, in the same shape in process, over HTTP and from a SageMaker endpoint. */
export interface Prediction {
  /** The most probable label. */
  result: string;
  /** Every label with its probability, to nine decimals; they sum to 1. */
  probabilities: Record<string, number>;
  /** Of the architecture cascade: which of its models the answer is by. */
  answeredBy?: 'ensemble' | 'both';
}

/**
 * Everything that serving needs apart from the weights, stored in the model artifact as JSON. Architectures add members
 * of their own, but not `format` and `weights`.
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
   * Epochs that the weights were trained for: all of them, or up to the best finished one if training was stopped, or a
   * fraction of the first if none was finished.
   */
  trainedEpochs: number;
  /** Versions of the software that trained it, for example of Node, TensorFlow and its binding. */
  versions: Record<string, string>;
  /** The contents it was trained from; a training job adds it. */
  origin?: Origin;
  /** The code of a user's own network as its author wrote it, to show; nothing runs it. */
  source?: string;
}

/** A trained model in this process. */
export interface Classifier {
  /** The id of the model artifact it was loaded from, as used by `session.lineage()`. */
  readonly model?: string;
  readonly description: ClassifierDescription;
  /** All learnt and pretrained numbers, which the artifact stores next to the description. */
  readonly weights: readonly NamedTensor[];
  /** Returns one prediction for each title, in order. */
  predict(titles: readonly string[]): Prediction[];
}

/** Probabilities are rounded to nine decimals, which halves the time a server takes to write them. */
export const probabilitySteps = 1e9;

/** Returns the prediction for one title from its probabilities, in the order of the labels. */
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

/** An object with all labels for each list of labels; copying it takes a tenth of the time of creating one. */
const templates = new WeakMap<readonly string[], Record<string, number>>();

function templateOf(labels: readonly string[]): Record<string, number> {
  let template = templates.get(labels);
  if (!template) {
    template = Object.fromEntries(labels.map((label) => [label, 0]));
    templates.set(labels, template);
  }
  return template;
}
