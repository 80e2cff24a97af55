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
  const byGroup = new Map<unknown, number[]>();
  pairs.forEach(([expected, predicted], row) => {
    const cells = byGroup.get(groups[row]) ?? [];
    cells.push(expected * labels.length + predicted);
    byGroup.set(groups[row], cells);
  });
  const all = [...byGroup.values()];
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
