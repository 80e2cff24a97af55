// Networks, rows and predictions for tests, without a classifier. Used by tests only.
import { seededRandom } from '../data/random';
import {
  type MadeModel,
  type ModelShape,
  makeModel,
  weightsOf,
  writeWeights,
} from '../model/networks/layersModel';
import { createLayersTrainer, type LayersTrainerSettings } from '../model/networks/layersTrainer';
import { scope, type Tensor, tensorflow } from '../model/networks/tensorflow';
import { trim } from '../model/networks/tokens';
import type { Examples } from '../model/training/examples';
import type { LoadedNetwork } from '../model/training/networkFunction';

/** The shape of the Keras fixture. */
export const fixtureShape: ModelShape = {
  vectors: 'pretrained',
  vocabularySize: 12,
  dimensions: 4,
  maxLength: 5,
  labelCount: 3,
};

/** Flattens the nested lists of a fixture. */
export function flat(values: readonly unknown[]): Float32Array {
  return Float32Array.from(values.flat(Infinity) as number[]);
}

export function toExamples(inputs: readonly (readonly number[])[], labels: readonly number[]): Examples {
  const tokens = Int32Array.from(inputs.flat());
  return { tokens, labels: Int32Array.from(labels), maxLength: inputs[0]?.length ?? 0 };
}

/** Draws rows of zero to `longest` tokens, and their labels. */
export function drawExamples(shape: ModelShape, rows: number, longest = shape.maxLength, seed = 3): Examples {
  const random = seededRandom(seed);
  const { maxLength, vocabularySize, labelCount } = shape;
  const inputs = Array.from({ length: rows }, () => {
    const words = random.integer(longest + 1);
    return Array.from({ length: maxLength }, (_, position) =>
      position < maxLength - words ? 0 : 1 + random.integer(vocabularySize - 1),
    );
  });
  return toExamples(
    inputs,
    inputs.map(() => random.integer(labelCount)),
  );
}

/** Makes a network's model, with drawn word vectors. */
export function make(network: LoadedNetwork, shape: ModelShape, seed = 1): MadeModel {
  const random = seededRandom(seed + 99);
  const length = shape.vocabularySize * shape.dimensions;
  const matrix = Float32Array.from({ length }, () => 2 * random.fraction() - 1).fill(0, 0, shape.dimensions);
  const labels = Array.from({ length: shape.labelCount }, (_, index) => `label ${index}`);
  return makeModel(network, shape, { labels, matrix, seed });
}

/** Sets the weights, in the order of the artifact. */
export function setWeights({ model }: MadeModel, weights: readonly Float32Array[]): void {
  writeWeights(model, weights);
}

/** Returns copies of the weights, in the order of the artifact. */
export function getWeights({ model }: MadeModel): Float32Array[] {
  return weightsOf(model).map(({ variable }) => variable.read().dataSync<'float32'>().slice());
}

/** Returns probabilities, row after row. */
export function answer(
  { model }: MadeModel,
  { tokens, labels, maxLength }: Examples,
  padding?: number,
): Float32Array {
  return scope(() => {
    const given = trim({ indices: tokens, rows: labels.length, length: maxLength }, padding);
    const input = tensorflow().tensor2d(given.indices, [given.rows, given.length], 'int32');
    return (model.apply(input) as Tensor).dataSync<'float32'>().slice();
  });
}

/** Trains a model with the defaults of the table, in steps that the test takes. */
export function openTrainer(made: MadeModel, changed: Partial<LayersTrainerSettings> = {}) {
  return createLayersTrainer(made, { optimizer: 'rmsprop', learningRate: 0.001, seed: 1, ...changed });
}
