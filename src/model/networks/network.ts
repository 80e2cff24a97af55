// The interface of a neural network. Each network is a file (mlp.ts, lstm.ts, cnn.ts) that defines its weights and
// its forward and backward pass in TensorFlow's kernels.

import type { Random } from '../../data/random';
import type { Architecture } from '../training/architecture';
import type { Start } from '../training/startingWeights';
import type { Tokens } from './embedding';
import type { Kernels } from './kernels';
import type { Gradient } from './rmsprop';

/** Fixes the shapes of a network's weights. */
export interface ModelShape {
  /** Whether word vectors are pretrained, or trained with the network. */
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
  /** Creates the values before training. */
  readonly start: Start;
  /** Whether training does not change it. @default false */
  readonly isFrozen?: boolean;
}

/** A pass of rows through a network. */
export interface Pass {
  /** [rows, labelCount] */
  readonly logits: Float32Array;
  /** Returns the gradients of the weights that are not frozen, in their order, from that of the logits. */
  gradients(ofLogits: Float32Array): Gradient[];
}

/** Dropout in training. */
export interface Dropout {
  /** The share that is dropped. */
  readonly rate: number;
  readonly random: Random;
}

export interface Network extends Pick<Architecture, 'meaning' | 'defaults'> {
  /** Returns the weights in the order of Keras' layers, the word vectors first. */
  weights(shape: ModelShape): WeightSpec[];
  /** Passes `tokens` [rows, maxLength] forward. Call it in a scope of the kernels; change weights only after the scope. */
  forward(
    kernels: Kernels,
    shape: ModelShape,
    weights: readonly Float32Array[],
    run: { tokens: Tokens; dropout?: Dropout | undefined },
  ): Pass;
  /**
   * Returns a prediction without TensorFlow: tokens [rows, maxLength] → probabilities [rows, labelCount].
   * @default the forward pass
   */
  answer?(shape: ModelShape, weights: readonly Float32Array[]): (tokens: Int32Array) => Float32Array;
}
