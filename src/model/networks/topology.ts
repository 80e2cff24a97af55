// The layers of an artifact as JSON in Keras' format, checked before anything is built from them.

import { ArtifactFault } from '../../platform/errors';

export type Settings = Readonly<Record<string, unknown>>;

/** A layer with the layers that it reads. */
export interface LayerNode {
  readonly name: string;
  readonly className: string;
  readonly config: Settings;
  readonly inputs: readonly string[];
}

/** Layers in an order in which each comes after those that it reads; the last one's output is the network's. */
export type Topology = readonly LayerNode[];

const limits = { values: 50_000, depth: 24, layers: 500, text: 200, number: 2 ** 31 };

const inert = new Set([
  ...['Dropout', 'SpatialDropout1D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'Masking'],
  ...['InputLayer', 'Embedding', 'Dense', 'Activation', 'Flatten', 'Reshape', 'Permute', 'RepeatVector'],
  ...['ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax'],
  ...['Add', 'Average', 'Concatenate', 'Maximum', 'Minimum', 'Multiply', 'Dot'],
  ...['BatchNormalization', 'LayerNormalization', 'ZeroPadding2D'],
  ...['Conv1D', 'Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'Cropping2D', 'UpSampling2D'],
  ...['AveragePooling1D', 'AveragePooling2D', 'MaxPooling1D', 'MaxPooling2D'],
  ...['GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D'],
  ...['SimpleRNN', 'GRU', 'LSTM', 'SimpleRNNCell', 'GRUCell', 'LSTMCell', 'RNN', 'StackedRNNCells'],
  ...['Bidirectional', 'TimeDistributed', 'Sequential', 'Model', 'Functional'],
]);
const models = new Set(['Sequential', 'Model', 'Functional']);
const known = new Set(['class_name', 'config', 'keras_version', 'backend', 'name']);

/** Whether tf.layers has a layer of this name that an artifact may use. None of them holds code. */
function isKnownLayer(className: unknown): boolean {
  return typeof className === 'string' && inert.has(className);
}

/** Reads a topology. Throws an {@link ArtifactFault} if its layers are unknown, too many, or read each other in a circle. */
export function readTopology(json: unknown): Topology {
  checkSize(json);
  const other = Object.keys(asSettings(json, 'model')).find((key) => !known.has(key));
  // tf.layers would build a model_config instead.
  if (other !== undefined) throw new ArtifactFault(`its topology contains a value named ${other}`);
  return readModel(json);
}

/** Throws unless the JSON is small and its numbers and names are ordinary. */
function checkSize(json: unknown): void {
  let values = 0;
  const visit = (value: unknown, depth: number): void => {
    if (++values > limits.values || depth > limits.depth)
      throw new ArtifactFault('its topology is too large');
    if (typeof value === 'number' && !(Math.abs(value) <= limits.number)) {
      throw new ArtifactFault(`its topology contains the number ${value}`);
    }
    if (typeof value === 'string' && value.length > limits.text) {
      throw new ArtifactFault('its topology contains a text that is too long');
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      // tf.layers reads inbound__nodes and inboundNodes as inbound_nodes.
      const isPlain = Array.isArray(value) || /^[a-z0-9]+(_[a-z0-9]+)*$/.test(key);
      if (key in {} || !isPlain) throw new ArtifactFault(`its topology contains a value named ${key}`);
      visit(inner, depth + 1);
    }
  };
  visit(json, 0);
}

function readModel(json: unknown): Topology {
  const { class_name: className, config } = asSettings(json, 'model');
  if (!models.has(className as string)) throw new ArtifactFault('its topology is not that of a model');
  const isSequential = className === 'Sequential';
  const layers = Array.isArray(config) ? config : asSettings(config, 'model').layers;
  if (!Array.isArray(layers) || layers.length === 0 || layers.length > limits.layers) {
    throw new ArtifactFault(`its topology does not have 1 to ${limits.layers} layers`);
  }
  const nodes = layers.map((layer, index) => readLayer(layer, isSequential ? layers[index - 1] : undefined));
  if (new Set(nodes.map(({ name }) => name)).size < nodes.length) {
    throw new ArtifactFault('its topology has two layers of the same name');
  }
  return isSequential ? nodes : inOrder(nodes, outputName(asSettings(config, 'model')));
}

/** @param before the layer before it in a Sequential model */
function readLayer(json: unknown, before: unknown): LayerNode {
  const { name: given, class_name: className, config, inbound_nodes: inbound } = asSettings(json, 'layer');
  if (!isKnownLayer(className)) {
    throw new ArtifactFault(`its topology has a layer ${JSON.stringify(className)}, which is unknown`);
  }
  const settings = asSettings(config, 'layer');
  if (models.has(className as string)) readModel(json);
  for (const key of ['layer', 'cell']) if (key in settings) readLayer(settings[key], undefined);
  if (Array.isArray(settings.cells)) for (const cell of settings.cells) readLayer(cell, undefined);
  const name = nameOf(settings);
  // tf.layers links layers by the one name and sets their weights by the other.
  if (given !== name && (given !== undefined || inbound !== undefined)) {
    throw new ArtifactFault(`its topology has two names for the layer ${name}`);
  }
  const inputs =
    before === undefined ? readInbound(inbound, name) : [nameOf(asSettings(before, 'layer').config)];
  return { name, className: className as string, config: settings, inputs };
}

function nameOf(config: unknown): string {
  const { name } = asSettings(config, 'layer');
  if (typeof name === 'string' && name !== '') return name;
  throw new ArtifactFault('its topology has a layer without a name');
}

/** Returns the names of the layers that a layer reads. Each layer is used once. */
function readInbound(inbound: unknown, name: string): string[] {
  if (inbound === undefined) return [];
  if (!Array.isArray(inbound) || inbound.length > 1) {
    throw new ArtifactFault(`its topology uses the layer ${name} more than once`);
  }
  const links = inbound[0] ?? [];
  if (!Array.isArray(links)) throw new ArtifactFault('its topology has a link that is not a list');
  return links.map(linkName);
}

function linkName(link: unknown): string {
  if (Array.isArray(link) && typeof link[0] === 'string' && link[1] === 0 && link[2] === 0) return link[0];
  throw new ArtifactFault(`its topology has the link ${JSON.stringify(link)?.slice(0, 60)}`);
}

function outputName(config: Settings): string {
  const { input_layers: inputs, output_layers: outputs } = config;
  for (const links of [inputs, outputs]) {
    if (!Array.isArray(links) || links.length !== 1) {
      throw new ArtifactFault('its topology does not have one input and one output');
    }
    linkName(links[0]);
  }
  return linkName((outputs as unknown[])[0]);
}

/** Sorts the layers that the output needs; the others may not exist. */
function inOrder(nodes: readonly LayerNode[], output: string): Topology {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sorted = new Set<LayerNode>();
  const visit = (name: string, open: ReadonlySet<string>): void => {
    const node = byName.get(name);
    if (!node || open.has(name)) throw new ArtifactFault(`its topology cannot link to the layer ${name}`);
    if (sorted.has(node)) return;
    for (const input of node.inputs) visit(input, new Set([...open, name]));
    sorted.add(node);
  };
  visit(output, new Set());
  if (sorted.size < nodes.length) throw new ArtifactFault('its topology has layers that lead nowhere');
  return [...sorted];
}

/** Whether a network ends in logits rather than in probabilities. Throws an {@link ArtifactFault} if it ends in neither. */
export function endsInLogits(topology: Topology): boolean {
  const { className, config } = topology.at(-1) as LayerNode;
  const activation = className === 'Softmax' ? 'softmax' : config.activation;
  if (activation === 'softmax' || activation === 'linear') return activation === 'linear';
  throw new ArtifactFault(`its last layer ends in ${String(activation)} instead of softmax or linear`);
}

function asSettings(value: unknown, kind: string): Settings {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings;
  throw new ArtifactFault(`its topology has a ${kind} that is not an object`);
}
