// Network function → model of tf.layers, checked before training.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { seededRandom } from '../../data/random';
import { ArtifactFault, UserError } from '../../platform/errors';
import type { EmbeddingOptions, LoadedNetwork } from '../training/networkFunction';
import { type NamedTensor, sizeOf } from '../training/tensors';
import { knownClasses, rejectCustomLayers } from './customLayers';
import { scope, tensorflow } from './tensorflow';
import { type Tokens, trim } from './tokens';
import { readTopology } from './topology';

type Layer = TensorFlow.layers.Layer;
type Variable = Layer['weights'][number];

/** Fixes the sizes of a network's input, word vectors and output. */
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

/** A model of tf.layers that is ready for training. */
export interface MadeModel {
  readonly model: TensorFlow.LayersModel;
  /** The model's layers as JSON, in Keras' format. */
  readonly topology: Readonly<Record<string, unknown>>;
  /** The layers that `embedding()` made. Padding's vector is zero in them, and training leaves it so. */
  readonly embeddings: readonly Layer[];
}

/**
 * Makes the model. The same seed makes the same starting weights.
 * @param matrix word vectors [vocabularySize, dimensions], pretrained or drawn; row 0 is zero
 * @throws `UserError` if the function returns something other than an uncompiled model from token indices to a number for each label
 */
export function makeModel(
  { make, hyperparameters, padding }: LoadedNetwork,
  shape: ModelShape,
  { labels, matrix, seed }: { labels: readonly string[]; matrix: Float32Array; seed: number },
): MadeModel {
  const tf = tensorflow();
  knownClasses();
  const { vocabularySize, dimensions, maxLength, vectors } = shape;
  const embeddings: Layer[] = [];
  const embedding = ({ trainable = vectors === 'trained', name = 'embedding' }: EmbeddingOptions = {}) => {
    const layer = tf.layers.embedding({
      name,
      trainable,
      inputDim: vocabularySize,
      outputDim: dimensions,
      ...(padding === undefined && { inputLength: maxLength }),
      weights: [tf.tensor2d(matrix, [vocabularySize, dimensions])],
    });
    embeddings.push(layer);
    return layer;
  };
  return withSeed(seed, () =>
    scope(() => {
      const model = make({ tf, vocabularySize, maxLength, labels, vectors, embedding, hyperparameters });
      checkModel(model, shape);
      for (const layer of embeddings) checkEmbedding(layer, model);
      const topology = JSON.parse(model.toJSON() as string) as MadeModel['topology'];
      rejectCustomLayers(model, topology);
      checkTopology(topology);
      checkPadding(model, shape, padding);
      return { model, topology, embeddings };
    }),
  );
}

/** Seeds `Math.random`, from which TensorFlow.js draws starting weights and dropout, while the work runs. */
function withSeed<Result>(seed: number, work: () => Result): Result {
  const { random } = Math;
  Math.random = seededRandom(seed).fraction;
  try {
    return work();
  } finally {
    Math.random = random;
  }
}

/** Throws a {@link UserError} if answers depend on more padding than the network declares. */
export function checkPadding(
  model: TensorFlow.LayersModel,
  { maxLength, vocabularySize }: ModelShape,
  padding: number | undefined,
): void {
  if (padding === undefined || padding >= maxLength) return;
  const answersChange = withDrawnWeights(model, () =>
    [1, 3].some((words) => {
      const whole = drawTexts(Math.min(words, maxLength), maxLength, vocabularySize);
      const [trimmed, full] = [trim(whole, padding), whole].map(({ indices, rows, length }) => {
        const input = tensorflow().tensor2d(indices, [rows, length], 'int32');
        return (model.apply(input) as TensorFlow.Tensor).dataSync<'float32'>();
      }) as [Float32Array, Float32Array];
      return trimmed.some((value, at) => Math.abs(value - (full[at] as number)) > 1e-4);
    }),
  );
  if (!answersChange) return;
  throw new UserError(
    `Your network’s padding is ${padding}, but its predictions change with the padding beyond it. Remove \`padding\`, or raise it ` +
      'to the width of the widest convolution.',
  );
}

/** Draws the tokens of eight texts of that length. */
function drawTexts(words: number, length: number, vocabularySize: number): Tokens {
  const random = seededRandom(1);
  const draw = (_: unknown, place: number) =>
    place % length < length - words ? 0 : 1 + random.integer(vocabularySize - 1);
  return { indices: Int32Array.from({ length: 8 * length }, draw), rows: 8, length };
}

/** Gives a model other weights while the work runs: at the start, many are zero and hide what depends on them. */
function withDrawnWeights<Result>(model: TensorFlow.LayersModel, work: () => Result): Result {
  const random = seededRandom(2);
  const kept = tensorsOf(model);
  const drawn = kept.map(({ name, shape }) => {
    const least = name.endsWith('variance') ? 0.5 : -0.5;
    const values = Float32Array.from({ length: sizeOf(shape) }, () => random.fraction() + least);
    return name.endsWith('/embeddings') ? values.fill(0, 0, shape[1]) : values;
  });
  writeWeights(model, drawn);
  try {
    return work();
  } finally {
    writeWeights(
      model,
      kept.map(({ data }) => data as Float32Array),
    );
  }
}

