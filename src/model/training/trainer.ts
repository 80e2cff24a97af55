// A model in training, as the loop over epochs (fit.ts) sees it.
import type { Examples } from './examples';

/** Sums over rows. */
export interface Measured {
  loss: number;
  /** Rows whose label was the most probable one. */
  right: number;
}

export interface Trainer {
  /** To be called before the steps of an epoch, so that what is random in them depends on nothing before it. */
  beginEpoch(epoch: number): void;
  /** One training step on some of the examples; what is measured is the state before it. */
  step(examples: Examples, rows: readonly number[]): Measured;
  measure(examples: Examples, rows: readonly number[]): Measured | Promise<Measured>;
  /** Copies of the weights that are trained, in order, and of the optimizer's state. */
  weights(): Float32Array[];
  optimizer(): Float32Array[];
  /** Puts back what `weights` and `optimizer` gave. */
  restore(weights: readonly Float32Array[], optimizer?: readonly Float32Array[]): void;
}
