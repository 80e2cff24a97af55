// The operations of a transformer with their gradients, on TensorFlow's kernels: a third of the calls that the same
// formulas take in TensorFlow.js. Rows are the positions of texts, text after text.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { attributes, runKernel } from '../networks/kernels';
import { tensorflow } from '../networks/tensorflow';

type Tensor = TensorFlow.Tensor;

/** Input [rows, size] × kernel [size, units] + bias [units]. */
export function linear(input: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  return differentiable(
    [input, kernel, bias],
    () => ({ value: kernelOf('BiasAdd', product('MatMul', input, kernel), bias), saved: [input, kernel] }),
    (gradient, [input, kernel]) => [
      product('MatMul', gradient, kernel as Tensor, 'b'),
      product('MatMul', input as Tensor, gradient, 'a'),
      kernelOf('BiasAddGrad', gradient),
    ],
  );
}

/**
 * Layer normalisation (Ba et al. 2016, arXiv:1607.06450): shifts and scales each row of the input [rows, size] to mean 0 and
 * variance 1, then × scale [size] + offset [size].
 */
export function normalise(input: Tensor, scale: Tensor, offset: Tensor, epsilon: number): Tensor {
  return differentiable(
    [input, scale, offset],
    () => {
      const centred = kernelOf('Sub', input, meanOfRows(input));
      const variance = meanOfRows(kernelOf('Square', centred));
      const shrinkage = kernelOf('Rsqrt', kernelOf('AddV2', variance, constant(epsilon)));
      const normal = multiply(centred, shrinkage);
      return {
        value: kernelOf('AddV2', multiply(normal, scale), offset),
        saved: [normal, shrinkage, scale],
      };
    },
    (gradient, saved) => {
      const [normal, shrinkage, scale] = saved as [Tensor, Tensor, Tensor];
      const scaled = multiply(gradient, scale);
      const shift = kernelOf(
        'AddV2',
        meanOfRows(scaled),
        multiply(normal, meanOfRows(multiply(scaled, normal))),
      );
      return [
        multiply(shrinkage, kernelOf('Sub', scaled, shift)),
        kernelOf('BiasAddGrad', multiply(gradient, normal)),
        kernelOf('BiasAddGrad', gradient),
      ];
    },
  );
}

/** The Gaussian error linear unit, x · Φ(x), without approximation (Hendrycks and Gimpel 2016, arXiv:1606.08415). */
export function gelu(input: Tensor): Tensor {
  return differentiable(
    [input],
    () => {
      const half = constant(0.5);
      const share = kernelOf(
        'AddV2',
        multiply(kernelOf('Erf', multiply(input, constant(Math.SQRT1_2))), half),
        half,
      );
      return { value: multiply(input, share), saved: [input, share] };
    },
    (gradient, saved) => {
      const [input, share] = saved as [Tensor, Tensor];
      const density = kernelOf('Exp', multiply(kernelOf('Square', input), constant(-0.5)));
      const slope = multiply(multiply(input, density), constant(1 / Math.sqrt(2 * Math.PI)));
      return [multiply(gradient, kernelOf('AddV2', share, slope))];
    },
  );
}

/** The input plus another tensor of its shape. */
export function sum(input: Tensor, addition: Tensor): Tensor {
  return differentiable(
    [input, addition],
    () => ({ value: kernelOf('AddV2', input, addition), saved: [] }),
    (gradient) => [gradient, gradient],
  );
}

/** The input times constant factors of its shape. */
export function scaled(input: Tensor, factors: Tensor | undefined): Tensor {
  if (!factors) return input;
  return differentiable(
    [input],
    () => ({ value: multiply(input, factors), saved: [factors] }),
    (gradient, [factors]) => [multiply(gradient, factors as Tensor)],
  );
}

/** The inputs of attention besides queries, keys and values. */
export interface AttentionSettings {
  readonly texts: number;
  readonly heads: number;
  /** [texts, 1, 1, length]: 0 for a token, a large negative number for padding. */
  readonly mask: Tensor;
  /** Factors of dropout, [texts, heads, length, length]. */
  readonly factors?: Tensor | undefined;
}

/**
 * Scaled dot-product attention with several heads (Vaswani et al. 2017, arXiv:1706.03762).
 * @param input queries, keys and values side by side, [texts × length, 3 × size]
 * @returns [texts × length, size]
 */
