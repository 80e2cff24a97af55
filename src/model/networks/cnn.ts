// Architecture cnn: Kim's network (“Convolutional Neural Networks for Sentence Classification”, 2014), which reads 3, 4 and
// 5 words at a time. Where word vectors are pretrained, each word has two: one that training tunes, and one that stays.

import type { SymbolicTensor } from '@tensorflow/tfjs-node';
import type { NetworkFunction } from '../training/networkFunction';
import { networkArchitecture } from './trainNetwork';

const widths = [3, 4, 5];

export const cnnNetwork: NetworkFunction<{ dropout: number }> = ({
  tf,
  embedding,
  labels,
  vectors,
  ...parts
}) => {
  const { dropout: rate } = parts.hyperparameters;
  const tokens = tf.input({ shape: [null], dtype: 'int32' });
  const tuned = embedding({ trainable: true }).apply(tokens) as SymbolicTensor;
  const frozen = () => embedding({ name: 'frozen_embedding' }).apply(tokens) as SymbolicTensor;
  const words = vectors === 'pretrained' ? tf.layers.concatenate().apply([tuned, frozen()]) : tuned;
  const largest = widths.map((kernelSize) => {
    const name = `convolution_${kernelSize}`;
    const filters = tf.layers.conv1d({ name, filters: 100, kernelSize, activation: 'relu' }).apply(words);
    return tf.layers.globalMaxPooling1d({}).apply(filters) as SymbolicTensor;
  });
  const features = tf.layers.dropout({ rate }).apply(tf.layers.concatenate().apply(largest));
  const output = tf.layers.dense({ name: 'output', units: labels.length, activation: 'softmax' });
  return tf.model({ inputs: tokens, outputs: output.apply(features) as SymbolicTensor });
};

export const cnn = networkArchitecture({
  meaning: 'cnn reads 3, 4 and 5 words at a time, and tunes the word vectors',
  defaults: { epochs: 5, batch_size: 64 },
  make: cnnNetwork as NetworkFunction,
  padding: Math.max(...widths),
});
