// Step 4: neural networks, built for TensorFlow. A network is a file of its own (mlp.ts, lstm.ts); here stands what all
// share, the embedding in front. Only shapes and starting weights are decided.
import type { layers } from '@tensorflow/tfjs-node';
import { type LayersModel, tensorflow } from './tensorflow';
import type { TensorSpec } from './tensors';

/** Name and shape of a network's float32 tensor. */
export type WeightSpec = Omit<TensorSpec, 'dtype'>;

/** Everything that fixes a network's layers and their shapes. */
export interface ModelShape {
  /** Whether the word vectors are pretrained and stay as they are, or are learnt by training the network. */
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

/** Tokens [rows, maxLength] → probabilities [rows, labelCount]. */
export type Answer = (tokens: Int32Array) => Float32Array;

/** A network behind the word vectors. */
export interface Network {
  /** For the table of hyperparameters: “name is …”. */
  readonly meaning: string;
  /** Its weights as Keras has them, layer after layer. */
  weights(shape: ModelShape): WeightSpec[];
  /**
   * The layers from word vectors, float32 [rows, maxLength, dimensions], to probabilities, float32 [rows, labelCount],
   * with starting weights of their own from the seed.
   */
  layers(shape: ModelShape, seed: number): layers.Layer[];
  /** How it answers without TensorFlow. @default by its layers */
  answer?(shape: ModelShape, embedding: Float32Array, weights: readonly Float32Array[]): Answer;
}

/** The network's weights as Keras' `get_weights()` lists them, the word vectors first. */
export function allWeights(network: Network, shape: ModelShape): WeightSpec[] {
  const embedding = { name: 'embedding', shape: [shape.vocabularySize, shape.dimensions] };
  return [embedding, ...network.weights(shape)];
}

/**
 * A network: input int32 [rows, maxLength], output float32 [rows, labelCount], each row a probability distribution.
 * The weights start as Keras' do, seeded; an embedding for pretrained vectors is frozen, zero, and waits for them.
 */
export function buildModel(network: Network, shape: ModelShape, seed = 0): LayersModel {
  const tf = tensorflow();
  const isTrained = shape.vectors === 'trained';
  const embedding = tf.layers.embedding({
    inputDim: shape.vocabularySize,
    outputDim: shape.dimensions,
    inputLength: shape.maxLength,
    embeddingsInitializer: isTrained
      ? tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed })
      : 'zeros',
    trainable: isTrained,
  });
  return tf.sequential({ layers: [embedding, ...network.layers(shape, seed)] });
}

/** The weights of a model in the order of its layers, which is not that of `getWeights()` where some are frozen. */
export function readLayers(model: LayersModel): Float32Array[] {
  const tensors = model.layers.flatMap((layer) => layer.getWeights());
  return tensors.map((tensor) => Float32Array.from(tensor.dataSync()));
}

/** Puts back what {@link readLayers} gave. */
export function writeLayers(model: LayersModel, weights: readonly Float32Array[]): void {
  const tf = tensorflow();
  const rest = [...weights];
  tf.tidy(() => {
    for (const layer of model.layers) {
      layer.setWeights(
        layer.weights.map(({ shape }) => tf.tensor(rest.shift() as Float32Array, shape as number[])),
      );
    }
  });
}
