// Architecture mlp: the workshop's classic network, Flatten → Dense 32 relu → Dense 32 relu → Dense softmax.
import { answerMlp } from './mlpAnswer';
import type { ModelShape, Network } from './network';
import { neuralArchitecture } from './neural';
import { tensorflow } from './tensorflow';

const hiddenUnits = 32;

function dense(name: string, inputs: number, units: number) {
  return [
    { name: `${name}/kernel`, shape: [inputs, units] },
    { name: `${name}/bias`, shape: [units] },
  ];
}

export const mlpNetwork: Network = {
  meaning: 'mlp is the workshop’s classic one, two dense layers over the flattened word vectors',
  weights: ({ maxLength, dimensions, labelCount }: ModelShape) => [
    ...dense('hidden_1', maxLength * dimensions, hiddenUnits),
    ...dense('hidden_2', hiddenUnits, hiddenUnits),
    ...dense('output', hiddenUnits, labelCount),
  ],
  layers({ labelCount }, seed) {
    const tf = tensorflow();
    const layer = (index: number, units: number, activation: 'relu' | 'softmax') =>
      tf.layers.dense({
        units,
        activation,
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + index }),
      });
    return [
      tf.layers.flatten(),
      layer(1, hiddenUnits, 'relu'),
      layer(2, hiddenUnits, 'relu'),
      layer(3, labelCount, 'softmax'),
    ];
  },
  answer: answerMlp,
};

export const mlp = neuralArchitecture(mlpNetwork);
