// Step 5: rows → trained classifier, by the architecture that the hyperparameters name.

import { asMemoryError } from '../platform/memory';
import { type Hyperparameters, ownHyperparameters } from './hyperparameters';
import { architectures } from './registry';
import type { RowsOfRun, TrainingOptions } from './training/architecture';
import type { Classifier } from './training/classifier';

export type { TrainingOptions } from './training/architecture';
export type { TrainingRow } from './training/examples';

/**
 * Trains on `training` and measures each epoch on `validation`, which may be empty. What is learnt of words and labels
 * comes from the training rows alone. Throws a {@link UserError} where there is nothing to tell apart, where training diverges,
 * and where memory runs out.
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
  const description = { ...classifier.description, hyperparameters: ownHyperparameters(hyperparameters) };
  return { ...classifier, description };
}
