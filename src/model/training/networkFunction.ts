// A network as a function from its parts to a model of tf.layers, whether it is built in or a user's own.

import type * as TensorFlow from '@tensorflow/tfjs-node';

/** Hyperparameters that a network declares, with their values. */
export type OwnHyperparameters = Readonly<Record<string, number | string>>;

/** Options of `NetworkParts.embedding`. */
export interface EmbeddingOptions {
  /** Whether training changes the word vectors. @default false for pretrained vectors, true without */
  trainable?: boolean;
  /** @default embedding */
  name?: string;
}

/** Everything that a network is made from. */
export interface NetworkParts<Own extends OwnHyperparameters = Record<never, never>> {
  /** TensorFlow.js, as `@tensorflow/tfjs-node` exports it. */
  readonly tf: typeof TensorFlow;
  /** Token indices, padding included: rows of the embedding matrix. */
  readonly vocabularySize: number;
  /** Tokens per text: columns of the input. */
  readonly maxLength: number;
  /** Labels in the order of the outputs. */
  readonly labels: readonly string[];
  /** Whether the job has pretrained word vectors, or they are trained with the network. */
  readonly vectors: 'pretrained' | 'trained';
  /**
   * Returns the first layer: token indices [rows, maxLength] → word vectors [rows, maxLength, dimensions], pretrained if
   * the job has word vectors. Index 0 is padding, in front.
   */
  embedding(options?: EmbeddingOptions): TensorFlow.layers.Layer;
  /** The network's own hyperparameters. */
  readonly hyperparameters: Own;
}

/**
 * Returns an uncompiled model: token indices [rows, maxLength] → one number for each label, [rows, labels], from softmax, or
 * linear for logits. It is called once for each training run.
 */
export type NetworkFunction<Own extends OwnHyperparameters = Record<never, never>> = (
  parts: NetworkParts<Own>,
) => TensorFlow.LayersModel;

/** The code of a user's own network, as `readNetwork()` and `defineNetwork()` return it and a training job receives it. */
export interface Network {
  /** The file's path from the notebook, or `a cell`. */
  readonly name: string;
  /** One CommonJS module that exports the function as `default` and, optionally, `hyperparameters`. */
  readonly code: string;
  /** TypeScript as the user wrote it, to show; nothing runs it. */
  readonly source: string;
  /** Names and defaults of its own hyperparameters. */
  readonly hyperparameters: OwnHyperparameters;
  /** Prints the layers with their shapes and numbers of weights. */
  summary(): void;
}

/** A user's own network, loaded for training. Errors of `make` are `UserError`s with file and line. */
export interface LoadedNetwork {
  readonly make: NetworkFunction<OwnHyperparameters>;
  /** Names and values of its own hyperparameters; as loaded, the defaults. */
  readonly hyperparameters: OwnHyperparameters;
  /**
   * Positions of padding before the longest text of a batch that a prediction may depend on; training and prediction skip
   * the rest. The input then has no fixed length. @default all
   */
  readonly padding?: number | undefined;
}
