// A request that waits for predictions.
import type { Prediction } from '../../../model/training/classifier';

export interface Job {
  /** Size of the body. */
  readonly bytes: number;
  /** When to give up, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Whether the client no longer waits for the answer. */
  isGone(): boolean;
  /** Returns the first headlines, then the next ones, then undefined. May throw a {@link RequestError}. */
  read(): readonly string[] | undefined;
  /** Takes the next prediction, in the order of the headlines. */
  take(prediction: Prediction): void;
  /** Called after the last prediction. */
  finish(): void;
  /** Called instead of any further method. */
  fail(error: unknown): void;
}

/** A job in the queue. */
export interface Entry {
  readonly job: Job;
  titles: readonly string[];
  /** Number of `titles` with their prediction. */
  done: number;
}
