// Batching: chooses the number of headlines that one turn predicts, so that a turn takes about two milliseconds.
import { longestText } from '../../../text/normalise';

/** Time that a turn may work before other events get theirs. */
export const turnMilliseconds = 2;

/** The work of a headline apart from its characters, in characters. */
const headlineWeight = 64;

/** A turn takes at least this much, however long it works: a slow model is faster on many headlines at once. */
const leastWeight = 64 * headlineWeight;

/** A turn takes at most this much and one text: those that follow may be in a script that takes far longer to read. */
const mostWeight = 512 * headlineWeight;

/** Returns the work of a headline. */
export function weigh(title: string): number {
  return headlineWeight + Math.min(title.length, longestText);
}

interface BatchSize {
  /** Returns the work that the next turn may take. */
  weight(): number;
  /** Learns from the time that a turn took for its work. */
  learn(weight: number, milliseconds: number): void;
}

export function createBatchSize(): BatchSize {
  let next = leastWeight;
  return {
    weight: () => next,
    learn(weight, milliseconds) {
      const fitting = (weight * turnMilliseconds) / Math.max(milliseconds, 0.001);
      next = Math.max(leastWeight, Math.min(fitting, 2 * next, mostWeight));
    },
  };
}
