// Step 4: the networks, one function each, built for TensorFlow. Only shapes and starting weights are decided here.
import type { Hyperparameters } from './hyperparameters';
import { type LayersModel, tensorflow } from './tensorflow';

/** Everything that fixes a network's layers and their shapes. */
export interface ModelShape {
  architecture: Hyperparameters['architecture'];
  /** Token indices, padding included: rows of the embedding matrix. */
  vocabularySize: number;
  /** Length of a word vector. */
  dimensions: number;
  /** Tokens per headline. */
  maxLength: number;
  /** Labels, and so outputs. */
  labelCount: number;
}

const hiddenUnits = 32;

/**
 * The workshop's classic network: Embedding (frozen) → Flatten → Dense 32 relu → Dense 32 relu → Dense softmax.
 * Input int32 [rows, maxLength], output float32 [rows, labelCount], each row a probability distribution.
 * The weights start as Keras' do (Glorot uniform, biases zero), seeded; the embedding waits for its matrix.
 */
export function buildModel(shape: ModelShape, seed = 0): LayersModel {
  const tf = tensorflow();
  const dense = (layer: number, units: number, activation: 'relu' | 'softmax') =>
    tf.layers.dense({
      units,
      activation,
      kernelInitializer: tf.initializers.glorotUniform({ seed: seed + layer }),
    });
  const embedding = tf.layers.embedding({
    inputDim: shape.vocabularySize,
    outputDim: shape.dimensions,
    inputLength: shape.maxLength,
    embeddingsInitializer: 'zeros',
    trainable: false,
  });
  return tf.sequential({
    layers: [
      embedding,
      tf.layers.flatten(),
      dense(1, hiddenUnits, 'relu'),
      dense(2, hiddenUnits, 'relu'),
      dense(3, shape.labelCount, 'softmax'),
    ],
  });
}
