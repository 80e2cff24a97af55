// An LSTM layer with Keras' arithmetic and Keras' weights, computed by TensorFlow's own kernels for whole sequences
// (BlockLSTMV2, BlockLSTMGradV2), whose inputs and outputs TensorFlow's api_def_BlockLSTMV2.pbtxt describes; without
// peepholes and clipping they are Keras' LSTM.

import { glorotUniform, orthogonal, type Start } from '../training/startingWeights';
import type { Attribute, Held, Kernels } from './kernels';
import type { WeightSpec } from './network';

/** Kernel [size, 4 units], recurrent kernel [units, 4 units], bias [4 units]; gates: input, forget, cell, output. */
export type LstmWeights = readonly [kernel: Float32Array, recurrent: Float32Array, bias: Float32Array];

/** The numbers between two tokens, of each row: [rows, units] */
export interface LstmState {
  readonly cells: Float32Array;
  readonly states: Float32Array;
}

export interface LstmPass {
  /** After every token, [tokens, rows, units]. */
  readonly states: Held;
  /** After the last token. */
  last(): LstmState;
  /**
   * From the gradient of `states` those of the weights, of the state at the start and of the input;
   * `ofLastCells` [rows, units] is that of the last cells, if a later layer reads them.
   */
  backward(
    ofStates: Float32Array,
    ofLastCells?: Float32Array,
  ): { weights: Float32Array[]; start: LstmState; input(): Float32Array };
}

/** One at the forget gate, so that an untrained cell remembers. */
const forgetGateBias: Start = ([columns = 0]) =>
  Float32Array.from({ length: columns }, (_, column) => Number(Math.floor((4 * column) / columns) === 1));

export function lstmWeights(name: string, size: number, units: number): WeightSpec[] {
  return [
    { name: `${name}/kernel`, shape: [size, 4 * units], start: glorotUniform },
    { name: `${name}/recurrent_kernel`, shape: [units, 4 * units], start: orthogonal },
    { name: `${name}/bias`, shape: [4 * units], start: forgetGateBias },
  ];
}

/** Input [tokens, rows, size]. @param start default: zero */
export function lstmLayer(
  kernels: Kernels,
  input: Held,
  [kernel, recurrent, bias]: LstmWeights,
  start?: LstmState,
): LstmPass {
  const [tokens, rows, size] = input.shape as [number, number, number];
  const units = bias.length / 4;
  const { hold, read } = kernels;
  const { plain, clipped } = attributesOf(kernels);
  const inputs = (({ cells, states }: LstmState) => {
    const peephole = hold(new Float32Array(units), [units]);
    return [
      hold(Int32Array.of(tokens, 0), [], kernels.binding.TF_INT64),
      input,
      hold(cells, [rows, units]),
      hold(states, [rows, units]),
      hold(join(kernel, recurrent), [size + units, 4 * units]),
      peephole,
      peephole,
      peephole,
      hold(bias, [4 * units]),
    ];
  })(start ?? { cells: new Float32Array(rows * units), states: new Float32Array(rows * units) });
  const outputs = kernels.run('BlockLSTMV2', clipped, inputs, 7);
  const [, cells, , , , , states] = outputs as [Held, Held, Held, Held, Held, Held, Held];

  return {
    states,
    last: () => ({ cells: lastOf(read(cells), rows * units), states: lastOf(read(states), rows * units) }),
    backward(ofStates, ofLastCells) {
      const ofCells = new Float32Array(ofStates.length);
      if (ofLastCells) ofCells.set(ofLastCells, ofCells.length - ofLastCells.length);
      const whole = [tokens, rows, units];
      const known = [...inputs, ...outputs, hold(ofCells, whole), hold(ofStates, whole)];
      const gradients = kernels.run('BlockLSTMGradV2', plain, known, 8);
      const [ofInput, ofStartCells, ofStartStates, ofKernels, , , , ofBias] = gradients as Eight;
      const both = read(ofKernels);
      return {
        weights: [both.subarray(0, kernel.length), both.subarray(kernel.length), read(ofBias)],
        start: { cells: read(ofStartCells), states: read(ofStartStates) },
        input: () => read(ofInput),
      };
    },
  };
}

type Eight = [Held, Held, Held, Held, Held, Held, Held, Held];

function attributesOf({ binding }: Kernels): { plain: Attribute[]; clipped: Attribute[] } {
  const plain = [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: false },
  ];
  return { plain, clipped: [...plain, { name: 'cell_clip', type: binding.TF_ATTR_FLOAT, value: -1 }] };
}

/** One after the other. */
export function join(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function lastOf(values: Float32Array, length: number): Float32Array {
  return values.slice(values.length - length);
}
