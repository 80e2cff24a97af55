// Uncertainty: bootstrap intervals. Resamples whole groups, because headlines of one story are right or wrong
// together: resampling single rows would give intervals that are far too narrow.

import { seededRandom } from '../../data/random';
import { UserError } from '../../platform/errors';
import { demandPairs } from '../../platform/pairs';
import { demandWhole } from './inputs';
import { accuracyOf, addRows, createCounts, figuresOfLabel } from './labelFigures';

/** Options of `evaluate()`. */
export interface EvaluationOptions {
  /** Number of resamples, from 1 to 100,000. @default 1000 */
  rounds?: number;
  /** Seed of the draws, a whole number from 0. @default 1 */
  seed?: number;
}

const mostRounds = 100_000;

/** Both ends of a 95% interval. */
export type Interval = [low: number, high: number];

/** Percentile intervals (Efron 1979) of an evaluation's figures. */
export interface Intervals {
  accuracy: Interval;
  macroF1: Interval;
  /** In the order of the evaluation's `byLabel`. */
  byLabel: { label: string; precision: Interval; recall: Interval; f1: Interval }[];
}

/**
 * Returns the intervals of the figures over `rounds` draws. Each draw takes as many groups as there are, with replacement.
 * @param pairs for each row, the positions of the expected and of the predicted label
 * @param groups the group of each row
 * @throws `UserError` if `rounds` is not a whole number from 1 to 100,000, or `seed` not one from 0
 */
export function bootstrap(
  labels: readonly string[],
  pairs: readonly (readonly [number, number])[],
  groups: readonly unknown[],
  options: EvaluationOptions = {},
): Intervals {
  const group = numberGroups(groups);
  const rounds = roundsOf(options);
  // Typed, as all rows are counted once in every round.
  const expected = Int32Array.from(pairs, ([label]) => label);
  const predicted = Int32Array.from(pairs, ([, label]) => label);
  const figures = labels.map(() => ({
    precision: new Float64Array(rounds),
    recall: new Float64Array(rounds),
    f1: new Float64Array(rounds),
  }));
  const accuracy = new Float64Array(rounds);
  const macroF1 = new Float64Array(rounds);
  for (const [round, times] of draws(group.count, rounds, options)) {
    const counts = createCounts(labels.length);
    for (let row = 0; row < expected.length; row++) {
      const drawn = times[group.of[row] as number] as number;
      addRows(counts, expected[row] as number, predicted[row] as number, drawn);
    }
    let sum = 0;
    for (const [label, of] of figures.entries()) {
      const { precision, recall, f1 } = figuresOfLabel(counts, label);
      of.precision[round] = precision;
      of.recall[round] = recall;
      of.f1[round] = f1;
      sum += f1;
    }
    accuracy[round] = accuracyOf(counts);
    macroF1[round] = sum / labels.length;
  }
  return {
    accuracy: interval(accuracy),
    macroF1: interval(macroF1),
    byLabel: figures.map(({ precision, recall, f1 }, label) => ({
      label: labels[label] as string,
      precision: interval(precision),
      recall: interval(recall),
      f1: interval(f1),
    })),
  };
}

/**
 * Returns the interval of the difference of two models' accuracies on the same rows: above zero if the first is better.
 * @param first for each row, 1 if the first model is right, else 0; for a model trained several times, the mean
 * @param second the same for the second model
 * @param groups the group of each row
 * @throws `UserError` if the lists are empty, differ in length, or contain anything but numbers
 */
export function bootstrapDifference(
  first: readonly number[],
  second: readonly number[],
  groups: readonly unknown[],
  options: EvaluationOptions = {},
): Interval {
  demandPairs({ first, second, groups });
  demandNumbers({ first, second });
  const group = numberGroups(groups);
  const rounds = roundsOf(options);
  const rows = new Int32Array(group.count);
  const sums = new Float64Array(group.count);
  first.forEach((right, row) => {
    const of = group.of[row] as number;
    rows[of] = (rows[of] as number) + 1;
    sums[of] = (sums[of] as number) + right - (second[row] as number);
  });
  const differences = new Float64Array(rounds);
  for (const [round, times] of draws(group.count, rounds, options)) {
    let [all, sum] = [0, 0];
    times.forEach((drawn, of) => {
      all += drawn * (rows[of] as number);
      sum += drawn * (sums[of] as number);
    });
    differences[round] = sum / all;
  }
  return interval(differences);
}

function roundsOf({ rounds = 1000, seed = 1 }: EvaluationOptions): number {
  demandWhole('rounds', rounds, [1, mostRounds]);
  demandWhole('seed', seed, [0, 2 ** 31 - 1]);
  return rounds;
}

function demandNumbers(values: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, list] of Object.entries(values)) {
    const at = list.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new UserError(`${name}[${at}] is ${list[at]}; expected a number from 0 to 1.`);
  }
}

/** Yields, for each round, how many times each group was drawn. The list is the same one in every round. */
function* draws(
  groups: number,
  rounds: number,
  { seed = 1 }: EvaluationOptions,
): Generator<[round: number, times: Int32Array]> {
  const random = seededRandom(seed);
  const times = new Int32Array(groups);
  for (let round = 0; round < rounds; round++) {
    times.fill(0);
    for (let drawn = 0; drawn < groups; drawn++) {
      const group = random.integer(groups);
      times[group] = (times[group] as number) + 1;
    }
    yield [round, times];
  }
}

/** The number of each row's group, from 0 in order of appearance. */
function numberGroups(groups: readonly unknown[]): { of: Int32Array; count: number } {
  const numbers = new Map<unknown, number>();
  const of = Int32Array.from(groups, (group) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  return { of, count: numbers.size };
}

/** Returns the 95% interval; sorts the values in place. */
function interval(values: Float64Array): Interval {
  const sorted = values.sort();
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Interpolates between the two nearest values, as numpy does by default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}
