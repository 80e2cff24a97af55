// Rows → trained classifier of the architecture that the hyperparameters name.

import { asMemoryError } from '../platform/memory';
import { applicableHyperparameters, type Hyperparameters } from './hyperparameters';
import { architectures } from './registry';
import type { RowsOfRun, TrainingOptions } from './training/architecture';
import type { Classifier } from './training/classifier';

export type { TrainingOptions } from './training/architecture';
export type { TrainingRow } from './training/examples';

/**
 * Trains on `training` and measures each epoch on `validation`, which may be empty. Labels and vocabulary come from the
 * training rows alone. Throws a {@link UserError} if there are fewer than two labels or no words, if training diverges,
 * or if memory runs out.
 */
export async function trainClassifier(
  rows: RowsOfRun,
  hyperparameters: Hyperparameters,
  options: TrainingOptions = {},
): Promise<Classifier> {
  const { train } = architectures[hyperparameters.architecture];
  const classifier = await train(rows, hyperparameters, options).catch((error: unknown) => {
    throw asMemoryError(error);
  });
  const used = applicableHyperparameters(hyperparameters, options.network?.hyperparameters);
  return { ...classifier, description: { ...classifier.description, hyperparameters: used } };
}
