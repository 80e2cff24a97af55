// Step 2: rows → training and validation rows. Decides who is on which side; reads and writes nothing.
import { UserError } from './errors';
import type { Headline, LabelledTitle } from './headlines';
import { seededRandom, shuffled } from './random';

/** The two sides of a split. Each keeps the order of the rows. */
export interface Split<Row = Headline> {
  training: Row[];
  validation: Row[];
}

/** How rows are held out. */
export interface SplitOptions {
  /** Share of the rows held out, above 0 and below 1. @default 0.2 */
  validationFraction?: number;
  /** Another seed holds out other rows. @default 1 */
  seed?: number;
}

/** The largest difference between the fraction asked for and the one reached that still counts as a split. */
const tolerance = 0.05;

/**
 * Holds out whole stories: no story stands on both sides, so validation headlines tell news that the model has
 * not read.
 * @throws `UserError` where stories are so large that the fraction cannot be reached within 0.05, or a side would be
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
  const sizes = new Map<string, number>();
  for (const { story } of headlines) sizes.set(story, (sizes.get(story) ?? 0) + 1);

  const heldOut = new Set<string>();
  let rows = 0;
  for (const [story, size] of shuffled(sizes, random)) {
    if (rows + size > wanted) continue;
    heldOut.add(story);
    rows += size;
  }
  if (rows === 0 || Math.abs(rows - wanted) > tolerance * headlines.length) {
    throw new UserError(
      `No split by story comes near ${wanted} of ${headlines.length} rows: there are ${sizes.size} stories and ` +
        `the largest has ${[...sizes.values()].reduce((a, b) => Math.max(a, b))} rows. Use the random split, or another fraction.`,
    );
  }
  return divide(headlines, ({ story }) => heldOut.has(story));
}

/**
 * Holds out rows at random: headlines about one story may stand on both sides, which flatters the model.
 * @throws `UserError` where a side would be empty
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
  const heldOut = new Set(shuffled(headlines, random).slice(0, wanted));
  return divide(headlines, (row) => heldOut.has(row));
}

function prepare(headlines: readonly LabelledTitle[], { validationFraction = 0.2, seed = 1 }: SplitOptions) {
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new UserError(
      `validationFraction is ${validationFraction}; it must lie between 0 and 1, both excluded.`,
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

function divide<Row>(headlines: readonly Row[], isHeldOut: (row: Row) => boolean): Split<Row> {
  return {
    training: headlines.filter((row) => !isHeldOut(row)),
    validation: headlines.filter(isHeldOut),
  };
}
