// Formats a probability.
import { probabilitySteps } from '../../../model/training/classifier';

/** Formats nine decimals as one whole number if that is exact, which is faster: see {@link probabilitySteps}. */
export function toDecimals(probability = Number.NaN): string {
  const steps = Math.round(probability * probabilitySteps);
  const isWhole = steps / probabilitySteps === probability && steps >= 0 && steps < probabilitySteps;
  if (isWhole) return `0.${String(probabilitySteps + steps).slice(1)}`;
  if (Number.isFinite(probability)) return String(probability);
  throw new Error(`The model returned ${probability} instead of a probability.`);
}
