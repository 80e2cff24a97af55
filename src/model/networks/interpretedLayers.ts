// Layers that the interpreter knows. A layer computes one text at a time.

import { ArtifactFault } from '../../platform/errors';
import { activations } from './activations';
import type { Settings } from './topology';

/** A layer's output for the text being answered. */
export interface Value {
  /** [positions, channels]; 1 position where there is no sequence. */
  readonly data: Float32Array;
  readonly length: number;
  readonly channels: number;
  readonly isSequence: boolean;
  /** Positions before it have the same numbers as it has, and are not filled in. */
  first: number;
  /** Positions at the start that are as in every text that starts with so much padding. */
  padded: number;
  /** The text's tokens, if the numbers of a position depend on its token alone. */
  readonly words?: Words | undefined;
}

/** The tokens of the text being answered. */
export interface Words {
  tokens: Int32Array;
}

/** Fills in a layer's value from those of its inputs. */
export type Step = () => void;

interface LayerParts {
  readonly config: Settings;
  readonly inputs: readonly Value[];
  /** Returns a weight of the layer. Throws an ArtifactFault if it is missing or has another shape. */
  weight(name: string, shape: readonly number[]): Float32Array;
  /** Makes the layer's value. Throws an ArtifactFault if the values need too much memory. */
  value(length: number, channels: number, isSequence: boolean, words?: Words): Value;
}

/** Returns a layer's value and step, or undefined for settings that are unknown. */
export type LayerKind = (parts: LayerParts) => { value: Value; step: Step } | undefined;

const count = (value: unknown): number => {
  const number = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (Number.isInteger(number) && number > 0) return number;
  throw new ArtifactFault(`its topology has the size ${JSON.stringify(value)?.slice(0, 60)}`);
};

const only = (inputs: readonly Value[]): Value => {
  if (inputs.length === 1) return inputs[0] as Value;
  throw new ArtifactFault('its topology has a layer with another number of inputs');
};

/** Fills in the positions that a value leaves out. */
function fill({ data, channels, first }: Value): void {
  for (let position = 0; position < first; position++) {
    data.copyWithin(position * channels, first * channels, (first + 1) * channels);
  }
}

/** outputs += inputs · kernel [size, units] */
function multiplyAdd(
  inputs: Float32Array,
  { from, size, kernel, at }: { from: number; size: number; kernel: Float32Array; at: number },
  { outputs, to, units }: { outputs: Float32Array; to: number; units: number },
): void {
  // Four inputs at a time, so that outputs are read and written a quarter as often.
  let index = 0;
  for (; index + 3 < size; index += 4) {
    const a = inputs[from + index] as number;
    const b = inputs[from + index + 1] as number;
    const c = inputs[from + index + 2] as number;
    const d = inputs[from + index + 3] as number;
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    const first = at + index * units;
    for (let unit = 0; unit < units; unit++) {
      const place = first + unit;
      outputs[to + unit] =
        (outputs[to + unit] as number) +
        a * (kernel[place] as number) +
        b * (kernel[place + units] as number) +
        c * (kernel[place + 2 * units] as number) +
        d * (kernel[place + 3 * units] as number);
    }
  }
  for (; index < size; index++) {
    const value = inputs[from + index] as number;
    for (let unit = 0; unit < units; unit++) {
      outputs[to + unit] =
        (outputs[to + unit] as number) + value * (kernel[at + index * units + unit] as number);
    }
  }
}

/** Returns the layer's activation, or undefined if it is unknown. */
function activationOf(config: Settings) {
  return Object.hasOwn(activations, String(config.activation ?? 'linear'))
    ? activations[String(config.activation ?? 'linear') as keyof typeof activations]
    : undefined;
}

