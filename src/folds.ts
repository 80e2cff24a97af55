// Step 2, again and again: rows → folds of whole stories, for cross-validation.
import { UserError } from './errors';
import type { Headline, LabelledTitle } from './headlines';
import { seededRandom, shuffled } from './random';
import type { Split } from './split';

/** How rows are parted into folds. */
export interface FoldOptions {
  /** How many, at least 2. @default 5 */
  folds?: number;
  /** Another seed parts stories of the same size in another way. @default 1 */
  seed?: number;
}

/**
 * Parts rows into folds of about the same size, whole stories each, and holds out one fold after the other: every row is
 * held out once. The largest stories are dealt first, each to the fold that has the fewest rows.
 * @throws `UserError` where there are fewer stories than folds
 * @example
 * ```ts
 * const splits = workshop.foldsByStory(news.headlines, { folds: 3 });
 * console.log(splits.map(({ validation }) => validation.length)); // [ 2000, 2000, 2000 ]
 * ```
 */
export function foldsByStory<Row extends LabelledTitle = Headline>(
  rows: readonly Row[],
  { folds = 5, seed = 1 }: FoldOptions = {},
): Split<Row>[] {
  const sizes = new Map<string, number>();
  for (const { story } of rows) sizes.set(story, (sizes.get(story) ?? 0) + 1);
  if (!Number.isInteger(folds) || folds < 2 || sizes.size < folds) {
    throw new UserError(
      `folds is ${folds}; expected a whole number from 2 to the number of stories, which is ${sizes.size}.`,
    );
  }
  const dealt = shuffled(sizes, seededRandom(seed)).sort(([, one], [, other]) => other - one);
  const filled = new Array<number>(folds).fill(0);
  const foldOf = new Map<string, number>();
  for (const [story, size] of dealt) {
    const emptiest = filled.indexOf(Math.min(...filled));
    filled[emptiest] = (filled[emptiest] as number) + size;
    foldOf.set(story, emptiest);
  }
  return filled.map((_, fold) => ({
    training: rows.filter(({ story }) => foldOf.get(story) !== fold),
    validation: rows.filter(({ story }) => foldOf.get(story) === fold),
  }));
}
