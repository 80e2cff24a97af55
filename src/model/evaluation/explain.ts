// Explanation by occlusion: predicts a title again without each of its words. It does not look into the model,
// so it works with anything that predicts, here or on AWS.

import { UserError } from '../../platform/errors';
import { demandSameLength } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';
import type { Answering } from './compare';
import { demandArrays, demandConfidence, describe, probabilityOf } from './inputs';

/** A part of the title. */
export interface WordContribution {
  text: string;
  /**
   * Its contribution to the log-odds of the explained label: positive if the label is less probable without it, 0 for
   * anything but words.
   */
  contribution: number;
  /** The label's probability without this part. */
  without: number;
}

/** The support of each word of a title for a label. */
export interface Explanation {
  title: string;
  label: string;
  /** The probability of that label with all words. */
  probability: number;
  /** The parts of the title, in order; their texts joined are the title. */
  parts: WordContribution[];
}

/** Each word adds a copy of the text to what is predicted. */
const mostWords = 1000;
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * Returns the contribution of each word of a title to its prediction. Predicts the title as it is, and once without each
 * word. In a cascade, a contribution includes that another of its models may answer without the word.
 * @param answering anything that predicts: a loaded artifact, an endpoint
 * @param label the label to explain; default: the predicted one
 * @throws `UserError` if the text has more than 1,000 words, `predict()` does not return one prediction for each text,
 * or the label is unknown
 * @example
 * ```ts
 * const explanation = await workshop.explain(classifier, 'Bank shares rise');
 * console.log(explanation.label, explanation.parts.map(({ text }) => text).join('|')); // Business Bank| |shares| |rise
 * ```
 */
export async function explain(answering: Answering, title: string, label?: string): Promise<Explanation> {
  if (typeof title !== 'string') throw new UserError(`title is ${describe(title)}; expected text.`);
  const segments = segment(title);
  const words = segments.filter(({ isWord }) => isWord);
  const shortened = words.map(({ index, text }) => title.slice(0, index) + title.slice(index + text.length));
  const asked = [title, ...shortened];
  const predictions = await answering.predict(asked);
  demandArrays({ 'the predictor’s list': predictions });
  demandSameLength({ 'the list of texts': asked, 'the predictor’s list': predictions });
  for (const [at, prediction] of predictions.entries()) demandConfidence(prediction, `predictions[${at}]`);
  const [whole, ...others] = predictions as [Prediction, ...Prediction[]];
  const explained = label ?? whole.result;
  if (probabilityOf(whole, explained) === undefined) {
    const known = Object.keys(whole.probabilities).join(', ');
    throw new UserError(`"${explained}" is not one of the model's labels, which are: ${known}.`);
  }
  const explainedOf = (prediction: Prediction) => probabilityOf(prediction, explained) ?? 0;
  const probability = explainedOf(whole);
  const without = new Map(words.map(({ index }, word) => [index, explainedOf(others[word] as Prediction)]));
  const parts = segments.map(({ index, text }) => {
    const less = without.get(index) ?? probability;
    return { text, contribution: logit(probability) - logit(less), without: less };
  });
  return { title, label: explained, probability, parts };
}

/** Splits a title into words and the text between them. Throws a {@link UserError} if there are too many words. */
function segment(title: string): { text: string; index: number; isWord: boolean }[] {
  const segments = [];
  let words = 0;
  // V8 copies the whole title into each of its segments, so these are not kept.
  for (const { segment: text, index, isWordLike } of segmenter.segment(title)) {
    const isWord = isWordLike === true;
    words += Number(isWord);
    if (words > mostWords) {
      throw new UserError(
        `The text has more than ${mostWords} words. explain() predicts it once without each word: give a part of it.`,
      );
    }
    segments.push({ text, index, isWord });
  }
  return segments;
}

/** Returns the log-odds, which stay finite for a probability rounded to 0 or 1. */
function logit(probability: number): number {
  const kept = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(kept / (1 - kept));
}
