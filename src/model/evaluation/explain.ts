// Step 7, why: what each word of a title does to the answer. Leaves words out and asks again (occlusion), so it works
// with anything that predicts, here or on AWS, and looks into no model.

import { UserError } from '../../platform/errors';
import { demandSameLength } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';
import type { Answering } from './compare';

/** A part of the title, as it stands there. */
export interface WordContribution {
  text: string;
  /**
   * What it adds to the log-odds of the explained label: positive where the label is less probable without it, 0 for
   * what is no word.
   */
  contribution: number;
  /** The label's probability without it. */
  without: number;
}

/** Why a title was given a label, or not another one. */
export interface Explanation {
  title: string;
  label: string;
  /** Of that label, with all words. */
  probability: number;
  /** Joined, their texts are the title. */
  parts: WordContribution[];
}

const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * Returns what each word of a title does to its prediction: predicts the title as it is, and once without each word.
 * @param answering anything that predicts: a loaded artifact, an endpoint
 * @param label the label to explain; default: the predicted one
 * @throws `UserError` where `predict()` does not return one prediction for each text, or the label is unknown
 * @example
 * ```ts
 * const explanation = await workshop.explain(classifier, 'Bank shares rise');
 * console.log(explanation.label, explanation.parts.map(({ text }) => text).join('|')); // Business Bank| |shares| |rise
 * ```
 */
export async function explain(answering: Answering, title: string, label?: string): Promise<Explanation> {
  const segments = [...segmenter.segment(title)];
  const words = segments.filter(({ isWordLike }) => isWordLike);
  const shortened = words.map(
    ({ index, segment }) => title.slice(0, index) + title.slice(index + segment.length),
  );
  const asked = [title, ...shortened];
  const predictions = await answering.predict(asked);
  demandSameLength({ 'the list of texts': asked, 'the predictor’s list': predictions });
  const [whole, ...others] = predictions as [Prediction, ...Prediction[]];
  const explained = label ?? whole.result;
  if (whole.probabilities[explained] === undefined) {
    const known = Object.keys(whole.probabilities).join(', ');
    throw new UserError(`"${explained}" is not one of the model's labels, which are: ${known}.`);
  }
  const probabilityOf = ({ probabilities }: Prediction) => probabilities[explained] ?? 0;
  const probability = probabilityOf(whole);
  const without = new Map(words.map(({ index }, word) => [index, probabilityOf(others[word] as Prediction)]));
  const parts = segments.map(({ index, segment }) => {
    const less = without.get(index) ?? probability;
    return { text: segment, contribution: logit(probability) - logit(less), without: less };
  });
  return { title, label: explained, probability, parts };
}

/** Kept finite, as probabilities come rounded. */
function logit(probability: number): number {
  const kept = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(kept / (1 - kept));
}
