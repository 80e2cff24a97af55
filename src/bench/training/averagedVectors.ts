// A network of the reader's own, as docs/own-network.md has it: the mean of trained word vectors, and two dense layers.
import type { LoadedNetwork, NetworkFunction } from '../../model/training/networkFunction';

const make: NetworkFunction = ({ tf, embedding, labels }) =>
  tf.sequential({
    layers: [
      embedding({ trainable: true }),
      tf.layers.globalAveragePooling1d({}),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 32, activation: 'relu' }),
      tf.layers.dense({ units: labels.length, activation: 'softmax' }),
    ],
  });

export const averagedVectors: LoadedNetwork = { make: make as LoadedNetwork['make'], hyperparameters: {} };

/** As the page recommends. */
export const averagedSettings = { epochs: 3, max_length: 24, optimizer: 'adam' };
