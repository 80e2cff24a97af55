// The forward pass of a BERT encoder with a classification head (Devlin et al. 2018, arXiv:1810.04805): tokens → logits.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { tensorflow } from '../networks/tensorflow';
import { attend, drawFactors, gelu, linear, normalise, scaled, sum } from './operations';
import type { EncoderShape } from './shape';

type Tensor = TensorFlow.Tensor;

/** Tokens of texts [texts, length], padded with 0 behind. */
export interface TokenBatch {
  readonly indices: Int32Array;
  readonly texts: number;
  readonly length: number;
}

/** Draws the factors of dropout in training. */
export interface Dropout {
  /** Share of the numbers to drop. */
  readonly rate: number;
  readonly attentionRate: number;
  /** Returns another seed at each call. */
  seed(): [number, number];
}

/**
 * Returns logits [texts, labels]. Call it in a scope that frees its tensors.
 * @param weights the tensors of `encoderTensors()` by name
 * @param dropout what to drop in training; default: nothing
 */
export function encode(
  { heads, blocks, epsilon, size }: EncoderShape,
  weights: (name: string) => Tensor,
  { indices, texts, length }: TokenBatch,
  dropout?: Dropout,
): Tensor {
  const tf = tensorflow();
  const apply = (name: string, input: Tensor) =>
    linear(input, weights(`${name}/kernel`), weights(`${name}/bias`));
  const normal = (name: string, input: Tensor) =>
    normalise(input, weights(`${name}/scale`), weights(`${name}/offset`), epsilon);
  const drop = (input: Tensor) =>
    scaled(input, dropout?.rate ? drawFactors(input.shape, dropout.rate, dropout.seed()) : undefined);

  const mask = tf.tensor4d(
    Float32Array.from(indices, (index) => (index === 0 ? -1e9 : 0)),
    [texts, 1, 1, length],
  );
  const pieces = tf.gather(weights('pieces'), tf.tensor1d(indices, 'int32'));
  const positions = tf.gather(
    weights('positions'),
    tf.tensor1d(
      indices.map((_, at) => at % length),
      'int32',
    ),
  );
  let state = drop(normal('embedded', sum(pieces, positions)));
  for (let index = 0; index < blocks; index++) {
    const block = `block_${index}`;
    const factors = dropout?.attentionRate
      ? drawFactors([texts, heads, length, length], dropout.attentionRate, dropout.seed())
      : undefined;
    const read = attend(apply(`${block}/attention`, state), { texts, heads, mask, factors });
    const attended = normal(`${block}/attended`, sum(drop(apply(`${block}/joined`, read)), state));
    const inner = gelu(apply(`${block}/inner`, attended));
    state = normal(`${block}/output`, sum(drop(apply(`${block}/outer`, inner)), attended));
  }
  const first = tf.slice(tf.reshape(state, [texts, length, size]), [0, 0, 0], [texts, 1, size]);
  const pooled = tf.tanh(apply('pooled', tf.reshape(first, [texts, size])));
  return apply('labels', drop(pooled));
}
