// A trained model together with what it must know to read headlines: titles in, labels with probabilities out.
import type { EpochMetrics } from './metrics';
import type { ModelShape } from './models';
import { type LayersModel, type Tensor2D, tensorflow } from './tensorflow';
import { createEncoder } from './tokenizer';

/** What is known about one headline. The same shape in process, over HTTP and from a SageMaker endpoint. */
export interface Prediction {
  /** The most probable label. */
  result: string;
  /** Every label with its probability; they sum to 1. */
  probabilities: Record<string, number>;
}

/** Everything that serving must know apart from the weights; it travels in the model artifact. */
export interface ClassifierDescription {
  shape: ModelShape;
  /** In the order of the model's outputs. */
  labels: string[];
  /** The token at position i has index i + 1; 0 is padding. */
  vocabulary: string[];
  hyperparameters: Record<string, string | number>;
  trainingRows: number;
  validationRows: number;
  /** The finished epochs. */
  history: EpochMetrics[];
  /**
   * How many epochs its weights have learnt: all of them; the best finished one where training was stopped; a
   * fraction of the first where none was finished.
   */
  trainedEpochs: number;
  /** What it was trained with: Node, TensorFlow and its binding. */
  versions: Record<string, string>;
}

/** A trained model in this process. */
export interface Classifier {
  readonly description: ClassifierDescription;
  /** The network, as TensorFlow.js knows it. */
  readonly model: LayersModel;
  /** One prediction for each title, in order. */
  predict(titles: readonly string[]): Prediction[];
}

const rowsPerStep = 512;

export function createClassifier(description: ClassifierDescription, model: LayersModel): Classifier {
  const { labels, shape, vocabulary } = description;
  const encode = createEncoder(vocabulary, shape.maxLength);

  const predictStep = (titles: readonly string[]): Prediction[] => {
    const tf = tensorflow();
    const outputs = tf.tidy(() => {
      const inputs = tf.tensor2d(encode(titles), [titles.length, shape.maxLength], 'int32');
      return (model.predictOnBatch(inputs) as Tensor2D).arraySync();
    });
    return outputs.map((row) => toPrediction(row, labels));
  };

  return {
    description,
    model,
    predict(titles) {
      const predictions: Prediction[] = [];
      for (let row = 0; row < titles.length; row += rowsPerStep) {
        predictions.push(...predictStep(titles.slice(row, row + rowsPerStep)));
      }
      return predictions;
    },
  };
}

function toPrediction(outputs: readonly number[], labels: readonly string[]): Prediction {
  const best = outputs.indexOf(Math.max(...outputs));
  return {
    result: labels[best] as string,
    probabilities: Object.fromEntries(labels.map((label, index) => [label, outputs[index] as number])),
  };
}
