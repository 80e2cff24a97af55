// The activations of tf.layers, in place, under the names that a topology uses.

import { softmax } from '../training/softmax';

type Activation = (values: Float32Array, channels: number) => void;

function each(apply: (value: number) => number): Activation {
  return (values) => {
    for (let at = 0; at < values.length; at++) values[at] = apply(values[at] as number);
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const [alpha, scale] = [1.6732632423543772, 1.0507009873554805];

export const activations = {
  linear: () => {},
  relu: each((x) => (x > 0 ? x : 0)),
  relu6: each((x) => Math.min(6, Math.max(0, x))),
  elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  selu: each((x) => scale * (x > 0 ? x : alpha * Math.expm1(x))),
  sigmoid: each(sigmoid),
  hard_sigmoid: each((x) => Math.min(1, Math.max(0, 0.2 * x + 0.5))),
  tanh: each(Math.tanh),
  softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  softsign: each((x) => x / (1 + Math.abs(x))),
  swish: each((x) => x * sigmoid(x)),
  softmax,
} satisfies Record<string, Activation>;
