// How much each training row counts.

import { tally } from '../../platform/tally';
import { balancedWeights, type Examples, type TrainingRow } from './examples';
import type { Hyperparameters } from './settings';

/**
 * Returns the weight of each row, 1 on average. A row weighs the size of its story to the power of minus `storyPower`, so
 * that a story counts more than a single row and less than all of its rows. With `class_weights`, rows of rare labels weigh
 * more.
 */
export function weighRows(
  rows: readonly TrainingRow[],
  { labels }: Pick<Examples, 'labels'>,
  { storyPower, class_weights }: Pick<Hyperparameters, 'class_weights'> & { storyPower: number },
): Float64Array {
  const sizes = tally(rows.flatMap(({ story }) => story ?? []));
  const ofLabels =
    class_weights === 'balanced' ? balancedWeights({ labels }, new Set(labels).size) : undefined;
  const weights = Float64Array.from(
    rows,
    ({ story }, row) =>
      (sizes.get(story ?? '') ?? 1) ** -storyPower * (ofLabels?.[labels[row] as number] ?? 1),
  );
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
