// Architecture lstm: the original's second network, three LSTM layers of 32 units, the last one's last state → Dense
// softmax. The original drops half of the word vectors' numbers in training; over its two epochs that costs accuracy
// (Keras on the sample, by story: 0.781 instead of 0.791), so it is left out.
import { lstmLayer } from './lstmLayer';
import type { ModelShape, Network } from './network';
import { neuralArchitecture } from './neural';
import { tensorflow } from './tensorflow';

const units = 32;

export const lstmNetwork: Network = {
  meaning: 'lstm reads the words in order, through three LSTM layers without dropout',
  weights: ({ dimensions, labelCount }: ModelShape) => [
    ...[dimensions, units, units].flatMap((size, index) => [
      { name: `lstm_${index + 1}/kernel`, shape: [size, 4 * units] },
      { name: `lstm_${index + 1}/recurrent_kernel`, shape: [units, 4 * units] },
      { name: `lstm_${index + 1}/bias`, shape: [4 * units] },
    ]),
    { name: 'output/kernel', shape: [units, labelCount] },
    { name: 'output/bias', shape: [labelCount] },
  ],
  layers({ labelCount }, seed) {
    const tf = tensorflow();
    return [
      lstmLayer({ units, returnSequences: true, seed: seed + 1 }),
      lstmLayer({ units, returnSequences: true, seed: seed + 2 }),
      lstmLayer({ units, returnSequences: false, seed: seed + 3 }),
      tf.layers.dense({
        units: labelCount,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 4 }),
      }),
    ];
  },
};

export const lstm = neuralArchitecture(lstmNetwork);