/** A layer that treats each position alone and keeps its size. */
function positionwise(
  { inputs, value: make }: Pick<LayerParts, 'inputs' | 'value'>,
  apply: (values: Float32Array, channels: number) => void,
) {
  const input = only(inputs);
  const value = make(input.length, input.channels, input.isSequence, input.words);
  const { channels } = input;
  const step = () => {
    value.first = input.first;
    value.padded = input.padded;
    const part = value.data.subarray(value.first * channels);
    part.set(input.data.subarray(input.first * channels));
    apply(part, channels);
  };
  return { value, step };
}

const same: LayerKind = ({ inputs }) => ({ value: only(inputs), step: () => {} });

const dense: LayerKind = ({ config, inputs, weight, value: make }) => {
  const input = only(inputs);
  const { length, channels: size } = input;
  const units = count(config.units);
  const activate = activationOf(config);
  if (!activate) return undefined;
  const kernel = weight('kernel', [size, units]);
  const bias = biasOf(config, weight, units);
  const value = make(length, units, input.isSequence, input.words);
  const step = () => {
    value.first = input.first;
    value.padded = input.padded;
    for (let position = value.first; position < length; position++) {
      const to = position * units;
      value.data.set(bias, to);
      multiplyAdd(
        input.data,
        { from: position * size, size, kernel, at: 0 },
        { outputs: value.data, to, units },
      );
    }
    activate(value.data.subarray(value.first * units), units);
  };
  return { value, step };
};

function biasOf(config: Settings, weight: LayerParts['weight'], units: number): Float32Array {
  return config.use_bias === false ? new Float32Array(units) : weight('bias', [units]);
}

/** A dense layer over a flattened sequence, which is not copied; positions of zeros cost nothing. */
export const denseOverSequence: LayerKind = ({ config, inputs, weight, value: make }) => {
  const input = only(inputs);
  const { length, channels: size, data } = input;
  const units = count(config.units);
  const activate = activationOf(config);
  if (!activate) return undefined;
  const kernel = weight('kernel', [length * size, units]);
  const bias = biasOf(config, weight, units);
  const value = make(1, units, false);
  const output = { outputs: value.data, to: 0, units };
  const step = () => {
    value.data.set(bias);
    const { first } = input;
    const isZero = data.subarray(first * size, (first + 1) * size).every((number) => number === 0);
    for (let position = isZero ? first : 0; position < length; position++) {
      const from = Math.max(position, first) * size;
      multiplyAdd(data, { from, size, kernel, at: position * size * units }, output);
    }
    activate(value.data, units);
  };
  return { value, step };
};

const flatten: LayerKind = ({ inputs, value: make }) => {
  const input = only(inputs);
  const value = make(1, input.length * input.channels, false);
  const step = () => {
    fill(input);
    value.data.set(input.data);
  };
  return { value, step };
};

const conv1d: LayerKind = ({ config, inputs, weight, value: make }) => {
  const input = only(inputs);
  const { length, channels: size } = input;
  const activate = activationOf(config);
  const isSame = config.padding === 'same';
  if (!activate || !input.isSequence || (!isSame && config.padding !== 'valid')) return undefined;
  if ((config.data_format ?? 'channels_last') !== 'channels_last') return undefined;
  const [filters, width] = [count(config.filters), count(config.kernel_size)];
  const [stride, dilation] = [count(config.strides ?? 1), count(config.dilation_rate ?? 1)];
  const kernel = weight('kernel', [width, size, filters]);
  const bias = biasOf(config, weight, filters);
  const { before, outputs } = windows(length, { reach: (width - 1) * dilation + 1, stride, isSame });
  const value = make(outputs, filters, true);
  const sharesOf = wordShares(input, kernel, { width, filters });
  const step = () => {
    value.first = firstWindow(input.first, { reach: (width - 1) * dilation, stride, isSame });
    for (let position = value.first; position < outputs; position++) {
      const to = position * filters;
      value.data.set(bias, to);
      for (let offset = 0; offset < width; offset++) {
        const place = position * stride - before + offset * dilation;
        if (place < 0 || place >= length) continue;
        const at = Math.max(place, input.first);
        const shares = sharesOf?.(at);
        if (shares) addPart(shares, offset * filters, { outputs: value.data, to, units: filters });
        else {
          const part = { from: at * size, size, kernel, at: offset * size * filters };
          multiplyAdd(input.data, part, { outputs: value.data, to, units: filters });
        }
      }
    }
    activate(value.data.subarray(value.first * filters), filters);
  };
  return { value, step };
};

