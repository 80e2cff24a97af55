// TensorFlow's kernels by their names, on typed arrays. tfjs puts some 15 to 60 µs of its own around each, several times
// what TensorFlow itself takes for a training step of small networks; here it is 5 µs. Gradients are written out by hand.
import { tensorflow } from './tensorflow';

/** A tensor in TensorFlow's memory, which lives as long as the scope it was made in. */
export interface Held {
  readonly id: number;
  readonly shape: readonly number[];
}

/** A kernel's attribute, as tfjs-node's binding takes it. */
export interface Attribute {
  name: string;
  type: number;
  value: number | boolean | string | number[];
}

/** The part of tfjs-node's binding used here. */
export interface Binding {
  createTensor(shape: readonly number[], type: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array;
  executeOp(
    kernel: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): { id: number; shape: number[] }[];
  /** Returns the number of tensors, for tests. */
  getNumOfTensors(): number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_STRING: number;
}

export interface Kernels {
  readonly binding: Binding;
  /** Frees what is held within `work` when that ends. */
  scope<Result>(work: () => Result): Result;
  /** The values as a tensor. It may share their memory: they must not change while it is held. */
  hold(values: Float32Array | Int32Array, shape: readonly number[], type?: number): Held;
  /** A copy of a float32 tensor's values. */
  read(held: Held): Float32Array;
  run(kernel: string, attributes: readonly Attribute[], inputs: readonly Held[], outputs: number): Held[];
  /** The same for a kernel with one output, of float32. */
  call(kernel: string, inputs: readonly Held[], ...attributes: Attribute[]): Held;
  /** Multiplies matrices, or lists of matrices; a list of one matrix is multiplied with every matrix of the other. */
  matMul(left: Held, right: Held, transposed?: 'left' | 'right'): Held;
  reshape(held: Held, shape: readonly number[]): Held;
}

export function openKernels(): Kernels {
  const { binding } = tensorflow().backend() as unknown as { binding: Binding };
  const ofFloats: Attribute = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
  const ofShape: Attribute = { name: 'Tshape', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 };
  const flag = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const transposing = {
    none: [flag('adj_x', false), flag('adj_y', false)],
    left: [flag('adj_x', true), flag('adj_y', false)],
    right: [flag('adj_x', false), flag('adj_y', true)],
  };
  let held: number[] = [];

  const kernels: Kernels = {
    binding,
    scope(work) {
      const outside = held;
      held = [];
      try {
        return work();
      } finally {
        for (const id of held) binding.deleteTensor(id);
        held = outside;
      }
    },
    hold(values, shape, type = values instanceof Int32Array ? binding.TF_INT32 : binding.TF_FLOAT) {
      const id = binding.createTensor(shape, type, values);
      held.push(id);
      return { id, shape };
    },
    read: ({ id }) => binding.tensorDataSync(id),
    run(kernel, attributes, inputs, outputs) {
      const ids = inputs.map(({ id }) => id);
      const made = binding.executeOp(kernel, attributes, ids, outputs);
      for (const { id } of made) held.push(id);
      return made;
    },
    call: (kernel, inputs, ...attributes) =>
      kernels.run(kernel, [ofFloats, ...attributes], inputs, 1)[0] as Held,
    // Not MatMul: where V8's profiler runs, the heap is damaged after it (TensorFlow 2.15.1, no less than 128 columns).
    matMul: (left, right, transposed) =>
      kernels.call('BatchMatMulV2', [left, right], ...transposing[transposed ?? 'none']),
    reshape: (held, shape) =>
      kernels.call('Reshape', [held, kernels.hold(Int32Array.from(shape), [shape.length])], ofShape),
  };
  return kernels;
}
