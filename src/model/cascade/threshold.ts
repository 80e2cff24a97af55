// Decides from held-out rows when the small model answers alone, and how far to trust each kind of answer.

/** What one model said of a held-out row. */
export interface Held {
  /** The probabilities of the labels. */
  readonly probabilities: readonly number[];
  /** The index of the row's label. */
  readonly label: number;
}

/** Which answers the small model gives alone: a share of them, or as many as are surely right often enough. */
export interface Wanted {
  /** The share of the texts, from 0 to 1. It counts if `accuracy` is 0. */
  readonly share: number;
  /** The least accuracy of these answers; 0 for any. */
  readonly accuracy: number;
}

/** Higher than any probability: the small model never answers alone. */
const never = 2;

/** Returns the least probability of its label with which the small model answers alone. */
export function thresholdFor(held: readonly Held[], { share, accuracy }: Wanted): number {
  if (accuracy === 0 && share === 1) return 0;
  const wanted = share * held.length;
  let best = { threshold: never, count: 0 };
  for (const { confidence, count, right } of bySureness(held)) {
    const isBetter =
      accuracy > 0
        ? leastShare(right, count) >= accuracy
        : Math.abs(count - wanted) <= Math.abs(best.count - wanted);
    if (isBetter) best = { threshold: confidence, count };
  }
  return best.threshold;
}

/** Returns, for each confidence from the highest on, how many rows have it or a higher one, and how many of them are right. */
function bySureness(held: readonly Held[]): { confidence: number; count: number; right: number }[] {
  const rows = held.map(({ probabilities, label }) => {
    const confidence = Math.max(...probabilities);
    return { confidence, isRight: probabilities.indexOf(confidence) === label };
  });
  rows.sort((one, other) => other.confidence - one.confidence);
  let right = 0;
  return rows.flatMap(({ confidence, isRight }, place) => {
    right += Number(isRight);
    // Rows of the same confidence are taken together or not at all.
    return rows[place + 1]?.confidence === confidence ? [] : [{ confidence, count: place + 1, right }];
  });
}

/** The quantile of the normal distribution for a one-sided bound of 95%. */
const z = 1.645;

/** Returns the lower bound of a share, by Wilson's interval (1927): few rows prove little. */
function leastShare(right: number, count: number): number {
  const share = right / count;
  const spread = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  return (share + z ** 2 / (2 * count) - spread) / (1 + z ** 2 / count);
}

/** The lowest and highest temperature, as logarithms. */
const range = [Math.log(0.2), Math.log(5)] as const;

/** Returns whether a temperature is one that {@link fitTemperature} gives. */
export function isTemperature(value: unknown): boolean {
  return typeof value === 'number' && value > 0.19 && value < 5.01;
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;
const halvings = 40;
/** Keeps the temperature near 1 where few rows speak for another. */
const caution = 5;

/**
 * Returns the temperature with which the probabilities fit the labels best (Guo et al. 2017, arXiv:1706.04599), by
 * golden-section search. Few rows change it little; without any it is 1.
 */
export function fitTemperature(held: readonly Held[]): number {
  if (held.length === 0) return 1;
  const lossAt = (logarithm: number) =>
    held.reduce(
      (sum, { probabilities, label }) => {
        const tempered = temper(probabilities, Math.exp(logarithm));
        return sum - Math.log(Math.max(tempered[label] as number, 1e-12));
      },
      caution * logarithm ** 2,
    );
  let [low, high]: [number, number] = [...range];
  for (let step = 0; step < halvings; step++) {
    const [left, right] = [high - goldenRatio * (high - low), low + goldenRatio * (high - low)];
    if (lossAt(left) <= lossAt(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

/** Raises probabilities to the power of 1 / temperature and lets them add up to 1. Their order stays. */
export function temper(probabilities: readonly number[], temperature: number): number[] {
  const powers = probabilities.map((probability) => probability ** (1 / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
