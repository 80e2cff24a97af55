// Compares the predictions of two models, or of one model in two places.

import { demandSameLength } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';
import { demandArrays, demandConfidence, probabilityOf } from './inputs';

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
 * Compares the predictions of two predictors for the same headlines.
 * @throws `UserError` if a predictor does not return one prediction for each headline
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
  demandArrays({ headlines });
  const [ones, others] = await Promise.all([one.predict(headlines), other.predict(headlines)]);
  const lists = { 'the first predictor’s list': ones, 'the second predictor’s list': others };
  demandArrays(lists);
  demandSameLength({ headlines, ...lists });
  for (const [name, predictions] of Object.entries(lists)) {
    for (const [at, prediction] of predictions.entries()) demandConfidence(prediction, `${name}[${at}]`);
  }
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

function differenceOf(one: Prediction, other: Prediction): number {
  const labels = new Set([...Object.keys(one.probabilities), ...Object.keys(other.probabilities)]);
  const differences = [...labels].map((label) =>
    Math.abs((probabilityOf(one, label) ?? 0) - (probabilityOf(other, label) ?? 0)),
  );
  return Math.max(0, ...differences);
}
