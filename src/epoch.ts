// One pass over rows, batch by batch: training ones in a given order, or validation ones to be measured. Between
// batches signals and timers are let through: tfjs-node's promises are resolved already and would never wait for them.
import { setImmediate } from 'node:timers/promises';
import { type Examples, toTensors } from './examples';
import { type LayersModel, type Tensor, tensorflow } from './tensorflow';

/** Means over the rows. */
export interface Measured {
  loss: number;
  accuracy: number;
}

const rowsPerMeasure = 256;

/**
 * Takes the rows in that order, `batchSize` at a time, one training step each. An epoch that `signal` ends gives
 * undefined; `onStep` is told how many rows have been taken so far.
 */
export async function trainEpoch(
  model: LayersModel,
  examples: Examples,
  run: {
    order: readonly number[];
    batchSize: number;
    signal: AbortSignal | undefined;
    onStep: (rows: number) => void;
  },
): Promise<Measured | undefined> {
  const total = { loss: 0, accuracy: 0 };
  const labelCount = model.outputShape[1] as number;
  for (let first = 0; first < run.order.length; first += run.batchSize) {
    if (run.signal?.aborted) return undefined;
    const rows = run.order.slice(first, first + run.batchSize);
    const { inputs, targets } = toTensors(examples, rows, labelCount);
    const [loss, accuracy] = (await model.trainOnBatch(inputs, targets)) as [number, number];
    inputs.dispose();
    targets.dispose();
    total.loss += loss * rows.length;
    total.accuracy += accuracy * rows.length;
    run.onStep(first + rows.length);
    await setImmediate();
  }
  return means(total, run.order.length);
}

/** Loss and accuracy on the examples, or undefined where `signal` ended the measuring. */
export async function measure(
  model: LayersModel,
  examples: Examples,
  signal: AbortSignal | undefined,
): Promise<Measured | undefined> {
  const total = { loss: 0, accuracy: 0 };
  const order = [...examples.labels.keys()];
  for (let first = 0; first < order.length; first += rowsPerMeasure) {
    if (signal?.aborted) return undefined;
    const rows = order.slice(first, first + rowsPerMeasure);
    const { loss, accuracy } = measureBatch(model, examples, rows);
    total.loss += loss * rows.length;
    total.accuracy += accuracy * rows.length;
    await setImmediate();
  }
  return means(total, order.length);
}

function measureBatch(model: LayersModel, examples: Examples, rows: readonly number[]): Measured {
  return tensorflow().tidy(() => {
    const { inputs, targets } = toTensors(examples, rows, model.outputShape[1] as number);
    const [loss, accuracy] = model.evaluate(inputs, targets, { batchSize: rows.length }) as [Tensor, Tensor];
    return { loss: loss.dataSync()[0] as number, accuracy: accuracy.dataSync()[0] as number };
  });
}

function means({ loss, accuracy }: Measured, rows: number): Measured {
  return { loss: loss / rows, accuracy: accuracy / rows };
}