/** Numbers that a layer may remember about words. */
const mostRemembered = 2 ** 23;

/**
 * Returns a function from a position to what its word adds to every filter at every offset, [width, filters], which is
 * computed once for each word; undefined if a position's numbers do not depend on its word alone.
 */
function wordShares(
  { words, data, channels: size }: Value,
  kernel: Float32Array,
  { width, filters }: { width: number; filters: number },
): ((position: number) => Float32Array) | undefined {
  if (!words) return undefined;
  const known = new Map<number, Float32Array>();
  return (position) => {
    const token = words.tokens[position] as number;
    const found = known.get(token);
    if (found) return found;
    if ((known.size + 1) * width * filters > mostRemembered) known.clear();
    const shares = new Float32Array(width * filters);
    for (let offset = 0; offset < width; offset++) {
      const part = { from: position * size, size, kernel, at: offset * size * filters };
      multiplyAdd(data, part, { outputs: shares, to: offset * filters, units: filters });
    }
    known.set(token, shares);
    return shares;
  };
}

function addPart(
  from: Float32Array,
  start: number,
  { outputs, to, units }: { outputs: Float32Array; to: number; units: number },
): void {
  for (let unit = 0; unit < units; unit++) {
    outputs[to + unit] = (outputs[to + unit] as number) + (from[start + unit] as number);
  }
}

/** Returns how many windows there are, and how many positions before the first the first one begins. */
function windows(
  length: number,
  { reach, stride, isSame }: { reach: number; stride: number; isSame: boolean },
): { before: number; outputs: number } {
  const outputs = isSame ? Math.ceil(length / stride) : Math.floor((length - reach) / stride) + 1;
  if (outputs < 1) throw new ArtifactFault('its topology has a window that is longer than a text');
  const missing = isSame ? Math.max(0, (outputs - 1) * stride + reach - length) : 0;
  return { before: Math.floor(missing / 2), outputs };
}

/** Returns the last window that lies in the equal positions altogether. @param reach from a window's first position to its last */
function firstWindow(
  first: number,
  { reach, stride, isSame }: { reach: number; stride: number; isSame: boolean },
): number {
  return isSame ? 0 : Math.max(0, Math.floor((first - reach) / stride));
}

