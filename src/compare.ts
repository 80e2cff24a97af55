// Do two models, or one model in two places, answer the same?
import type { Prediction } from './classifier';

/** Whatever answers headlines: a loaded artifact, an endpoint here, an endpoint on AWS. */
export interface Answering {
  predict(headlines: readonly string[]): Prediction[] | Promise<Prediction[]>;
}

/** What `compare()` has found. */
export interface Agreement {
  /** Headlines for which both gave the same label. */
  agreeing: number;
  /** The others, with both labels. */
  differing: { headline: string; one: string; other: string }[];
  /** The largest difference between two probabilities of one label. */
  largestDifference: number;
}

/**
 * Asks two predictors about the same headlines.
 * @example
 * ```ts
 * const agreement = await workshop.compare(classifier, classifier, ['Bank shares rise', 'Singer tours']);
 * console.log(agreement.agreeing, agreement.differing.length, agreement.largestDifference); // 2 0 0
 * ```
 */
export async function compare(
  one: Answering,
  other: Answering,
  headlines: readonly string[],
): Promise<Agreement> {
  const [ones, others] = await Promise.all([one.predict(headlines), other.predict(headlines)]);
  const pairs = headlines.map((headline, row) => ({
    headline,
    one: ones[row] as Prediction,
    other: others[row] as Prediction,
  }));
  const differing = pairs.filter(({ one, other }) => one.result !== other.result);
  return {
    agreeing: headlines.length - differing.length,
    differing: differing.map(({ headline, one, other }) => ({
      headline,
      one: one.result,
      other: other.result,
    })),
    largestDifference: Math.max(0, ...pairs.map(({ one, other }) => differenceOf(one, other))),
  };
}

function differenceOf({ probabilities }: Prediction, other: Prediction): number {
  const labels = new Set([...Object.keys(probabilities), ...Object.keys(other.probabilities)]);
  const differences = [...labels].map((label) =>
    Math.abs((probabilities[label] ?? 0) - (other.probabilities[label] ?? 0)),
  );
  return Math.max(0, ...differences);
}
