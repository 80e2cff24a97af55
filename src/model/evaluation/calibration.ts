// Step 7, calibration: of the answers given with 80%, are 80% right? Expected calibration error with bins of equal width:
// Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks", ICML, equation 5.

import { UserError } from '../../platform/errors';
import { demandPairs } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';

/** The answers whose probability lies in one bin: above `from`, up to `to`. */
export interface CalibrationBin {
  from: number;
  to: number;
  rows: number;
  /** The mean probability of the answers; 0 where there are none. */
  confidence: number;
  /** The share of them that is right; 0 where there are none. */
  accuracy: number;
}

/** Whether probabilities mean what they say. */
export interface Calibration {
  /** The mean distance between confidence and accuracy, in [0, 1]: each bin counts by its rows. */
  expectedError: number;
  bins: CalibrationBin[];
}

/**
 * Sorts predictions into `count` bins of equal width and compares their probabilities with how often they are right.
 * @throws `UserError` where the lists are empty or differ in length, or where a prediction gives its own label no
 * probability from 0 to 1
 */
export function calibrate(
  truth: readonly string[],
  predictions: readonly Prediction[],
  count = 10,
): Calibration {
  demandPairs({ truth, predictions });
  const sums = Array.from({ length: count }, () => ({ rows: 0, confidence: 0, right: 0 }));
  predictions.forEach((prediction, row) => {
    const confidence = confidenceOf(prediction, row);
    const bin = sums[Math.min(count - 1, Math.max(0, Math.ceil(confidence * count) - 1))];
    if (!bin) return;
    bin.rows += 1;
    bin.confidence += confidence;
    bin.right += Number(prediction.result === truth[row]);
  });
  const bins = sums.map(({ rows, confidence, right }, index) => ({
    from: index / count,
    to: (index + 1) / count,
    rows,
    confidence: rows && confidence / rows,
    accuracy: rows && right / rows,
  }));
  const distances = bins.map(({ rows, confidence, accuracy }) => rows * Math.abs(accuracy - confidence));
  return { expectedError: distances.reduce((total, one) => total + one, 0) / predictions.length, bins };
}

/** What rounding may add above 1: fastText's float32 probabilities reach 1.00001. */
const rounding = 1e-4;

/** The probability of the predicted label. */
function confidenceOf({ result, probabilities }: Prediction, row: number): number {
  const confidence = probabilities?.[result];
  if (confidence !== undefined && confidence >= 0 && confidence <= 1 + rounding) return confidence;
  throw new UserError(
    `predictions[${row}] gives its label ${JSON.stringify(result)} the probability ${confidence}; expected 0 to 1. ` +
      'Give what predict() returned.',
  );
}
