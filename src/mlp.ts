// Architecture mlp: the workshop's classic network, Flatten → Dense 32 relu → Dense 32 relu → Dense softmax.
import type { Architecture } from './models';
import { tensorflow } from './tensorflow';

const hiddenUnits = 32;

export const mlp: Architecture = {
  meaning: 'mlp is the workshop’s classic one, two dense layers over the flattened word vectors',
  layers({ labelCount }, seed) {
    const tf = tensorflow();
    const dense = (layer: number, units: number, activation: 'relu' | 'softmax') =>
      tf.layers.dense({
        units,
        activation,
        kernelInitializer: tf.initializers.glorotUniform({ seed: seed + layer }),
      });
    return [
      tf.layers.flatten(),
      dense(1, hiddenUnits, 'relu'),
      dense(2, hiddenUnits, 'relu'),
      dense(3, labelCount, 'softmax'),
    ];
  },
};
