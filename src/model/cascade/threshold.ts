// Decides from held-out rows when the small model answers alone, and how far to trust each kind of answer.

/** What one model said of a held-out row. */
export interface Held {
  /** The probabilities of the labels. */
  readonly probabilities: readonly number[];
  /** The index of the row's label. */
  readonly label: number;
}

/** Which answers the small model gives alone: a share of them, or as many as are right often enough. */
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
  const surest = held
    .map(({ probabilities, label }) => {
      const confidence = Math.max(...probabilities);
      return { confidence, isRight: probabilities[label] === confidence };
    })
    .sort((one, other) => other.confidence - one.confidence);
  if (accuracy === 0 && share === 1) return 0;
  let [count, right] = [accuracy > 0 ? 0 : Math.round(share * surest.length), 0];
  if (accuracy > 0) {
    for (const [place, { isRight }] of surest.entries()) {
      right += Number(isRight);
      if (right >= accuracy * (place + 1)) count = place + 1;
    }
  }
  return surest[count - 1]?.confidence ?? never;
}

/** The lowest and highest temperature, as logarithms. */
const range = [Math.log(0.2), Math.log(5)] as const;
const goldenRatio = (Math.sqrt(5) - 1) / 2;
const halvings = 40;

/**
 * Returns the temperature with which the probabilities fit the labels best (Guo et al. 2017, arXiv:1706.04599), by
 * golden-section search. Without rows, 1.
 */
export function fitTemperature(held: readonly Held[]): number {
  if (held.length === 0) return 1;
  const lossAt = (logarithm: number) =>
    held.reduce((sum, { probabilities, label }) => {
      const tempered = temper(probabilities, Math.exp(logarithm));
      return sum - Math.log(Math.max(tempered[label] as number, 1e-12));
    }, 0);
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
