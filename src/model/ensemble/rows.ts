// Architecture ensemble: the rows of a run → what its two parts learn from. The linear part reads titles, the
// convolution reads tokens.

import type { RowsOfRun } from '../training/architecture';
import {
  balancedWeights,
  createExampleEncoder,
  type Examples,
  learnLabels,
  learnRowsVocabulary,
  type TrainingRow,
} from '../training/examples';
import type { Hyperparameters } from '../training/settings';
import { simplifyTitle } from './classifier';

/** The rows of a run, prepared for both parts. */
export interface EnsembleRows {
  /** Sorted. */
  labels: string[];
  /** The words of the training titles, most frequent first. */
  vocabulary: string[];
  titles: { training: string[]; validation: string[] };
  examples: { training: Examples; validation: Examples };
  /** The weight of each training row, 1 on average. */
  rowWeights: Float64Array;
}

/** A row weighs the size of its story to the power of minus this. Chosen as in linearSvm.ts. */
const storyPower = 0.6;

/** Learns labels and vocabulary from the training rows, encodes all rows, and weighs those for training. */
export async function prepareRows(given: RowsOfRun, hyperparameters: Hyperparameters): Promise<EnsembleRows> {
  const [training, validation] = [given.training.map(simplified), given.validation.map(simplified)];
  const labels = learnLabels(training);
  const vocabulary = await learnRowsVocabulary(training, hyperparameters.vocabulary_size);
  const toExamples = createExampleEncoder(vocabulary, labels, hyperparameters.max_length);
  const examples = { training: await toExamples(training), validation: await toExamples(validation) };
  return {
    labels,
    vocabulary,
    titles: {
      training: training.map(({ title }) => title),
      validation: validation.map(({ title }) => title),
    },
    examples,
    rowWeights: weigh(training, examples.training, hyperparameters),
  };
}

function simplified({ title, ...row }: TrainingRow): TrainingRow {
  return { ...row, title: simplifyTitle(title) };
}

/**
 * Returns the weight of each row, 1 on average. A row of a large story weighs less, so that a story counts more than a
 * single row and less than all of its rows. With `class_weights`, rows of rare labels weigh more.
 */
function weigh(
  rows: readonly TrainingRow[],
  examples: Examples,
  { class_weights }: Pick<Hyperparameters, 'class_weights'>,
): Float64Array {
  const sizes = new Map<string, number>();
  for (const { story } of rows) if (story !== undefined) sizes.set(story, (sizes.get(story) ?? 0) + 1);
  const ofLabels =
    class_weights === 'balanced' ? balancedWeights(examples, new Set(examples.labels).size) : undefined;
  const weights = Float64Array.from(
    rows,
    ({ story }, row) =>
      (sizes.get(story ?? '') ?? 1) ** -storyPower * (ofLabels?.[examples.labels[row] as number] ?? 1),
  );
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
