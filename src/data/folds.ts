// Cross-validation: rows → folds of whole stories.
import { UserError } from '../platform/errors';
import { countGroups, type Group, groupByStory } from './groups';
import type { Headline, LabelledTitle } from './headlines';
import { seededRandom, shuffled } from './random';
import type { Split } from './split';

/** Options of `foldsByStory()`. */
export interface FoldOptions {
  /** Number of folds, at least 2. @default 5 */
  folds?: number;
  /** Seed of the order in which stories of the same size are dealt. @default 1 */
  seed?: number;
}

/**
 * Divides rows into folds of whole stories, about equal in size, and holds out each fold in turn: every row is held out
 * once. The largest stories are dealt first, each to the fold with the fewest rows. The stories of a label go to at least
 * two folds if possible, so that training always has the label; a label with one story is missing from training while
 * that story is held out. A row without a story counts as a story of its own.
 * @throws `UserError` if there are fewer stories than folds
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
  const groups = groupByStory(rows);
  const stories = new Set(groups);
  if (!Number.isInteger(folds) || folds < 2 || stories.size < folds) {
    throw new UserError(
      `folds is ${folds}; expected a whole number from 2 to the number of stories, which is ${stories.size}.`,
    );
  }
  const order = shuffled(stories, seededRandom(seed)).sort((one, other) => other.size - one.size);
  const foldOf = deal(order, folds);
  const foldOfRow = groups.map((group) => foldOf.get(group));
  return Array.from({ length: folds }, (_, fold) => ({
    training: rows.filter((_, row) => foldOfRow[row] !== fold),
    validation: rows.filter((_, row) => foldOfRow[row] === fold),
  }));
}

/** Deals each story to the fold with the fewest rows that does not leave a label in one fold alone. */
function deal(stories: readonly Group[], folds: number): Map<Group, number> {
  const undealt = countGroups(stories);
  const foldsOf = new Map<string, Set<number>>();
  const filled = new Array<number>(folds).fill(0);
  const foldOf = new Map<Group, number>();
  for (const story of stories) {
    const lastOf = [...story.labels].filter((label) => undealt.get(label) === 1);
    const barred = new Set(
      lastOf.flatMap((label) => {
        const used = [...(foldsOf.get(label) ?? [])];
        return used.length === 1 ? used : [];
      }),
    );
    const fold = emptiest(filled, barred.size < folds ? barred : new Set());
    filled[fold] = (filled[fold] as number) + story.size;
    foldOf.set(story, fold);
    for (const label of story.labels) {
      undealt.set(label, (undealt.get(label) as number) - 1);
      foldsOf.set(label, (foldsOf.get(label) ?? new Set()).add(fold));
    }
  }
  return foldOf;
}

function emptiest(filled: readonly number[], barred: ReadonlySet<number>): number {
  const open = [...filled.keys()].filter((fold) => !barred.has(fold));
  return open.reduce((least, fold) => ((filled[fold] as number) < (filled[least] as number) ? fold : least));
}
