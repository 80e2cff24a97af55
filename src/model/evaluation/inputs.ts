// Checks the inputs of the evaluation functions, whose callers may be cells without types.

import { UserError } from '../../platform/errors';
import type { Prediction } from '../training/classifier';

/** Throws a {@link UserError} unless every value is an array. A promise is named as one, since an `await` is missing. */
export function demandArrays(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) continue;
    if (value instanceof Promise) throw new UserError(`${name} is a promise. Put await in front of it.`);
    throw new UserError(`${name} is ${describe(value)}; expected an array.`);
  }
}

/** Probabilities may exceed 1 by rounding: fastText's float32 probabilities reach 1.00001. */
const rounding = 1e-4;

/**
 * Returns the probability of the predicted label.
 * @param place of the prediction, for the error
 * @throws `UserError` unless it is a prediction that gives its own label a probability from 0 to 1
 */
export function demandConfidence(prediction: Prediction, place: string): number {
  if (typeof prediction?.result !== 'string') {
    throw new UserError(`${place} is ${describe(prediction)}. Pass the result of predict().`);
  }
  const { result, probabilities } = prediction;
  const confidence = probabilityOf(prediction, result);
  if (confidence !== undefined && confidence >= 0 && confidence <= 1 + rounding) return confidence;
  throw new UserError(
    `${place} gives its label ${JSON.stringify(result)} the probability ${confidence}; expected 0 to 1. ` +
      `Pass the result of predict()${probabilities ? '' : ', with its probabilities'}.`,
  );
}

/** Returns a label's probability, or undefined for a label that the prediction does not have. */
export function probabilityOf({ probabilities }: Prediction, label: string): number | undefined {
  return probabilities && Object.hasOwn(probabilities, label) ? probabilities[label] : undefined;
}

/** Throws a {@link UserError} unless the value is a whole number within the limits. */
export function demandWhole(
  name: string,
  value: unknown,
  [least, most]: readonly [least: number, most: number],
): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most < Infinity ? `${least} to ${most.toLocaleString('en')}` : `${least}`;
  throw new UserError(`${name} is ${describe(value)}; expected a whole number from ${range}.`);
}

/** Returns a value as JSON writes it, but numbers as they are, cut to 80 characters. */
export function describe(value: unknown): string {
  return (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))).slice(0, 80);
}