/** Throws a {@link UserError} for a network that could not be answered from its artifact. */
function checkTopology(topology: unknown): void {
  try {
    readTopology(topology);
  } catch (error) {
    if (!(error instanceof ArtifactFault)) throw error;
    throw new UserError(
      `Your network cannot be stored: ${error.message}. Build it from layers of tf.layers, each used once.`,
      {
        cause: error,
      },
    );
  }
}

function checkModel(model: TensorFlow.LayersModel, shape: ModelShape): void {
  const { LayersModel } = tensorflow();
  if (!(model instanceof LayersModel)) {
    throw new UserError(
      'Your network is not a model: return tf.sequential({ layers }) or tf.model({ inputs, outputs }).',
    );
  }
  if (model.optimizer) {
    throw new UserError(
      'Your network is compiled, which has no effect here: remove compile(). `optimizer` and `learning_rate` are hyperparameters.',
    );
  }
  checkEnds(model, shape);
}

/** Throws a {@link UserError} if a layer of `embedding()` reads anything but the tokens as they come. */
function checkEmbedding(layer: Layer, model: TensorFlow.LayersModel): void {
  const { name, inboundNodes } = layer;
  const inputs = inboundNodes.flatMap(({ inputTensors }) => inputTensors);
  const isUnused = inputs.length === 0;
  const isOutermost = model.layers.includes(layer) && inputs.every(({ id }) => id === model.inputs[0]?.id);
  if (isUnused || isOutermost) return;
  throw new UserError(
    `Your network’s layer ${name} of embedding() does not read the input itself. Apply embedding() to the input, in the ` +
      'outermost model, and change the word vectors afterwards.',
  );
}

/** Throws a {@link UserError} unless the model takes token indices and gives a number for each label, by softmax or linear. */
export function checkEnds(model: TensorFlow.LayersModel, { maxLength, labelCount }: ModelShape): void {
  const [input] = model.inputs;
  const length = input?.shape[1];
  if (model.inputs.length !== 1 || input?.shape.length !== 2 || (length !== null && length !== maxLength)) {
    throw new UserError(
      `Your network takes ${describeShapes(model.inputs)}; expected one input [null, ${maxLength}], a token index for ` +
        'each position. Begin with embedding().',
    );
  }
  const [output] = model.outputs;
  if (model.outputs.length !== 1 || output?.shape.length !== 2 || output.shape[1] !== labelCount) {
    throw new UserError(
      `Your network gives ${describeShapes(model.outputs)}; expected [null, ${labelCount}], a number for each label.`,
    );
  }
  const activation = lastActivation(model);
  if (activation === 'softmax' || activation === 'linear') return;
  throw new UserError(
    `Your network’s last layer ends in ${activation ?? 'no activation that is known'}; expected softmax, or linear for logits. ` +
      "End with tf.layers.dense({ units: labels.length, activation: 'softmax' }).",
  );
}

function describeShapes(tensors: readonly { shape: readonly (number | null)[] }[]): string {
  return tensors.map(({ shape }) => JSON.stringify(shape)).join(' and ');
}

/** Returns the layer whose output is the model's. */
export function lastLayer(model: TensorFlow.LayersModel): Layer {
  return (model.outputs[0] as TensorFlow.SymbolicTensor).sourceLayer as Layer;
}

/** Returns the activation at the model's end, or undefined for a layer that has none. */
function lastActivation(model: TensorFlow.LayersModel): string | undefined {
  const layer = lastLayer(model);
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const { activation } = layer.getConfig() as { activation?: string };
  return activation;
}

/** A weight of a model with its name in the artifact. */
export interface NamedVariable {
  /** The layer's name and the weight's, such as `output/kernel`. */
  readonly name: string;
  readonly variable: Variable;
  readonly layer: Layer;
}

/** Returns all weights, layer by layer; their order does not depend on what is trained. */
export function weightsOf(model: TensorFlow.LayersModel): NamedVariable[] {
  return model.layers.flatMap((layer) => {
    const parts = layer.weights.map(({ originalName }) => originalName.split('/'));
    const last = parts.map((part) => part.at(-1) as string);
    const areUnique = new Set(last).size === last.length;
    return layer.weights.map((variable, index) => ({
      name: `${layer.name}/${areUnique ? last[index] : `${index}/${last[index]}`}`,
      variable,
      layer,
    }));
  });
}

/** Gives a model other weights, in the order of {@link weightsOf}. */
export function writeWeights(model: TensorFlow.LayersModel, values: readonly Float32Array[]): void {
  scope(() => {
    weightsOf(model).forEach(({ variable }, index) => {
      variable.write(tensorflow().tensor(values[index] as Float32Array, variable.shape as number[]));
    });
  });
}

/** Returns copies of a model's weights. */
export function tensorsOf(model: TensorFlow.LayersModel): NamedTensor[] {
  return weightsOf(model).map(({ name, variable }) => ({
    name,
    shape: variable.shape as number[],
    data: variable.read().dataSync<'float32'>().slice(),
  }));
}
