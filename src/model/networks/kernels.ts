// TensorFlow's own kernels on tensors of TensorFlow.js, for what tf.layers does not offer or does slowly.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { tensorflow } from './tensorflow';

type Tensor = TensorFlow.Tensor;

/** A kernel's attribute, as tfjs-node's binding takes it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** The part of tfjs-node's binding that is used here. */
interface Binding {
  createTensor(shape: readonly number[], type: number, values: Int32Array): number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
}

interface Backend {
  readonly binding: Binding;
  executeMultipleOutputs(
    kernel: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
  createOutputTensor(metadata: { id: number; shape: readonly number[]; dtype: number }): Tensor;
}

function backend(): Backend {
  return tensorflow().backend() as unknown as Backend;
}

/** Runs a kernel; `tf.tidy` frees its outputs like those of any operation. No gradient passes through it. */
export function runKernel(
  kernel: string,
  attributes: readonly Attribute[],
  inputs: readonly Tensor[],
  outputs = 1,
): Tensor[] {
  return backend().executeMultipleOutputs(kernel, attributes, inputs, outputs);
}

/** Returns constructors of attributes: `float32` is the attribute of that type. */
export function attributes() {
  const { binding } = backend();
  return {
    float32: (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }),
    int32: (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 }),
    integer: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_INT, value }),
    flag: (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value }),
    number: (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value }),
    shape: (name: string, value: readonly number[]): Attribute => ({
      name,
      type: binding.TF_ATTR_SHAPE,
      value,
    }),
    text: (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value }),
  };
}

/** Returns a scalar of type int64, which TensorFlow.js itself has not; only {@link runKernel} can use it. */
export function int64(value: number): Tensor {
  const { binding, createOutputTensor } = backend();
  const id = binding.createTensor([], binding.TF_INT64, Int32Array.of(value, 0));
  return createOutputTensor.call(backend(), { id, shape: [], dtype: binding.TF_INT32 });
}
