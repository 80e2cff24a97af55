// Rows → training and validation rows. Reads and writes no files.
import { UserError } from '../platform/errors';
import { countGroups, type Group, groupByRow, groupByStory } from './groups';
import type { Headline, LabelledTitle } from './headlines';
import { holdOut } from './holdOut';
import { seededRandom, shuffled } from './random';

/** The two sides of a split, each in the order of the rows. */
export interface Split<Row = Headline> {
  training: Row[];
  validation: Row[];
}

/** Options of `splitByStory()` and `splitRandomly()`. */
export interface SplitOptions {
  /** Share of the rows held out, above 0 and below 1. @default 0.2 */
  validationFraction?: number;
  /** The same seed holds out the same rows. @default 1 */
  seed?: number;
}

/** The largest accepted difference between the requested fraction and the result. */
const tolerance = 0.05;

/**
 * Holds out whole stories: no story is on both sides, so the model has not read the validation stories. Every
 * label keeps a story in training, so a label with one story has no validation row. A row without a story counts as a
 * story of its own.
 * @throws `UserError` if stories are so large that the fraction cannot be reached within 0.05, or if a side would be
 * empty
 * @example
 * ```ts
 * const split = workshop.splitByStory(news.headlines, { validationFraction: 0.2, seed: 1 });
 * console.log(split.training.length, split.validation.length); // 4801 1199
 * ```
 */
export function splitByStory<Row extends LabelledTitle>(
  headlines: readonly Row[],
  options: SplitOptions = {},
): Split<Row> {
  const { wanted, random } = prepare(headlines, options);
  const groups = groupByStory(headlines);
  const stories = new Set(groups);
  const allowed = tolerance * headlines.length;
  const heldOut = holdOut(shuffled(stories, random), wanted, allowed);
  if (heldOut.rows === 0 || Math.abs(heldOut.rows - wanted) > allowed) {
    throw new UserError(
      `No split by story holds out about ${wanted} of ${headlines.length} rows: ${describeStories(stories)}. ` +
        'Use another fraction, or the random split.',
    );
  }
  return divide(headlines, (row) => heldOut.groups.has(groups[row] as Group));
}

/**
 * Holds out single rows at random. Rows of one story may be on both sides, which flatters the model. Every label keeps a
 * row in training; fewer rows than requested are held out if only the last rows of labels are left.
 * @throws `UserError` if a side would be empty
 * @example
 * ```ts
 * const randomSplit = workshop.splitRandomly(news.headlines);
 * console.log(randomSplit.training.length, randomSplit.validation.length); // 4800 1200
 * ```
 */
export function splitRandomly<Row extends LabelledTitle>(
  headlines: readonly Row[],
  options: SplitOptions = {},
): Split<Row> {
  const { wanted, random } = prepare(headlines, options);
  const groups = groupByRow(headlines);
  const heldOut = holdOut(shuffled(groups, random), wanted, tolerance * headlines.length);
  if (heldOut.rows === 0) {
    throw new UserError(
      `No row can be held out: each of the ${headlines.length} rows is the only one of its label. Use more rows of each label.`,
    );
  }
  return divide(headlines, (row) => heldOut.groups.has(groups[row] as Group));
}

function describeStories(stories: ReadonlySet<Group>): string {
  const largest = [...stories].reduce((most, { size }) => Math.max(most, size), 0);
  const single = [...countGroups(stories).values()].filter((count) => count === 1).length;
  const kept = single > 0 ? `, and ${single} label(s) have one story, which stays in training` : '';
  const count = stories.size === 1 ? 'is 1 story' : `are ${stories.size} stories`;
  return `there ${count}, the largest has ${largest} ${largest === 1 ? 'row' : 'rows'}${kept}`;
}

function prepare(headlines: readonly LabelledTitle[], { validationFraction = 0.2, seed = 1 }: SplitOptions) {
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new UserError(
      `validationFraction is ${validationFraction}; it must be between 0 and 1, both excluded.`,
    );
  }
  const wanted = Math.round(headlines.length * validationFraction);
  if (wanted === 0 || wanted === headlines.length) {
    throw new UserError(
      `${headlines.length} row(s) cannot be split at ${validationFraction}: one side would be empty. Use more rows.`,
    );
  }
  return { wanted, random: seededRandom(seed) };
}

function divide<Row>(rows: readonly Row[], isHeldOut: (row: number) => boolean): Split<Row> {
  return {
    training: rows.filter((_, row) => !isHeldOut(row)),
    validation: rows.filter((_, row) => isHeldOut(row)),
  };
}
