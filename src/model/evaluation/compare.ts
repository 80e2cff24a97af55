// Do two models, or one model in two places, answer the same?

import { demandSameLength } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';

/** Anything that predicts: a loaded artifact, an endpoint on this machine or on AWS. */
export interface Answering {
  predict(headlines: readonly string[]): Prediction[] | Promise<Prediction[]>;
}

/** Returned by `compare()`. */
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
 * @throws `UserError` where a predictor does not return one prediction for each headline
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
  demandSameLength({ headlines, 'the first predictor’s list': ones, 'the second predictor’s list': others });
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
    largestDifference: pairs.reduce((most, { one, other }) => Math.max(most, differenceOf(one, other)), 0),
  };
}

function differenceOf({ probabilities }: Prediction, other: Prediction): number {
  const labels = new Set([...Object.keys(probabilities), ...Object.keys(other.probabilities)]);
  const differences = [...labels].map((label) =>
    Math.abs((probabilities[label] ?? 0) - (other.probabilities[label] ?? 0)),
  );
  return Math.max(0, ...differences);
}
