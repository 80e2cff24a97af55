// Decides whether a trial continues, from its metrics and those of others after as many epochs.
import type { EpochMetrics } from '../../model/training/metrics';
import { mean } from '../../platform/format';
import { isMaximised, type Objective } from '../contract/tuning';

/** The objective after each epoch of one trial, larger being better. */
export type Course = readonly number[];

/** Number of other trials needed for a decision. */
const fewest = 3;
/** At each rung, one trial in this many continues (Li et al., 2018, Hyperband; each rung on its own, as in ASHA). */
const reduction = 3;
/** Finite, since courses are kept as JSON. */
const worst = -Number.MAX_VALUE;

/** Returns the objective of the epochs that measured it. A value that is not finite counts as the worst. */
export function courseOf(metrics: readonly EpochMetrics[], objective: Objective): number[] {
  const sign = isMaximised(objective) ? 1 : -1;
  return metrics.flatMap(({ [objective]: value }) => {
    if (value === undefined) return [];
    return Number.isFinite(value) ? sign * value : worst;
  });
}

/**
 * The median rule (Golovin et al., 2017, Vizier): the best of a trial so far is worse than the median of what others had on
 * average up to the same epoch. @param others trials that have ended
 */
export function isBelowMedian(course: Course, others: readonly Course[]): boolean {
  const reached = others.filter(({ length }) => length >= course.length);
  if (course.length === 0 || reached.length < fewest) return false;
  const averages = reached.map((other) => mean(other.slice(0, course.length))).sort((a, b) => a - b);
  const middle = averages.length / 2;
  const upper = averages[Math.floor(middle)] as number;
  const median = Number.isInteger(middle) ? (upper + (averages[middle - 1] as number)) / 2 : upper;
  return Math.max(...course) < median;
}

/**
 * Hyperband's rule at its rungs, which are after 1, 3, 9 … epochs: the trial is not among the best third of those that
 * have come as far. @param others all other trials, also those that run
 */
export function isBehind(course: Course, others: readonly Course[]): boolean {
  const rung = lastRung(course.length);
  if (rung === 0) return false;
  const mine = course[rung - 1] as number;
  const theirs = others.filter(({ length }) => length >= rung).map((other) => other[rung - 1] as number);
  if (theirs.length < fewest - 1) return false;
  const better = theirs.filter((one) => one > mine).length;
  return better >= Math.max(1, Math.floor((theirs.length + 1) / reduction));
}

function lastRung(epochs: number): number {
  let rung = epochs >= 1 ? 1 : 0;
  while (rung > 0 && rung * reduction <= epochs) rung *= reduction;
  return rung;
}
