// A dense layer in TensorFlow's kernels: activation(input · kernel + bias), and its gradients.

import { glorotUniform, zeros } from '../training/startingWeights';
import type { Held, Kernels } from './kernels';
import type { WeightSpec } from './network';

/** Kernel and bias of a dense layer. */
export function denseWeights(name: string, inputs: number, units: number): WeightSpec[] {
  return [
    { name: `${name}/kernel`, shape: [inputs, units], start: glorotUniform },
    { name: `${name}/bias`, shape: [units], start: zeros },
  ];
}

/** One pass of rows through a layer. */
export interface LayerPass {
  readonly output: Held;
  /** From the output's gradient those of kernel and bias; `input` computes that of the input. */
  backward(gradient: Held): { kernel: Float32Array; bias: Float32Array; input(): Held };
}

/** Input [rows, size], kernel [size, units], bias [units]; output [rows, units]. */
export function denseLayer(
  kernels: Kernels,
  input: Held,
  [kernel, bias]: readonly [kernel: Float32Array, bias: Float32Array],
  activation: 'relu' | 'none',
): LayerPass {
  const size = input.shape[1] as number;
  const heldKernel = kernels.hold(kernel, [size, bias.length]);
  const sums = kernels.call('BiasAdd', [
    kernels.matMul(input, heldKernel),
    kernels.hold(bias, [bias.length]),
  ]);
  const output = activation === 'relu' ? kernels.call('Relu', [sums]) : sums;
  return {
    output,
    backward(gradient) {
      const ofSums = activation === 'relu' ? kernels.call('ReluGrad', [gradient, output]) : gradient;
      return {
        kernel: kernels.read(kernels.matMul(input, ofSums, 'left')),
        bias: kernels.read(kernels.call('BiasAddGrad', [ofSums])),
        input: () => kernels.matMul(ofSums, heldKernel, 'right'),
      };
    },
  };
}
