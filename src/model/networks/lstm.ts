// Architecture lstm: the original's second network, which reads the words in order. The original drops half of the word
// vectors' numbers in training; over its two epochs that costs accuracy (Keras on the sample, by story: 0.781 instead of
// 0.791), so it is left out.

import type { NetworkFunction } from '../training/networkFunction';
import { networkArchitecture } from './trainNetwork';

export const lstmNetwork: NetworkFunction = ({ tf, embedding, labels }) => {
  // Keras' settings, which are not the defaults of tf.layers.
  const units = { units: 32, recurrentActivation: 'sigmoid', unitForgetBias: true } as const;
  return tf.sequential({
    layers: [
      embedding(),
      tf.layers.lstm({ name: 'lstm_1', ...units, returnSequences: true }),
      tf.layers.lstm({ name: 'lstm_2', ...units, returnSequences: true }),
      tf.layers.lstm({ name: 'lstm_3', ...units }),
      tf.layers.dense({ name: 'output', units: labels.length, activation: 'softmax' }),
    ],
  });
};

export const lstm = networkArchitecture({
  meaning: 'lstm reads the words in order, through three LSTM layers without dropout',
  make: lstmNetwork,
});
