// Architecture mlp: the workshop's classic network, two dense layers over the word vectors of all positions.

import type { NetworkFunction } from '../training/networkFunction';
import { networkArchitecture } from './trainNetwork';

export const mlpNetwork: NetworkFunction = ({ tf, embedding, labels }) =>
  tf.sequential({
    layers: [
      embedding(),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'hidden_1', units: 32, activation: 'relu' }),
      tf.layers.dense({ name: 'hidden_2', units: 32, activation: 'relu' }),
      tf.layers.dense({ name: 'output', units: labels.length, activation: 'softmax' }),
    ],
  });

export const mlp = networkArchitecture({
  meaning: 'mlp is the workshop’s classic network, two dense layers over the flattened word vectors',
  make: mlpNetwork,
});
