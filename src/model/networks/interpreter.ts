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
  sizes: NetworkSizes,
): Answer | undefined {
  const program = new Program(topology, weights, sizes);
  if (!topology.every((node) => program.add(node))) return undefined;
  const output = program.output();
  const isLogits = endsInLogits(topology);
  const { length, labelCount } = sizes;
  return (tokens) => {
    const answers = new Float32Array((tokens.length / length) * labelCount);
    for (let row = 0; row * length < tokens.length; row++) {
      program.run(tokens.subarray(row * length, (row + 1) * length));
      answers.set(output.data, row * labelCount);
    }
    if (isLogits) softmax(answers, labelCount);
    return answers;
  };
}

/** The steps that compute a network for one text, added layer by layer. */
class Program {
  readonly #steps: Step[] = [];
  readonly #values = new Map<string, Value>();
  /** The text being answered. */
  readonly #words: Words;
  /** Names of the input layers; an empty name stands for an input that is not a layer. */
  readonly #inputs = new Set<string>();
  #usedWeights = 0;
  #activations = 0;

  constructor(
    private readonly topology: Topology,
    private readonly weights: readonly NamedTensor[],
    private readonly sizes: NetworkSizes,
  ) {
    this.#words = { tokens: new Int32Array(sizes.length) };
  }

  /** Adds a layer whose inputs were added before. Returns whether the layer and its settings are known here. */
  add(node: LayerNode): boolean {
    const { className, config } = node;
    if (/^channels_?first$/i.test(String(config.data_format))) return false;
    if (className === 'InputLayer') {
      this.#addInput(node, node.name);
      return true;
    }
    return className === 'Embedding' ? this.#addEmbedding(node) : this.#addLayer(node);
  }

  #addInput(node: LayerNode, name: string): void {
    checkInput(node, this.sizes.length);
    this.#inputs.add(name);
  }

  #addEmbedding(node: LayerNode): boolean {
    const { name, config, inputs } = node;
    const isFirst = inputs.length === 0;
    const readsTokens = inputs.length === 1 && this.#inputs.has(inputs[0] as string);
    if (config.mask_zero || !(isFirst || readsTokens)) return false;
    if (isFirst) this.#addInput(node, '');
    const [rows, channels] = [config.input_dim, config.output_dim] as [number, number];
    const { length, vocabularySize } = this.sizes;
    if (rows !== vocabularySize) {
      throw new ArtifactFault(
        `its word vectors are for ${JSON.stringify(rows)} words instead of ${vocabularySize}`,
      );
    }
    const vectors = this.#weight(`${name}/embeddings`, [rows, channels]);
    const value = this.#makeValue(length, channels, true, this.#words);
    this.#values.set(name, value);
    this.#steps.push(() => lookUp(vectors, this.#words.tokens, value));
    return true;
  }

  #addLayer(node: LayerNode): boolean {
    const { name, className, config } = node;
    if (!Object.hasOwn(layerKinds, className)) return false;
    if (className === 'Flatten' && isOnlyForDense(this.topology, node)) return true;
    const flattened = className === 'Dense' ? flattenBefore(this.topology, node) : undefined;
    const inputs = (flattened ?? node).inputs.map((input) => this.#values.get(input));
    if (!inputs.every((value) => value !== undefined)) return false;
    const kind = flattened ? denseOverSequence : (layerKinds[className] as LayerKind);
    const layer = kind({
      config,
      inputs: inputs as Value[],
      weight: (weight, shape) => this.#weight(`${name}/${weight}`, shape),
      value: (...shape) => this.#makeValue(...shape),
    });
    if (!layer) return false;
    this.#values.set(name, layer.value);
    this.#steps.push(layer.step);
    return true;
  }

  #makeValue(length: number, channels: number, isSequence: boolean, words?: Words): Value {
    const size = length * channels;
    this.#activations += size;
    if (!(this.#activations <= largestActivations)) {
      throw new ArtifactFault('its layers need too much memory');
    }
    return { data: new Float32Array(size), length, channels, isSequence, first: 0, padded: 0, words };
  }

  #weight(name: string, shape: readonly number[]): Float32Array {
    this.#usedWeights++;
    const given = this.weights.filter((tensor) => tensor.name === name);
    return takeFloats(given, [{ name, shape }])[0] as Float32Array;
  }

  /** Returns the last layer's value. Throws an {@link ArtifactFault} if it has no number for each label, or weights are left. */
  output(): Value {
    const { labelCount } = this.sizes;
    const output = this.#values.get((this.topology.at(-1) as LayerNode).name);
    if (!output || output.isSequence || output.channels !== labelCount || this.#inputs.size !== 1) {
      throw new ArtifactFault(
        `its layers do not lead from tokens to ${labelCount} numbers, one for each label`,
      );
    }
    if (this.#usedWeights !== this.weights.length) {
      throw new ArtifactFault(`it has ${this.weights.length} weights; its layers need ${this.#usedWeights}`);
    }
    return output;
  }

  /** Computes the values of all layers for a text. */
  run(tokens: Int32Array): void {
    this.#words.tokens = tokens;
    for (const step of this.#steps) step();
  }
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
