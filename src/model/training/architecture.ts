// The interface of an architecture: it makes a classifier from rows, and the same classifier from an artifact.
// To add one, write a file for it, and add its name to settings.ts and itself to `architectures` in registry.ts.

import type { WordVectors } from '../../text/vectors';
import type { Classifier, ClassifierDescription } from './classifier';
import type { TrainingRow } from './examples';
import type { FitOptions } from './fit';
import type { LoadedNetwork } from './networkFunction';
import type { Hyperparameters } from './settings';
import type { NamedTensor } from './tensors';

/** The rows of a training run; `validation` may be empty. */
export interface RowsOfRun {
  training: readonly TrainingRow[];
  validation: readonly TrainingRow[];
}

export interface TrainingOptions extends FitOptions {
  /** Pretrained word vectors. @default none: words are learnt from the training titles alone */
  vectors?: WordVectors | undefined;
  /** The vocabulary of the training titles, if the caller has learnt it already. */
  vocabulary?: readonly string[];
  /** The network of the architecture `own`, with the values of its own hyperparameters. */
  network?: LoadedNetwork | undefined;
  /** Called with a sentence about rows that training reads only in part. */
  notify?: ((note: string) => void) | undefined;
  /** The folder of the pretrained model of the architecture minilm. */
  pretrained?: string | undefined;
}

export interface Architecture {
  /** A clause for the table of hyperparameters: “name is …”. */
  readonly meaning: string;
  /** What it reads besides rows. @default word vectors */
  readonly reads?: readonly ('vectors' | 'pretrained')[];
  /** Defaults that differ from those of the table. */
  readonly defaults?: Readonly<Partial<Hyperparameters>>;
  /**
   * Trains on `training`, measures each epoch on `validation`, and stops early when `signal` is aborted. Throws a UserError
   * if there are fewer than two labels.
   */
  train(rows: RowsOfRun, hyperparameters: Hyperparameters, options: TrainingOptions): Promise<Classifier>;
  /**
   * Returns the classifier of an artifact from its description and weights. Checks the architecture's own members of the
   * description and the tensors, and throws an ArtifactFault if they do not fit.
   */
  load(description: ClassifierDescription, weights: readonly NamedTensor[]): Classifier | Promise<Classifier>;
}
