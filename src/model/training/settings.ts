// The settings of a training run, as types. Their defaults, ranges and meanings are in hyperparameters.ts.

/** The architectures that are networks of tf.layers. */
export const networkNames = ['mlp', 'lstm', 'cnn', 'own'] as const;

/** The name of an architecture; registry.ts maps each name to its architecture. */
export type ArchitectureName = 'ensemble' | 'minilm' | 'cascade' | (typeof networkNames)[number];

/**
 * The hyperparameters of a training run. Each has a default, so you can leave out any of them.
 * `describeHyperparameters()` and docs/container.md list default, range and meaning.
 */
export interface Hyperparameters {
  architecture: ArchitectureName;
  epochs: number;
  batch_size: number;
  learning_rate: number;
  optimizer: 'rmsprop' | 'adam' | 'sgd';
  dropout: number;
  class_weights: 'none' | 'balanced';
  patience: number;
  validation_split: number;
  split: 'story' | 'random';
  seed: number;
  cascade_share: number;
  cascade_accuracy: number;
  vocabulary_size: number;
  max_length: number;
  text_column: string;
  label_column: string;
  group_column: string;
}

/** The largest values that training accepts, and so the largest that an artifact may declare. */
export const largestShape = { vocabularySize: 500_000, maxLength: 1000 } as const;
