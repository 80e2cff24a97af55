// Step 4: what a neural network is to its training. Each is a file of its own (mlp.ts, lstm.ts, cnn.ts) that says which
// weights it has and how rows pass through them, forward and back, in TensorFlow's kernels.

import type { Random } from '../../data/random';
import type { Architecture } from '../training/architecture';
import type { Start } from '../training/startingWeights';
import type { Tokens } from './embedding';
import type { Kernels } from './kernels';
import type { Gradient } from './rmsprop';

/** Everything that fixes the shapes of a network's weights. */
export interface ModelShape {
  /** Whether word vectors are pretrained, or are learnt by training the network. */
  vectors: 'pretrained' | 'trained';
  /** Token indices, padding included: rows of the embedding matrix. */
  vocabularySize: number;
  /** Length of a word vector. */
  dimensions: number;
  /** Tokens per headline. */
  maxLength: number;
  /** Labels, and so outputs. */
  labelCount: number;
}

/** One of a network's weights, float32. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** What it is before training. */
  readonly start: Start;
  /** Whether training leaves it as it is. @default false */
  readonly isFrozen?: boolean;
}

/** Rows on their way through a network. */
export interface Pass {
  /** [rows, labelCount] */
  readonly logits: Float32Array;
  /** From the gradient of the logits that of each weight that is not frozen, in their order. */
  gradients(ofLogits: Float32Array): Gradient[];
}

/** What of its numbers a network leaves out at random in training. */
export interface Dropout {
  /** The share that is left out. */
  readonly rate: number;
  readonly random: Random;
}

export interface Network extends Pick<Architecture, 'meaning' | 'defaults'> {
  /** In the order in which Keras' layers have them, the word vectors first. */
  weights(shape: ModelShape): WeightSpec[];
  /** `tokens` [rows, maxLength]. To be called in a scope of the kernels; weights may change once that is left. */
  forward(
    kernels: Kernels,
    shape: ModelShape,
    weights: readonly Float32Array[],
    run: { tokens: Tokens; dropout?: Dropout | undefined },
  ): Pass;
  /**
   * How it answers without TensorFlow: tokens [rows, maxLength] → probabilities [rows, labelCount].
   * @default by passing forward
   */
  answer?(shape: ModelShape, weights: readonly Float32Array[]): (tokens: Int32Array) => Float32Array;
}
