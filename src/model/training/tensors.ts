// The tensors of a trained model as an artifact stores them, with name, shape and type.
import { ArtifactFault } from '../../platform/errors';
import { findNonFinite } from '../../platform/finite';

/** Numbers of one type, row after row. */
export type TensorData =
  | Float32Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** A tensor of a trained model. */
export interface NamedTensor {
  /** Unique within the model, for example `hidden_1/kernel`. */
  readonly name: string;
  /** The size of each dimension. */
  readonly shape: readonly number[];
  readonly data: TensorData;
}

const types = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
};

/** The names of the types in NumPy and TensorFlow. */
type TensorType = keyof typeof types;

/** A tensor without its numbers. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: TensorType;
}

/** Returns the number of numbers in a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Returns the size of a tensor in bytes. */
export function bytesOf({ shape, dtype }: TensorSpec): number {
  return sizeOf(shape) * types[dtype].BYTES_PER_ELEMENT;
}

export function specOf({ name, shape, data }: NamedTensor): TensorSpec {
  const dtype = (Object.keys(types) as TensorType[]).find((type) => data instanceof types[type]);
  return { name, shape, dtype: dtype as TensorType };
}

export function isTensorSpec(value: unknown): value is TensorSpec {
  const { name, shape, dtype } = (value ?? {}) as Partial<TensorSpec>;
  return (
    typeof name === 'string' &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isInteger(size) && size >= 0) &&
    Object.hasOwn(types, dtype ?? '')
  );
}

/** Returns the tensor's bytes, little-endian like all supported machines. */
export function toBytes({ data }: NamedTensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Throws an {@link ArtifactFault} if a number of the tensor is NaN or infinite. */
export function checkFinite({ name, data }: NamedTensor): void {
  const wrong = data instanceof Float32Array ? findNonFinite(data) : -1;
  if (wrong >= 0) throw new ArtifactFault(`number ${wrong} of ${name} is ${data[wrong]}`);
}

/** Reads the bytes of {@link toBytes}, which the tensor may share. Throws like {@link checkFinite}. */
export function fromBytes(spec: TensorSpec, bytes: Uint8Array): NamedTensor {
  const { name, shape, dtype } = spec;
  const Numbers = types[dtype];
  // A typed array begins at a multiple of its numbers' size; bytes that do not are copied.
  const { buffer, byteOffset } = isAligned(bytes, Numbers.BYTES_PER_ELEMENT) ? bytes : new Uint8Array(bytes);
  const data = new Numbers(buffer as ArrayBuffer, byteOffset, bytes.length / Numbers.BYTES_PER_ELEMENT);
  const tensor = { name, shape, data };
  checkFinite(tensor);
  return tensor;
}

function isAligned({ byteOffset }: Uint8Array, size: number): boolean {
  return byteOffset % size === 0;
}

/** Returns the numbers of float32 tensors, in the order of `needed`; see {@link takeTensors}. */
export function takeFloats(
  tensors: readonly NamedTensor[],
  needed: readonly Omit<TensorSpec, 'dtype'>[],
): Float32Array[] {
  const specs = needed.map(({ name, shape }): TensorSpec => ({ name, shape, dtype: 'float32' }));
  return takeTensors(tensors, specs) as Float32Array[];
}

/**
 * Returns the numbers of tensors, in the order of `needed`. Throws an {@link ArtifactFault} if a tensor is missing,
 * superfluous, or of another shape or type.
 */
export function takeTensors(tensors: readonly NamedTensor[], needed: readonly TensorSpec[]): TensorData[] {
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const fits = needed.every((spec) => {
    const tensor = given.get(spec.name);
    return tensor && describe(specOf(tensor)) === describe(spec);
  });
  if (fits && tensors.length === needed.length) {
    return needed.map(({ name }) => (given.get(name) as NamedTensor).data);
  }
  throw new ArtifactFault(
    `its weights do not have the shapes that are needed: ${tensors.map(specOf).map(describe).join(', ')} ` +
      `instead of ${needed.map(describe).join(', ')}`,
  );
}

function describe({ name, shape, dtype }: TensorSpec): string {
  return `${name} ${dtype} [${shape.join(', ')}]`;
}
