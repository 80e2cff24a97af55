// Architecture lstm: the original's second network, three LSTM layers of 32 units, the last one's last state → Dense
// softmax. The original drops half of the word vectors' numbers in training; over its two epochs that costs accuracy
// (Keras on the sample, by story: 0.781 instead of 0.791), so it is left out.

import { wordVectors } from '../training/startingWeights';
import { neuralArchitecture } from './architecture';
import { denseLayer, denseWeights } from './denseLayer';
import { embeddingGradient, lastTokens, longest, lookUp, timeMajor } from './embedding';
import type { Kernels } from './kernels';
import { join, type LstmPass, type LstmState, type LstmWeights, lstmLayer, lstmWeights } from './lstmLayer';
import type { ModelShape, Network } from './network';
import type { Gradient } from './rmsprop';

const units = 32;
const layers = [0, 1, 2] as const;

export const lstmNetwork: Network = {
  meaning: 'lstm reads the words in order, through three LSTM layers without dropout',
  weights: ({ vectors, vocabularySize, dimensions, labelCount }: ModelShape) => [
    {
      name: 'embedding',
      shape: [vocabularySize, dimensions],
      start: wordVectors,
      isFrozen: vectors === 'pretrained',
    },
    ...layers.flatMap((layer) => lstmWeights(`lstm_${layer + 1}`, layer === 0 ? dimensions : units, units)),
    ...denseWeights('output', units, labelCount),
  ],
  forward,
};

/**
 * The positions before the longest title of a batch are padding in every row. So they are computed for one row, and all
 * rows continue from its state.
 */
function forward(
  kernels: Kernels,
  { vectors, dimensions, maxLength, labelCount }: ModelShape,
  weights: readonly Float32Array[],
  { tokens: all }: Parameters<Network['forward']>[3],
): ReturnType<Network['forward']> {
  const [embedding] = weights as [Float32Array];
  const tokens = lastTokens(all, longest(all));
  const { rows, length } = tokens;
  const ofLayer = (layer: number) => weights.slice(1 + 3 * layer, 4 + 3 * layer) as unknown as LstmWeights;
  const padding = { indices: new Int32Array(maxLength - length), rows: 1, length: maxLength - length };

  const before = padding.length > 0 ? passLayers(padding) : [];
  const passes = passLayers(tokens, before);
  const last = (passes[2] as LstmPass).last().states;
  const [kernel, bias] = weights.slice(-2) as [Float32Array, Float32Array];
  const output = denseLayer(kernels, kernels.hold(last, [rows, units]), [kernel, bias], 'none');

  function passLayers(given: typeof tokens, earlier: readonly LstmPass[] = []): LstmPass[] {
    const looked = lookUp(embedding, timeMajor(given), dimensions);
    let input = kernels.hold(looked, [given.length, given.rows, dimensions]);
    return layers.map((layer) => {
      const start = earlier[layer] && forEachRow(earlier[layer].last(), given.rows);
      const pass = lstmLayer(kernels, input, ofLayer(layer), start);
      input = pass.states;
      return pass;
    });
  }

  function gradients(ofLogits: Float32Array): Gradient[] {
    const dense = output.backward(kernels.hold(ofLogits, [rows, labelCount]));
    let ofStates: Float32Array = new Float32Array(length * rows * units);
    ofStates.set(kernels.read(dense.input()), ofStates.length - rows * units);
    let ofStatesBefore: Float32Array = new Float32Array(padding.length * units);
    const ofWeights: Float32Array[][] = [];
    for (const layer of [2, 1, 0] as const) {
      const { weights: main, start, input } = (passes[layer] as LstmPass).backward(ofStates);
      const earlier = before[layer];
      if (earlier) {
        addTo(ofStatesBefore.subarray(-units), sumOfRows(start.states));
        const { weights: more, input: inputBefore } = earlier.backward(
          ofStatesBefore,
          sumOfRows(start.cells),
        );
        main.forEach((gradient, index) => {
          addTo(gradient, more[index] as Float32Array);
        });
        ofStatesBefore = layer > 0 || vectors === 'trained' ? inputBefore() : ofStatesBefore;
      }
      ofWeights.unshift(main);
      ofStates = layer > 0 || vectors === 'trained' ? input() : ofStates;
    }
    return [
      ...(vectors === 'trained' ? [ofEmbedding(ofStates, ofStatesBefore)] : []),
      ...[...ofWeights.flat(), dense.kernel, dense.bias].map((values) => ({ values })),
    ];
  }

  /** From the gradients of the vectors of tokens [length, rows, dimensions] and of padding [length, dimensions]. */
  function ofEmbedding(ofTokens: Float32Array, ofPadding: Float32Array): Gradient {
    const indices = new Int32Array(tokens.indices.length + padding.length);
    indices.set(timeMajor(tokens));
    return embeddingGradient(join(ofTokens, ofPadding), indices, { dimensions });
  }

  return { logits: kernels.read(output.output), gradients };
}

function forEachRow({ cells, states }: LstmState, rows: number): LstmState {
  const repeat = (values: Float32Array) =>
    Float32Array.from({ length: rows * values.length }, (_, at) => values[at % values.length] as number);
  return { cells: repeat(cells), states: repeat(states) };
}

function sumOfRows(values: Float32Array): Float32Array {
  const sums = new Float32Array(units);
  values.forEach((value, at) => {
    sums[at % units] = (sums[at % units] as number) + value;
  });
  return sums;
}

function addTo(sums: Float32Array, values: Float32Array): void {
  for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] as number) + (values[at] as number);
}

export const lstm = neuralArchitecture(lstmNetwork);
