// A network of the user's own that trains in a second. Used by tests only.
import type { Network } from '../model/training/networkFunction';

/** Returns a network whose dense layer has that many units by default. */
export function tinyNetwork(units = 4): Network {
  const source = `export const hyperparameters = { units: ${units}, activation: 'relu' };
export default ({ tf, embedding, labels, hyperparameters }) =>
  tf.sequential({ layers: [
    embedding(),
    tf.layers.globalAveragePooling1d({}),
    tf.layers.dense(hyperparameters),
    tf.layers.dense({ units: labels.length, activation: 'softmax' }),
  ] });
`;
  const code = source.replace('export const hyperparameters', 'exports.hyperparameters');
  return {
    name: 'tiny.ts',
    code: code.replace('export default', 'exports.default ='),
    source,
    hyperparameters: { units, activation: 'relu' },
    summary() {},
  };
}
