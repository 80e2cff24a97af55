// Topology and weights → a model of tf.layers that allocates no more than the weights do.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { ArtifactFault } from '../../platform/errors';
import { softmax } from '../training/softmax';
import { type NamedTensor, sizeOf, takeFloats } from '../training/tensors';
import { layersOf } from './customLayers';
import { accelerate } from './fastLayers';
import { type Answer, largestActivations, type NetworkSizes } from './interpreter';
import { weightsOf, writeWeights } from './layersModel';
import { scope, tensorflow } from './tensorflow';
import { trim } from './tokens';
import { endsInLogits, readTopology } from './topology';

/** Numbers that the layers may hold of all texts that are answered at once. */
const numbersAtOnce = 2 ** 26;

/** Settings of layers that initialise weights. */
const starts = [
  ...['kernel', 'bias', 'recurrent', 'embeddings', 'beta', 'gamma', 'moving_mean', 'moving_variance'],
  ...['alpha', 'depthwise', 'pointwise'],
].map((weight) => `${weight}_initializer`);

/** Numbers that models being made may still allocate. Making is synchronous once TensorFlow has been asked for it. */
const budgets = new Map<number, number>();
let models = 0;

/**
 * Builds the model of a topology that `readTopology()` accepts. Throws an {@link ArtifactFault} if topology, weights and
 * sizes do not fit each other.
 * @param padding see `LoadedNetwork.padding`
 */
export async function buildModel(
  topology: unknown,
  weights: readonly NamedTensor[],
  { length, vocabularySize, labelCount, padding }: NetworkSizes & { padding: number | undefined },
): Promise<Answer> {
  const isLogits = endsInLogits(readTopology(topology));
  const tf = tensorflow();
  registerBounded(tf);
  const budget = ++models;
  budgets.set(
    budget,
    weights.reduce((sum, { data }) => sum + data.length, 0),
  );
  let model: TensorFlow.LayersModel;
  try {
    model = await tf.models.modelFromJSON(withoutStart(topology, budget) as never);
  } catch (error) {
    if (error instanceof ArtifactFault) throw error;
    throw new ArtifactFault(`its layers cannot be built: ${String((error as Error).message).split('\n')[0]}`);
  } finally {
    budgets.delete(budget);
  }
  let numbersOfText: number;
  try {
    numbersOfText = checkShapes(
      model,
      { length, vocabularySize, labelCount },
      Math.max(length, padding ?? 0),
    );
    const needed = weightsOf(model).map(({ name, variable }) => ({
      name,
      shape: variable.shape as number[],
    }));
    writeWeights(model, takeFloats(weights, needed));
  } catch (error) {
    model.dispose();
    throw error;
  }
  accelerate(model);

  const answerSome: Answer = (indices) =>
    scope(() => {
      const tokens = trim({ indices, rows: indices.length / length, length }, padding);
      const input = tf.tensor2d(tokens.indices, [tokens.rows, tokens.length], 'int32');
      const values = (model.apply(input) as TensorFlow.Tensor).dataSync<'float32'>().slice();
      if (isLogits) softmax(values, labelCount);
      return values;
    });
  const rowsAtOnce = Math.max(1, Math.floor(numbersAtOnce / numbersOfText));
  return (indices) => {
    const answers = new Float32Array((indices.length / length) * labelCount);
    for (let row = 0; row * length < indices.length; row += rowsAtOnce) {
      const some = indices.subarray(row * length, (row + rowsAtOnce) * length);
      answers.set(answerSome(some), row * labelCount);
    }
    return answers;
  };
}

/** Registers the initializer that gives zeros and counts them. */
function registerBounded(tf: typeof TensorFlow): void {
  const { serialization } = tf;
  if (Object.hasOwn(serialization.SerializationMap.getMap().classNameMap, bounded)) return;
  class BoundedZeros extends serialization.Serializable {
    static readonly className = bounded;
    constructor(private readonly settings: { budget: number }) {
      super();
    }
    apply(shape: number[]): TensorFlow.Tensor {
      const left = (budgets.get(this.settings.budget) ?? 0) - sizeOf(shape);
      if (!(left >= 0)) throw new ArtifactFault('its layers need more weights than it has');
      budgets.set(this.settings.budget, left);
      return tf.zeros(shape);
    }
    getConfig() {
      return { ...this.settings };
    }
  }
  serialization.registerClass(BoundedZeros as never);
}

const bounded = 'BoundedZeros';

/** Returns a copy in which all weights start with zeros, and nothing of training is left. */
function withoutStart(json: unknown, budget: number): unknown {
  if (Array.isArray(json)) return json.map((inner) => withoutStart(inner, budget));
  if (typeof json !== 'object' || json === null) return json;
  const kept = Object.entries(json)
    .filter(([key]) => !/_(initializer|regularizer|constraint)$|^(weights|unit_forget_bias)$/.test(key))
    .map(([key, value]) => [key, withoutStart(value, budget)]);
  const copy: Record<string, unknown> = Object.fromEntries(kept);
  if (typeof copy.class_name === 'string' && isSettings(copy.config) && !('layers' in copy.config)) {
    for (const name of starts) copy.config[name] = { class_name: bounded, config: { budget } };
  }
  return copy;
}

function isSettings(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns how many numbers the layers make of one text. Throws unless input, output and word vectors fit, and these numbers
 * are not too many.
 */
function checkShapes(
  model: TensorFlow.LayersModel,
  { length, vocabularySize, labelCount }: NetworkSizes,
  longest: number,
): number {
  const [input, output] = [model.inputs[0]?.shape, model.outputs[0]?.shape];
  const isOne = model.inputs.length === 1 && model.outputs.length === 1;
  if (!isOne || input?.length !== 2 || ![null, length].includes(input[1] as number)) {
    throw new ArtifactFault(`its input is ${JSON.stringify(input)} instead of [null, ${length}]`);
  }
  if (output?.length !== 2 || output[1] !== labelCount) {
    throw new ArtifactFault(`its output is ${JSON.stringify(output)} instead of [null, ${labelCount}]`);
  }
  let size = 0;
  for (const layer of layersOf(model)) {
    const shapes = [layer.outputShape].flat(
      Array.isArray((layer.outputShape as unknown[])[0]) ? 1 : 0,
    ) as unknown as number[][];
    const all = Array.isArray(shapes[0]) ? shapes : [shapes as unknown as number[]];
    for (const shape of all) size += sizeOf(shape.slice(1).map((side) => side ?? longest));
    const { inputDim } = layer.getConfig() as { inputDim?: number };
    if (layer.getClassName() === 'Embedding' && inputDim !== vocabularySize) {
      throw new ArtifactFault(`its word vectors are for ${inputDim} words instead of ${vocabularySize}`);
    }
  }
  if (!(size <= largestActivations)) throw new ArtifactFault('its layers need too much memory');
  return size;
}
