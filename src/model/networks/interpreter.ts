// Topology and weights → probabilities without TensorFlow, which takes half a second to load and 50 µs for each kernel.

import { ArtifactFault } from '../../platform/errors';
import { softmax } from '../training/softmax';
import { type NamedTensor, takeFloats } from '../training/tensors';
import {
  denseOverSequence,
  type LayerKind,
  layerKinds,
  type Step,
  type Value,
  type Words,
} from './interpretedLayers';
import { endsInLogits, type LayerNode, type Topology } from './topology';

/** Sizes that a network must fit. */
export interface NetworkSizes {
  /** Tokens of each row. */
  readonly length: number;
  /** Tokens there may be, padding included. */
  readonly vocabularySize: number;
  readonly labelCount: number;
}

/** Tokens [rows, length] → probabilities [rows, labels]. */
export type Answer = (tokens: Int32Array) => Float32Array;

/** Numbers that all layers together may hold for one text. */
export const largestActivations = 1 << 24;

/**
 * Returns undefined if the network has a layer or a setting that is unknown here. Throws an {@link ArtifactFault} if
 * topology, weights and sizes do not fit each other.
 */
export function interpret(
  topology: Topology,
  weights: readonly NamedTensor[],
  { length, vocabularySize, labelCount }: NetworkSizes,
): Answer | undefined {
  const given = new Map(weights.map((tensor) => [tensor.name, tensor]));
  const values = new Map<string, Value>();
  const steps: Step[] = [];
  const embeddings: ((tokens: Int32Array) => void)[] = [];
  const inputs = new Set<string>();
  const words: Words = { tokens: new Int32Array(length) };
  let used = 0;
  let size = 0;

  const makeValue = (positions: number, channels: number, isSequence: boolean, words?: Words): Value => {
    size += positions * channels;
    if (!(size <= largestActivations)) throw new ArtifactFault('its layers need too much memory');
    const data = new Float32Array(positions * channels);
    return { data, length: positions, channels, isSequence, first: 0, padded: 0, words };
  };
  const weightOf = (layer: string) => (weight: string, shape: readonly number[]) => {
    const name = `${layer}/${weight}`;
    const tensor = given.get(name);
    used++;
    return takeFloats(tensor ? [tensor] : [], [{ name, shape }])[0] as Float32Array;
  };

  for (const node of topology) {
    const { name, className, config } = node;
    if (/^channels_?first$/i.test(String(config.data_format))) return undefined;
    if (className === 'InputLayer') {
      checkInput(node, length);
      inputs.add(name);
      continue;
    }
    if (className === 'Embedding') {
      const isFirst = node.inputs.length === 0;
      if (
        config.mask_zero ||
        !(isFirst || (node.inputs.length === 1 && inputs.has(node.inputs[0] as string)))
      )
        return undefined;
      if (isFirst) {
        checkInput(node, length);
        inputs.add('');
      }
      const [rows, channels] = [config.input_dim, config.output_dim] as [number, number];
      if (rows !== vocabularySize) {
        throw new ArtifactFault(
          `its word vectors are for ${JSON.stringify(rows)} words instead of ${vocabularySize}`,
        );
      }
      const vectors = weightOf(name)('embeddings', [rows, channels]);
      const value = makeValue(length, channels, true, words);
      values.set(name, value);
      embeddings.push((tokens) => lookUp(vectors, tokens, value));
      continue;
    }
    const kind = Object.hasOwn(layerKinds, className) ? (layerKinds[className] as LayerKind) : undefined;
    if (!kind) return undefined;
    const flattened = className === 'Dense' ? flattenBefore(topology, node) : undefined;
    if (className === 'Flatten' && isOnlyForDense(topology, node)) continue;
    const read = (flattened ?? node).inputs.map((input) => values.get(input));
    if (!read.every((value) => value !== undefined)) return undefined;
    const parts = { config, inputs: read as Value[], weight: weightOf(name), value: makeValue };
    const layer = (flattened ? denseOverSequence : kind)(parts);
    if (!layer) return undefined;
    values.set(name, layer.value);
    steps.push(layer.step);
  }

  const last = topology.at(-1) as LayerNode;
  const output = values.get(last.name);
  if (!output || output.isSequence || output.channels !== labelCount || inputs.size !== 1) {
    throw new ArtifactFault(
      `its layers do not lead from tokens to ${labelCount} numbers, one for each label`,
    );
  }
  if (used !== weights.length) {
    throw new ArtifactFault(`it has ${weights.length} weights; its layers need ${used}`);
  }
  const isLogits = endsInLogits(topology);

  return (tokens) => {
    const answers = new Float32Array((tokens.length / length) * labelCount);
    for (let row = 0; row * length < tokens.length; row++) {
      const ofRow = tokens.subarray(row * length, (row + 1) * length);
      words.tokens = ofRow;
      for (const embed of embeddings) embed(ofRow);
      for (const step of steps) step();
      answers.set(output.data, row * labelCount);
    }
    if (isLogits) softmax(answers, labelCount);
    return answers;
  };
}

/** Throws if the input that a layer declares is not one row of tokens. */
function checkInput({ config }: LayerNode, length: number): void {
  const shape = config.batch_input_shape;
  const declared = Array.isArray(shape) && shape.length === 2 ? shape[1] : undefined;
  if (declared === null || declared === length) return;
  throw new ArtifactFault(`its input is ${JSON.stringify(shape)?.slice(0, 60)} instead of [null, ${length}]`);
}

function lookUp(vectors: Float32Array, tokens: Int32Array, value: Value): void {
  const { data, channels, length } = value;
  let first = 0;
  while (first < length - 1 && tokens[first] === 0 && tokens[first + 1] === 0) first++;
  value.first = first;
  value.padded = tokens[first] === 0 ? first + 1 : 0;
  for (let position = first; position < length; position++) {
    const from = (tokens[position] as number) * channels;
    const to = position * channels;
    for (let at = 0; at < channels; at++) data[to + at] = vectors[from + at] as number;
  }
}

/** Returns the Flatten layer that only dense layers read, if this one does. */
function flattenBefore(topology: Topology, { inputs }: LayerNode): LayerNode | undefined {
  const before = inputs.length === 1 ? topology.find(({ name }) => name === inputs[0]) : undefined;
  return before?.className === 'Flatten' && isOnlyForDense(topology, before) ? before : undefined;
}

function isOnlyForDense(topology: Topology, { name }: LayerNode): boolean {
  const readers = topology.filter(({ inputs }) => inputs.includes(name));
  return readers.length > 0 && readers.every(({ className }) => className === 'Dense');
}
