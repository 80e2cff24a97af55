// Architecture ensemble: the rows of a run → what its two parts learn from. The linear part reads titles, the
// convolution reads tokens.

import type { RowsOfRun } from '../training/architecture';
import {
  createExampleEncoder,
  type Examples,
  learnLabels,
  learnRowsVocabulary,
  type TrainingRow,
} from '../training/examples';
import { weighRows } from '../training/rowWeights';
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
    rowWeights: weighRows(training, examples.training, { ...hyperparameters, storyPower }),
  };
}

function simplified({ title, ...row }: TrainingRow): TrainingRow {
  return { ...row, title: simplifyTitle(title) };
}
