// One pass over rows, batch by batch: training ones in a given order, or validation ones to be measured. Between
// batches signals and timers are let through: TensorFlow's kernels do not wait for anything.
import { setImmediate } from 'node:timers/promises';
import type { Examples } from './examples';
import type { Measured, Trainer } from './trainer';

/** Means over the rows. */
export interface Means {
  loss: number;
  accuracy: number;
}

/** Validation rows that are measured at a time. */
export const rowsPerMeasure = 256;

/**
 * Takes the rows in that order, `batchSize` at a time, one training step each. An epoch that `signal` ends gives
 * undefined; `onStep` is told how many rows have been taken so far.
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

/** Loss and accuracy on the examples, or undefined where `signal` ended the measuring. */
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
