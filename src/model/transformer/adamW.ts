// Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv:1711.05101) on weights in TensorFlow's memory.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { attributes, runKernel } from '../networks/kernels';
import { resource } from '../networks/optimizers';
import { scope, tensorflow } from '../networks/tensorflow';

type Tensor = TensorFlow.Tensor;

const weightDecay = 0.01;
/** The norm of all gradients together is at most this. */
const largestNorm = 1;
/** The share of steps in which the learning rate rises; it falls to 0 in the others. */
const warmUp = 0.1;
const [firstDecay, secondDecay, epsilon] = [0.9, 0.999, 1e-7];

/** Returns the learning rate of a step, from 1: rises linearly, then falls linearly to 0 after the last. */
export function rateOf(step: number, steps: number, peak: number): number {
  const rising = Math.max(1, Math.round(warmUp * steps));
  return peak * Math.min(step / rising, Math.max(0, (steps - step + 1) / (steps - rising + 1)));
}

/** Weights with Adam's two slots each. */
export interface AdamW {
  /** Returns the current weights. They share the variables' memory until the next step. */
  read(): Tensor[];
  /** Does one step, and disposes of what `read()` returned. */
  apply(read: readonly Tensor[], gradients: readonly Tensor[], rate: number): void;
  /** Returns copies of the slots, and the number of steps. */
  state(): Float32Array[];
  write(weights: readonly Float32Array[]): void;
  restore(state: readonly Float32Array[]): void;
  dispose(): void;
}

/** Returns an optimizer of weights that start with these values. Matrices decay, biases and normalisations do not. */
export function createAdamW(start: readonly { shape: readonly number[]; values: Float32Array }[]): AdamW {
  const tf = tensorflow();
  const { float32 } = attributes();
  const variables = scope(() =>
    start.map(({ shape, values }) => {
      const first = tf.tensor(values, [...shape]);
      return { value: resource(first), slots: [0, 1].map(() => resource(tf.zerosLike(first))), shape };
    }),
  );
  const numbersOf = (tensor: Tensor) => tensor.dataSync<'float32'>().slice();
  let step = 0;
  return {
    read: () => variables.map(({ value }) => value.read()),
    apply(read, gradients, rate) {
      step++;
      const shrinkage = Math.min(1, largestNorm / normOf(gradients));
      scope(() => {
        // A variable whose tensor is still in use would be copied before it changes.
        for (const tensor of read) tensor.dispose();
        const given = [firstDecay ** step, secondDecay ** step, rate, firstDecay, secondDecay, epsilon];
        const numbers = given.map((number) => tf.scalar(number));
        variables.forEach(({ value, slots, shape }, index) => {
          const gradient = gradients[index] as Tensor;
          scope(() => {
            if (shape.length > 1) {
              const decayed = tf.mul(value.read(), rate * weightDecay);
              runKernel('AssignSubVariableOp', [float32('dtype')], [value.handle, decayed], 0);
            }
            const handles = [value, ...slots].map(({ handle }) => handle);
            const bounded = shrinkage < 1 ? tf.mul(gradient, shrinkage) : gradient;
            runKernel('ResourceApplyAdam', [float32('T')], [...handles, ...numbers, bounded], 0);
          });
        });
      });
    },
    state: () =>
      scope(() => [
        ...variables.flatMap(({ slots }) => slots.map((slot) => numbersOf(slot.read()))),
        Float32Array.of(step),
      ]),
    write(weights) {
      variables.forEach(({ value, shape }, index) => {
        scope(() => value.write(tf.tensor(weights[index] as Float32Array, [...shape])));
      });
    },
    restore(state) {
      variables.forEach(({ slots, shape }, index) => {
        slots.forEach((slot, place) => {
          scope(() => slot.write(tf.tensor(state[2 * index + place] as Float32Array, [...shape])));
        });
      });
      [step = 0] = state.at(-1) as Float32Array;
    },
    dispose() {
      for (const { value, slots } of variables) for (const one of [value, ...slots]) one.dispose();
    },
  };
}

/** Returns the Euclidean norm of all gradients together. */
function normOf(gradients: readonly Tensor[]): number {
  const { float32 } = attributes();
  const [half] = scope(() => {
    const halves = gradients.map((gradient) => runKernel('L2Loss', [float32('T')], [gradient])[0] as Tensor);
    return tensorflow().addN(halves).dataSync<'float32'>();
  });
  return Math.sqrt(2 * (half as number));
}
