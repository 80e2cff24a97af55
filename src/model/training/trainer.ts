// A model in training, as the loop over epochs (fit.ts) sees it.
import type { Examples } from './examples';

/** Sums over rows. */
export interface Measured {
  loss: number;
  /** Rows whose label was the most probable one. */
  right: number;
}

export interface Trainer {
  /** Call it before the steps of an epoch; it reseeds the random numbers, so that they do not depend on earlier epochs. */
  beginEpoch(epoch: number): void;
  /** Does one training step on some of the examples, and returns the measurements of the state before it. */
  step(examples: Examples, rows: readonly number[]): Measured;
  measure(examples: Examples, rows: readonly number[]): Measured | Promise<Measured>;
  /** Returns copies of the trained weights, in order, and of the optimizer's state. */
  weights(): Float32Array[];
  optimizer(): Float32Array[];
  /** Restores the results of `weights` and `optimizer`. */
  restore(weights: readonly Float32Array[], optimizer?: readonly Float32Array[]): void;
}
