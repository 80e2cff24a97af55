// An encoder in training: fine-tunes all weights with AdamW.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { lossOperation } from '../networks/lossOperation';
import { scope, tensorflow } from '../networks/tensorflow';
import type { Examples } from '../training/examples';
import { crossEntropy, type Loss, unknownLabel } from '../training/softmax';
import type { Trainer } from '../training/trainer';
import { createAdamW, rateOf } from './adamW';
import { answerByLength, takeBatch } from './batches';
import { type Dropout, encode } from './encoder';
import { type EncoderShape, encoderTensors } from './shape';

type Tensor = TensorFlow.Tensor;

/** The share of probability that the loss expects to be spread evenly over all labels (Szegedy et al. 2015, arXiv:1512.00567). */
const smoothing = 0.1;

/** Settings of a run. */
export interface EncoderTraining {
  readonly learningRate: number;
  /** Steps of all epochs. */
  readonly steps: number;
  readonly seed: number;
  readonly dropout: number;
  readonly attentionDropout: number;
  /** The weight of each training row, 1 on average. */
  readonly rowWeights: ArrayLike<number>;
}

/** @property end frees what the trainer holds */
export interface EncoderTrainer extends Trainer {
  end(): void;
}

/** Returns a trainer whose weights start with these. */
export function createEncoderTrainer(
  shape: EncoderShape,
  start: ReadonlyMap<string, Float32Array>,
  { learningRate, steps, seed, dropout, attentionDropout, rowWeights }: EncoderTraining,
): EncoderTrainer {
  const tf = tensorflow();
  const tensors = encoderTensors(shape);
  const optimizer = createAdamW(
    tensors.map(({ name, shape }) => ({ shape, values: start.get(name) as Float32Array })),
  );
  const named = (read: readonly Tensor[]) => {
    const byName = new Map(tensors.map(({ name }, index) => [name, read[index] as Tensor]));
    return (name: string) => byName.get(name) as Tensor;
  };
  let [epoch, step, drawn] = [1, 0, 0];
  const dropping: Dropout = {
    rate: dropout,
    attentionRate: attentionDropout,
    seed: () => [seed, epoch * 2 ** 20 + drawn++],
  };
  const logitsOf = (examples: Examples, rows: readonly number[]) =>
    scope(() => {
      const weights = named(optimizer.read());
      return answerByLength(examples, rows, shape.labelCount, (batch) =>
        scope(() => encode(shape, weights, batch).dataSync<'float32'>().slice()),
      );
    });
  return {
    beginEpoch(number) {
      [epoch, drawn] = [number, 0];
    },
    step: (examples, rows) =>
      scope(() => {
        step++;
        const labels = rows.map((row) => examples.labels[row] as number);
        const weights = rows.map((row) => rowWeights[row] as number);
        const { op: loss, measured } = lossOperation((logits) => compare(logits, labels, weights));
        const read = optimizer.read();
        const batch = takeBatch(examples, rows);
        const { grads } = tf
          .engine()
          .gradients(() => loss(encode(shape, named(read), batch, dropping)), read);
        optimizer.apply(read, grads, rateOf(step, steps, learningRate));
        return measured();
      }),
    measure(examples, rows) {
      const { loss, right } = crossEntropy(
        logitsOf(examples, rows),
        rows.map((row) => examples.labels[row] as number),
      );
      return { loss, right };
    },
    weights: () => scope(() => optimizer.read().map((tensor) => tensor.dataSync<'float32'>().slice())),
    optimizer: optimizer.state,
    restore(weights, state) {
      optimizer.write(weights);
      if (!state) return;
      optimizer.restore(state);
      step = (state.at(-1) as Float32Array)[0] as number;
    },
    end: optimizer.dispose,
  };
}

/** Compares logits with labels; the gradient is that with smoothed labels and weighed rows. */
function compare(logits: Float32Array, labels: readonly number[], weights: readonly number[]): Loss {
  const compared = crossEntropy(logits, labels);
  smooth(compared.gradient, labels, weights);
  return compared;
}

/** Turns the gradient of the cross-entropy into that with smoothed labels and weighed rows. */
function smooth(gradient: Float32Array, labels: readonly number[], weights: readonly number[]): void {
  const [rows, size] = [labels.length, gradient.length / labels.length];
  labels.forEach((label, row) => {
    if (label === unknownLabel) return;
    const start = row * size;
    for (let at = 0; at < size; at++) {
      const moved = (smoothing * (Number(at === label) - 1 / size)) / rows;
      gradient[start + at] = ((gradient[start + at] as number) + moved) * (weights[row] as number);
    }
  });
}