export function attend(input: Tensor, { texts, heads, mask, factors }: AttentionSettings): Tensor {
  const tf = tensorflow();
  const [rows, width] = input.shape as [number, number];
  const [length, size] = [rows / texts, width / 3];
  const depth = size / heads;
  const shrunk = (scores: Tensor) => multiply(scores, constant(1 / Math.sqrt(depth)));
  const { float32, int32, integer, flag } = attributes();
  return differentiable(
    [input],
    () => {
      const apart = transpose(tf.reshape(input, [texts, length, 3, heads, depth]), [2, 0, 3, 1, 4]);
      const unpack = [integer('num', 3), integer('axis', 0), float32('T')];
      const [queries, keys, values] = runKernel('Unpack', unpack, [apart], 3) as [Tensor, Tensor, Tensor];
      const scores = shrunk(product('BatchMatMulV2', queries, keys, 'b'));
      const attention = kernelOf('Softmax', kernelOf('AddV2', scores, mask));
      const read = product('BatchMatMulV2', times(attention, factors), values);
      return {
        value: tf.reshape(transpose(read, [0, 2, 1, 3]), [rows, size]),
        saved: [queries, keys, values, attention, ...(factors ? [factors] : [])],
      };
    },
    (gradient, saved) => {
      const [queries, keys, values, attention, factors] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor?];
      const ofRead = transpose(tf.reshape(gradient, [texts, length, heads, depth]), [0, 2, 1, 3]);
      const ofAttention = times(product('BatchMatMulV2', ofRead, values, 'b'), factors);
      const [sums] = runKernel(
        'Sum',
        [flag('keep_dims', true), float32('T'), int32('Tidx')],
        [multiply(ofAttention, attention), integers(3)],
      ) as [Tensor];
      const ofScores = shrunk(multiply(attention, kernelOf('Sub', ofAttention, sums)));
      const parts = [
        product('BatchMatMulV2', ofScores, keys),
        product('BatchMatMulV2', ofScores, queries, 'a'),
        product('BatchMatMulV2', times(attention, factors), ofRead, 'a'),
      ];
      const pack = [integer('N', 3), integer('axis', 0), float32('T')];
      const [packed] = runKernel('Pack', pack, parts) as [Tensor];
      return [tf.reshape(transpose(packed, [1, 3, 0, 2, 4]), [rows, width])];
    },
  );
}

/**
 * Draws factors of dropout: 0 with probability `rate`, else 1 / (1 - rate).
 * @param seed the same two integers give the same factors
 */
export function drawFactors(shape: readonly number[], rate: number, seed: readonly [number, number]): Tensor {
  const tf = tensorflow();
  const { float32, int32 } = attributes();
  const [uniform] = runKernel(
    'StatelessRandomUniform',
    [float32('dtype'), int32('T'), int32('Tseed')],
    [tf.tensor1d([...shape], 'int32'), tf.tensor1d([...seed], 'int32')],
  ) as [Tensor];
  return multiply(tf.cast(tf.greaterEqual(uniform, constant(rate)), 'float32'), constant(1 / (1 - rate)));
}

/** Runs `forward` and, for its gradient, `backward` on what it saved. */
function differentiable(
  inputs: readonly Tensor[],
  forward: () => { value: Tensor; saved: readonly Tensor[] },
  backward: (gradient: Tensor, saved: readonly Tensor[]) => Tensor[],
): Tensor {
  const tf = tensorflow();
  // What gradients need would take an eighth of the time of a short text's answer.
  if (!tf.engine().isTapeOn()) return tf.tidy(() => forward().value);
  const operation = tf.customGrad((...given) => {
    const { value, saved } = forward();
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void;
    save([...saved]);
    return { value, gradFunc: (gradient: Tensor, kept: Tensor[]) => backward(gradient, kept) };
  });
  return operation(...inputs);
}

/** Runs a kernel whose only attribute is the type of its inputs. */
function kernelOf(name: string, ...inputs: Tensor[]): Tensor {
  return runKernel(name, [attributes().float32('T')], inputs)[0] as Tensor;
}

function times(input: Tensor, factors: Tensor | undefined): Tensor {
  return factors ? multiply(input, factors) : input;
}

function multiply(one: Tensor, other: Tensor): Tensor {
  return kernelOf('Mul', one, other);
}

/** The matrix product, of one or of each pair of matrices; `transposed` names the matrix that is transposed before. */
function product(
  kernel: 'MatMul' | 'BatchMatMulV2',
  one: Tensor,
  other: Tensor,
  transposed?: 'a' | 'b',
): Tensor {
  const { float32, flag } = attributes();
  const [first, second] = kernel === 'MatMul' ? ['transpose_a', 'transpose_b'] : ['adj_x', 'adj_y'];
  const flags = [flag(first as string, transposed === 'a'), flag(second as string, transposed === 'b')];
  return runKernel(kernel, [...flags, float32('T')], [one, other])[0] as Tensor;
}

function meanOfRows(input: Tensor): Tensor {
  const { float32, int32, flag } = attributes();
  const settings = [flag('keep_dims', true), float32('T'), int32('Tidx')];
  return runKernel('Mean', settings, [input, integers(1)])[0] as Tensor;
}

function transpose(input: Tensor, order: readonly number[]): Tensor {
  const { float32, int32 } = attributes();
  const settings = [float32('T'), int32('Tperm')];
  return runKernel('Transpose', settings, [input, integers(...order)])[0] as Tensor;
}

function constant(value: number): Tensor {
  return keptOnce(String(value), () => tensorflow().scalar(value));
}

function integers(...values: readonly number[]): Tensor {
  return keptOnce(`[${values}]`, () => tensorflow().tensor1d([...values], 'int32'));
}

/** Made once: making a tensor takes as long as a small kernel. */
const constants = new Map<string, Tensor>();

function keptOnce(key: string, make: () => Tensor): Tensor {
  const made = constants.get(key) ?? tensorflow().keep(make());
  constants.set(key, made);
  return made;
}
