// Calibration: whether predictions made with a probability of 80% are right 80% of the time. Expected calibration error with bins of equal width:
// Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks", ICML, equation 5.

import { demandPairs } from '../../platform/pairs';
import type { Prediction } from '../training/classifier';
import { demandConfidence, demandWhole } from './inputs';

/** The predictions whose probability lies in one bin: above `from`, up to `to`. */
export interface CalibrationBin {
  from: number;
  to: number;
  rows: number;
  /** The mean probability of the predictions; 0 for an empty bin. */
  confidence: number;
  /** The share of right predictions; 0 for an empty bin. */
  accuracy: number;
}

/** A comparison of probabilities with the share of right predictions. */
export interface Calibration {
  /** The mean distance between confidence and accuracy, in [0, 1]: each bin counts by its rows. */
  expectedError: number;
  bins: CalibrationBin[];
}

const mostBins = 1000;

/**
 * Sorts predictions into `count` bins of equal width and compares their probabilities with how often they are right.
 * @throws `UserError` if the lists are empty or differ in length, if `count` is not a whole number from 1 to 1,000,
 * or if a prediction gives its own label no probability from 0 to 1
 */
export function calibrate(
  truth: readonly string[],
  predictions: readonly Prediction[],
  count = 10,
): Calibration {
  demandPairs({ truth, predictions });
  demandWhole('count', count, [1, mostBins]);
  const sums = Array.from({ length: count }, () => ({ rows: 0, confidence: 0, right: 0 }));
  predictions.forEach((prediction, row) => {
    const confidence = demandConfidence(prediction, `predictions[${row}]`);
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