/** Padding before a text leads to the same states in every text, so they are remembered. */
const lstm: LayerKind = ({ config, inputs, weight, value: make }) => {
  const input = only(inputs);
  const { length, channels: size, data } = input;
  const units = count(config.units);
  const activate = activationOf(config);
  const open = activationOf({ activation: config.recurrent_activation });
  const isOff = ['go_backwards', 'stateful', 'return_state'].every((name) => !config[name]);
  if (!activate || !open || !isOff || config.use_bias !== true || !input.isSequence) return undefined;
  const kernel = weight('kernel', [size, 4 * units]);
  const recurrent = weight('recurrent_kernel', [units, 4 * units]);
  const bias = weight('bias', [4 * units]);
  const isWhole = config.return_sequences === true;
  const value = make(isWhole ? length : 1, units, isWhole);
  const gates = { outputs: new Float32Array(4 * units), to: 0, units: 4 * units };
  const [inputGate, forgetGate, cellGate, outputGate] = [0, 1, 2, 3].map((gate) =>
    gates.outputs.subarray(gate * units, (gate + 1) * units),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const advance = (state: Float32Array, cell: Float32Array, position: number) => {
    gates.outputs.set(bias);
    const from = Math.max(position, input.first) * size;
    multiplyAdd(data, { from, size, kernel, at: 0 }, gates);
    multiplyAdd(state, { from: 0, size: units, kernel: recurrent, at: 0 }, gates);
    for (const gate of [inputGate, forgetGate, outputGate]) open(gate, units);
    activate(cellGate, units);
    for (let unit = 0; unit < units; unit++) {
      const kept = (forgetGate[unit] as number) * (cell[unit] as number);
      cell[unit] = kept + (inputGate[unit] as number) * (cellGate[unit] as number);
    }
    state.set(cell);
    activate(state, units);
    for (let unit = 0; unit < units; unit++) {
      state[unit] = (state[unit] as number) * (outputGate[unit] as number);
    }
  };
  /** States and cells after so many positions of padding. */
  const padding = [{ state: new Float32Array(units), cell: new Float32Array(units) }];
  const step = () => {
    value.padded = isWhole ? input.padded : 0;
    for (let known = padding.length - 1; known < input.padded; known++) {
      const before = padding[known] as (typeof padding)[0];
      const [state, cell] = [before.state.slice(), before.cell.slice()];
      advance(state, cell, known);
      padding.push({ state, cell });
    }
    for (let at = 0; isWhole && at < input.padded; at++) {
      value.data.set((padding[at + 1] as (typeof padding)[0]).state, at * units);
    }
    const start = padding[input.padded] as (typeof padding)[0];
    const [state, cell] = [start.state.slice(), start.cell.slice()];
    for (let position = input.padded; position < length; position++) {
      advance(state, cell, position);
      if (isWhole) value.data.set(state, position * units);
    }
    if (!isWhole) value.data.set(state);
  };
  return { value, step };
};

function globalPooling(isAverage: boolean): LayerKind {
  return ({ inputs, value: make }) => {
    const input = only(inputs);
    const { data, length, channels } = input;
    if (!input.isSequence) return undefined;
    const value = make(1, channels, false);
    const step = () => {
      for (let channel = 0; channel < channels; channel++) {
        const start = data[input.first * channels + channel] as number;
        let result = isAverage ? start * (input.first + 1) : start;
        for (let at = (input.first + 1) * channels + channel; at < data.length; at += channels) {
          const next = data[at] as number;
          result = isAverage ? result + next : Math.max(result, next);
        }
        value.data[channel] = isAverage ? result / length : result;
      }
    };
    return { value, step };
  };
}

function pooling(isAverage: boolean): LayerKind {
  return ({ config, inputs, value: make }) => {
    const input = only(inputs);
    const { data, length, channels } = input;
    const isSame = config.padding === 'same';
    if (!input.isSequence || (!isSame && config.padding !== 'valid')) return undefined;
    const size = count(config.pool_size);
    const stride = count(config.strides ?? size);
    const { before, outputs } = windows(length, { reach: size, stride, isSame });
    const value = make(outputs, channels, true);
    const step = () => {
      value.first = firstWindow(input.first, { reach: size - 1, stride, isSame });
      for (let position = value.first; position < outputs; position++) {
        const start = Math.max(0, position * stride - before);
        const end = Math.min(length, position * stride - before + size);
        for (let channel = 0; channel < channels; channel++) {
          let result = isAverage ? 0 : -Infinity;
          for (let at = start; at < end; at++) {
            const next = data[Math.max(at, input.first) * channels + channel] as number;
            result = isAverage ? result + next : Math.max(result, next);
          }
          value.data[position * channels + channel] = isAverage ? result / (end - start) : result;
        }
      }
    };
    return { value, step };
  };
}

const batchNormalization: LayerKind = ({ config, inputs, weight, value }) => {
  const input = only(inputs);
  const shape = [input.channels];
  const { epsilon, axis = -1 } = config;
  if (axis !== -1 && axis !== (input.isSequence ? 2 : 1)) return undefined;
  if (typeof epsilon !== 'number' || !(epsilon > 0)) return undefined;
  const gamma = config.scale === false ? undefined : weight('gamma', shape);
  const beta = config.center === false ? undefined : weight('beta', shape);
  const mean = weight('moving_mean', shape);
  const factors = weight('moving_variance', shape).map(
    (variance, index) => (gamma?.[index] ?? 1) / Math.sqrt(variance + epsilon),
  );
  return positionwise({ inputs, value }, (values, channels) => {
    for (let at = 0; at < values.length; at++) {
      const channel = at % channels;
      const difference = (values[at] as number) - (mean[channel] as number);
      values[at] = difference * (factors[channel] as number) + (beta?.[channel] ?? 0);
    }
  });
};

function merge(combine: (a: number, b: number) => number, isAverage = false): LayerKind {
  return ({ inputs, value: make }) => {
    const [one, ...others] = inputs;
    if (!one || others.length === 0) return undefined;
    const { length, channels, isSequence } = one;
    const isEqual = (other: Value) =>
      other.length === length && other.channels === channels && other.isSequence === isSequence;
    if (!others.every(isEqual)) return undefined;
    const value = make(length, channels, isSequence);
    const step = () => {
      value.first = Math.min(...inputs.map(({ first }) => first));
      for (const input of inputs) fill(input);
      for (let at = value.first * channels; at < value.data.length; at++) {
        let result = one.data[at] as number;
        for (const { data } of others) result = combine(result, data[at] as number);
        value.data[at] = isAverage ? result / inputs.length : result;
      }
    };
    return { value, step };
  };
}

const concatenate: LayerKind = ({ config, inputs, value: make }) => {
  const [one] = inputs;
  if (!one || inputs.length < 2) return undefined;
  const { length, isSequence } = one;
  const axis = config.axis ?? -1;
  if (axis !== -1 && axis !== (isSequence ? 2 : 1)) return undefined;
  if (!inputs.every((input) => input.length === length && input.isSequence === isSequence)) return undefined;
  const channels = inputs.reduce((sum, input) => sum + input.channels, 0);
  const words = inputs.every((input) => input.words === one.words) ? one.words : undefined;
  const value = make(length, channels, isSequence, words);
  const step = () => {
    value.first = Math.min(...inputs.map(({ first }) => first));
    value.padded = Math.min(...inputs.map(({ padded }) => padded));
    let to = 0;
    for (const { data, channels: size, first } of inputs) {
      for (let position = value.first; position < length; position++) {
        const from = Math.max(position, first) * size;
        for (let at = 0; at < size; at++) {
          value.data[position * channels + to + at] = data[from + at] as number;
        }
      }
      to += size;
    }
  };
  return { value, step };
};

const activation: LayerKind = ({ config, ...parts }) => {
  const activate = activationOf(config);
  return activate && positionwise(parts, activate);
};

/** Every layer that the interpreter knows besides InputLayer and Embedding. */
export const layerKinds: Readonly<Record<string, LayerKind>> = {
  Dropout: same,
  SpatialDropout1D: same,
  GaussianNoise: same,
  GaussianDropout: same,
  AlphaDropout: same,
  Dense: dense,
  Flatten: flatten,
  Conv1D: conv1d,
  LSTM: lstm,
  GlobalAveragePooling1D: globalPooling(true),
  GlobalMaxPooling1D: globalPooling(false),
  AveragePooling1D: pooling(true),
  MaxPooling1D: pooling(false),
  BatchNormalization: batchNormalization,
  Activation: activation,
  Softmax: ({ config, inputs, value }) => {
    const axis = config.axis ?? 1;
    const isLast = axis === -1 || axis === (only(inputs).isSequence ? 2 : 1);
    return isLast ? positionwise({ inputs, value }, activations.softmax) : undefined;
  },
  ReLU: ({ config, inputs, value }) =>
    (config.max_value ?? null) === null ? positionwise({ inputs, value }, activations.relu) : undefined,
  Add: merge((a, b) => a + b),
  Average: merge((a, b) => a + b, true),
  Multiply: merge((a, b) => a * b),
  Maximum: merge(Math.max),
  Minimum: merge(Math.min),
  Concatenate: concatenate,
};
