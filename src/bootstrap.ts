// Step 7, the uncertainty: figures of rows drawn again and again. Whole groups are drawn, because headlines of one story
// are right or wrong together: drawn one by one, they would make intervals that are far too narrow.
import { figuresOf } from './labelFigures';
import { seededRandom } from './random';

/** The lower and the upper end of a 95% interval. */
export type Interval = [low: number, high: number];

/** Percentile intervals (Efron 1979) of an evaluation's figures. */
export interface Intervals {
  accuracy: Interval;
  macroF1: Interval;
  /** In the order of the evaluation's `byLabel`. */
  byLabel: { label: string; precision: Interval; recall: Interval; f1: Interval }[];
}

/**
 * @param pairs of each row, the positions of the expected and of the predicted label
 * @param groups of each row, what it belongs to
 */
export function bootstrap(
  labels: readonly string[],
  pairs: readonly (readonly [number, number])[],
  groups: readonly unknown[],
  { rounds = 1000, seed = 1 }: { rounds?: number; seed?: number },
): Intervals {
  const all = gather(
    pairs.map(([expected, predicted]) => expected * labels.length + predicted),
    groups,
  );
  const random = seededRandom(seed);
  const figures = Array.from({ length: rounds }, () => {
    const counts = new Array<number>(labels.length ** 2).fill(0);
    for (let drawn = 0; drawn < all.length; drawn++) {
      for (const cell of all[random.integer(all.length)] as number[]) counts[cell] = (counts[cell] ?? 0) + 1;
    }
    return figuresOf(
      labels,
      labels.map((_, row) => counts.slice(row * labels.length, (row + 1) * labels.length)),
    );
  });
  return {
    accuracy: interval(figures.map(({ accuracy }) => accuracy)),
    macroF1: interval(figures.map(({ macroF1 }) => macroF1)),
    byLabel: labels.map((label, index) => {
      const of = (name: 'precision' | 'recall' | 'f1') =>
        interval(figures.map(({ byLabel }) => byLabel[index]?.[name] ?? 0));
      return { label, precision: of('precision'), recall: of('recall'), f1: of('f1') };
    }),
  };
}

/**
 * Between what the difference of two models' accuracies lies, 95 times in 100: above zero where the first is better. On the
 * same rows, so that what is hard for both does not count.
 * @param first of each row, 1 where the first model's answer is right, else 0; of one trained several times, the mean
 * @param second the same of the second model
 * @param groups of each row, what it belongs to
 */
export function bootstrapDifference(
  first: readonly number[],
  second: readonly number[],
  groups: readonly unknown[],
  { rounds = 1000, seed = 1 }: { rounds?: number; seed?: number } = {},
): Interval {
  const byGroup = gather(
    first.map((right, row) => right - (second[row] as number)),
    groups,
  );
  const sums = byGroup.map((values) => ({ rows: values.length, sum: values.reduce((a, b) => a + b, 0) }));
  const random = seededRandom(seed);
  const differences = Array.from({ length: rounds }, () => {
    let [rows, sum] = [0, 0];
    for (let drawn = 0; drawn < sums.length; drawn++) {
      const group = sums[random.integer(sums.length)] as { rows: number; sum: number };
      rows += group.rows;
      sum += group.sum;
    }
    return sum / rows;
  });
  return interval(differences);
}

/** The values of each group. */
function gather(values: readonly number[], groups: readonly unknown[]): number[][] {
  const byGroup = new Map<unknown, number[]>();
  values.forEach((value, row) => {
    const of = byGroup.get(groups[row]) ?? [];
    of.push(value);
    byGroup.set(groups[row], of);
  });
  return [...byGroup.values()];
}

function interval(values: number[]): Interval {
  const sorted = Float64Array.from(values).sort();
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Between the two nearest values, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
  return below + (above - below) * (place - Math.floor(place));
}
