// Architecture mlp: the workshop's classic network, Flatten → Dense 32 relu → Dense 32 relu → Dense softmax.

import { wordVectors } from '../training/startingWeights';
import { neuralArchitecture } from './architecture';
import { denseLayer, denseWeights } from './denseLayer';
import { embeddingGradient, lastTokens, longest, lookUp, paddingIsZero } from './embedding';
import type { Kernels } from './kernels';
import { answerMlp } from './mlpAnswer';
import type { ModelShape, Network } from './network';

const hiddenUnits = 32;

export const mlpNetwork: Network = {
  meaning: 'mlp is the workshop’s classic network, two dense layers over the flattened word vectors',
  weights: ({ vectors, vocabularySize, dimensions, maxLength, labelCount }: ModelShape) => [
    {
      name: 'embedding',
      shape: [vocabularySize, dimensions],
      start: wordVectors,
      isFrozen: vectors === 'pretrained',
    },
    ...denseWeights('hidden_1', maxLength * dimensions, hiddenUnits),
    ...denseWeights('hidden_2', hiddenUnits, hiddenUnits),
    ...denseWeights('output', hiddenUnits, labelCount),
  ],
  forward,
  answer: answerMlp,
};

/**
 * Where padding is a zero vector, only the last positions, up to the longest title of the rows, are computed: all others
 * add nothing to the first layer, and its weights there have no gradient.
 */
function forward(
  kernels: Kernels,
  { vectors, dimensions, maxLength, labelCount }: ModelShape,
  weights: readonly Float32Array[],
  { tokens: all }: Parameters<Network['forward']>[3],
): ReturnType<Network['forward']> {
  const [embedding, kernel1, bias1, kernel2, bias2, kernel3, bias3] = weights as Weights;
  const canTrim = vectors === 'pretrained' && paddingIsZero(embedding, dimensions);
  const length = canTrim ? longest(all) : maxLength;
  const tokens = lastTokens(all, length);
  const { rows } = tokens;
  const inputs = kernels.hold(lookUp(embedding, tokens.indices, dimensions), [rows, length * dimensions]);
  const perPosition = dimensions * hiddenUnits;
  const hidden1 = denseLayer(kernels, inputs, [kernel1.subarray(-length * perPosition), bias1], 'relu');
  const hidden2 = denseLayer(kernels, hidden1.output, [kernel2, bias2], 'relu');
  const output = denseLayer(kernels, hidden2.output, [kernel3, bias3], 'none');
  return {
    logits: kernels.read(output.output),
    gradients(ofLogits) {
      const third = output.backward(kernels.hold(ofLogits, [rows, labelCount]));
      const second = hidden2.backward(third.input());
      const first = hidden1.backward(second.input());
      const positions = Int32Array.from({ length }, (_, position) => maxLength - length + position);
      return [
        ...(vectors === 'trained'
          ? [embeddingGradient(kernels.read(first.input()), tokens.indices, { dimensions })]
          : []),
        { values: first.kernel, rows: positions },
        ...[first.bias, second.kernel, second.bias, third.kernel, third.bias].map((values) => ({ values })),
      ];
    },
  };
}

type Weights = [
  embedding: Float32Array,
  kernel1: Float32Array,
  bias1: Float32Array,
  kernel2: Float32Array,
  bias2: Float32Array,
  kernel3: Float32Array,
  bias3: Float32Array,
];

export const mlp = neuralArchitecture(mlpNetwork);
