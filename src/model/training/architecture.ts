// Step 4: what an architecture is to all others, a way from rows to a classifier and from an artifact to the same
// classifier. Each is a file of its own and a line of `architectures`.

import type { WordVectors } from '../../text/vectors';
import type { Classifier, ClassifierDescription } from './classifier';
import type { TrainingRow } from './examples';
import type { FitOptions } from './fit';
import type { Hyperparameters } from './settings';
import type { NamedTensor } from './tensors';

/** The rows of a training run; `validation` may be empty. */
export interface RowsOfRun {
  training: readonly TrainingRow[];
  validation: readonly TrainingRow[];
}

export interface TrainingOptions extends FitOptions {
  /** Pretrained word vectors. @default none: what is known of words comes from the training titles */
  vectors?: WordVectors | undefined;
  /** What `learnVocabulary` gives for the training titles, where the caller has it already. */
  vocabulary?: readonly string[];
}

export interface Architecture {
  /** For the table of hyperparameters: “name is …”. */
  readonly meaning: string;
  /** Its defaults, where they are not those of the table. */
  readonly defaults?: Readonly<Partial<Hyperparameters>>;
  /**
   * Trains on `training`, measures itself on `validation`, ends early where `signal` says so. Throws a UserError where
   * there is nothing to tell apart.
   */
  train(rows: RowsOfRun, hyperparameters: Hyperparameters, options: TrainingOptions): Promise<Classifier>;
  /**
   * The classifier of an artifact: what `train` gave, by its description and weights. What all architectures share in a
   * description is checked; throws an ArtifactFault where its own part of it, or the tensors, do not fit.
   */
  load(description: ClassifierDescription, weights: readonly NamedTensor[]): Classifier;
}
