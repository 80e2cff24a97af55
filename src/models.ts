// Step 4: the networks, built for TensorFlow. An architecture is a file of its own and a line of `architectures`;
// here stands what all share, the embedding in front. Only shapes and starting weights are decided.
import type { layers } from '@tensorflow/tfjs-node';
import { lstm } from './lstm';
import { mlp } from './mlp';
import { type LayersModel, tensorflow } from './tensorflow';

/** A network behind the word vectors. */
export interface Architecture {
  /** For the table of hyperparameters: “name is …”. */
  readonly meaning: string;
  /**
   * The layers from word vectors, float32 [rows, maxLength, dimensions], to probabilities, float32 [rows, labelCount],
   * with starting weights of their own from the seed.
   */
  layers(shape: ModelShape, seed: number): layers.Layer[];
}

/** What the hyperparameter `architecture` can be. */
export const architectures = { mlp, lstm } satisfies Record<string, Architecture>;

/** The networks there are. */
export type ArchitectureName = keyof typeof architectures;

/** Everything that fixes a network's layers and their shapes. */
export interface ModelShape {
  architecture: ArchitectureName;
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

/**
 * A network: input int32 [rows, maxLength], output float32 [rows, labelCount], each row a probability distribution.
 * The weights start as Keras' do, seeded; an embedding for pretrained vectors is frozen, zero, and waits for them.
 */
export function buildModel(shape: ModelShape, seed = 0): LayersModel {
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
  return tf.sequential({ layers: [embedding, ...architectures[shape.architecture].layers(shape, seed)] });
}
