// The sizes of an encoder and the tensors that follow from them.

import { ArtifactFault } from '../../platform/errors';

/** Fixes the sizes of an encoder. */
export interface EncoderShape {
  /** Rows of the word pieces' vectors. */
  readonly vocabularySize: number;
  /** Rows of the positions' vectors: the most tokens of a text. */
  readonly positions: number;
  /** Length of a vector. */
  readonly size: number;
  readonly blocks: number;
  /** Attention heads of a block; they divide `size`. */
  readonly heads: number;
  /** Units between a block's two linear operations. */
  readonly inner: number;
  /** Added to variances in layer normalisation. */
  readonly epsilon: number;
  /** The number of labels. */
  readonly labelCount: number;
}

/** The largest sizes that are read; BERT's large model has 30,522, 512, 1,024, 24, 16 and 4,096. */
const largest = {
  vocabularySize: 500_000,
  positions: 8192,
  size: 4096,
  blocks: 96,
  heads: 256,
  inner: 16_384,
  labelCount: 100_000,
} as const;

/** Throws an {@link ArtifactFault} that names the first size that is not usable. */
export function checkShape(shape: EncoderShape): void {
  for (const [name, most] of Object.entries(largest)) {
    const size: unknown = shape[name as keyof EncoderShape];
    if (Number.isInteger(size) && (size as number) > 0 && (size as number) <= most) continue;
    throw new ArtifactFault(`its ${name} is ${JSON.stringify(size)}, not a whole number from 1 to ${most}`);
  }
  if (shape.size % shape.heads !== 0) {
    throw new ArtifactFault(`its ${shape.heads} heads do not divide its vectors of ${shape.size} numbers`);
  }
  if (typeof shape.epsilon === 'number' && shape.epsilon >= 0 && shape.epsilon <= 0.1) return;
  throw new ArtifactFault(`its epsilon is ${JSON.stringify(shape.epsilon)}, not a number from 0 to 0.1`);
}

/** A tensor of an encoder. */
export interface EncoderTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Returns the encoder's tensors in order. Kernels are [inputs, units]; those of queries, keys and values lie side by side. */
export function encoderTensors({ size, inner, blocks, ...shape }: EncoderShape): EncoderTensor[] {
  const linear = (name: string, inputs: number, units: number) => [
    { name: `${name}/kernel`, shape: [inputs, units] },
    { name: `${name}/bias`, shape: [units] },
  ];
  const normalisation = (name: string) => [
    { name: `${name}/scale`, shape: [size] },
    { name: `${name}/offset`, shape: [size] },
  ];
  const block = (_: unknown, index: number) => [
    ...linear(`block_${index}/attention`, size, 3 * size),
    ...linear(`block_${index}/joined`, size, size),
    ...normalisation(`block_${index}/attended`),
    ...linear(`block_${index}/inner`, size, inner),
    ...linear(`block_${index}/outer`, inner, size),
    ...normalisation(`block_${index}/output`),
  ];
  return [
    { name: 'pieces', shape: [shape.vocabularySize, size] },
    { name: 'positions', shape: [shape.positions, size] },
    ...normalisation('embedded'),
    ...Array.from({ length: blocks }, block).flat(),
    ...linear('pooled', size, size),
    ...linear('labels', size, shape.labelCount),
  ];
}
