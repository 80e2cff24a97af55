// One pass over rows, batch by batch, to train on them or to measure them. Yields to signals and timers between batches,
// as TensorFlow's kernels are synchronous.
import { setImmediate } from 'node:timers/promises';
import type { Examples } from './examples';
import type { Measured, Trainer } from './trainer';

/** Means over the rows. */
export interface Means {
  loss: number;
  accuracy: number;
}

/** Validation rows of a batch. */
export const rowsPerMeasure = 256;

/**
 * Does one training step on each `batchSize` rows, in the given order. Calls `onStep` with the number of rows so far.
 * Returns undefined if `signal` stops the epoch.
 */
export async function trainEpoch(
  trainer: Trainer,
  examples: Examples,
  run: {
    order: readonly number[];
    batchSize: number;
    signal: AbortSignal | undefined;
    onStep: (rows: number) => void;
  },
): Promise<Means | undefined> {
  const { order, batchSize, signal, onStep } = run;
  return await inBatches(order, batchSize, signal, (rows, taken) => {
    const measured = trainer.step(examples, rows);
    onStep(taken);
    return measured;
  });
}

/** Returns loss and accuracy on the examples, or undefined if `signal` stops the measurement. */
export async function measure(
  trainer: Trainer,
  examples: Examples,
  signal: AbortSignal | undefined,
): Promise<Means | undefined> {
  const order = [...examples.labels.keys()];
  return await inBatches(order, rowsPerMeasure, signal, (rows) => trainer.measure(examples, rows));
}

async function inBatches(
  order: readonly number[],
  size: number,
  signal: AbortSignal | undefined,
  work: (rows: readonly number[], taken: number) => Measured | Promise<Measured>,
): Promise<Means | undefined> {
  const total = { loss: 0, right: 0 };
  for (let first = 0; first < order.length; first += size) {
    if (signal?.aborted) return undefined;
    const rows = order.slice(first, first + size);
    const { loss, right } = await work(rows, first + rows.length);
    total.loss += loss;
    total.right += right;
    await setImmediate();
  }
  return { loss: total.loss / order.length, accuracy: total.right / order.length };
}
