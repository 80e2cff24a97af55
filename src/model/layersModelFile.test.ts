// Models that go to TensorFlow.js and come back. TensorFlow's own loadLayersModel() and model.save() are the oracle.
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-node';
import { assertClose, createHeadlines, temporaryFolder, topicVectors, userError } from '../testing/folders';
import { createEncoder } from '../text/vocabulary';
import { loadArtifact, saveArtifact } from './artifact';
import { parseHyperparameters } from './hyperparameters';
import { exportLayersModel, importLayersModel } from './layersModelFile';
import { trainClassifier } from './train';
import type { Classifier } from './training/classifier';
import type { LoadedNetwork, NetworkFunction } from './training/networkFunction';

const titles = ['', ...createHeadlines(20, 3).map(({ title }) => title)];
const rows = { training: createHeadlines(60), validation: [] };
const words = [...new Set(rows.training.flatMap(({ title }) => title.toLowerCase().split(' ')))];

const branches: NetworkFunction = ({ tf, embedding, labels }) => {
  const tokens = tf.input({ shape: [null], dtype: 'int32' });
  const vectors = embedding({ trainable: true }).apply(tokens) as tf.SymbolicTensor;
  const gru = tf.layers.gru({ units: 3 });
  const both = tf.layers.bidirectional({ layer: gru as never, mergeMode: 'concat' }).apply(vectors);
  const mean = tf.layers.globalAveragePooling1d({}).apply(tf.layers.batchNormalization().apply(vectors));
  const joined = tf.layers.concatenate().apply([both, mean] as tf.SymbolicTensor[]);
  const logits = tf.layers.dense({ units: labels.length }).apply(joined) as tf.SymbolicTensor;
  return tf.model({ inputs: tokens, outputs: logits });
};
const networks: Record<string, LoadedNetwork | undefined> = {
  mlp: undefined,
  lstm: undefined,
  cnn: undefined,
  own: { make: branches as LoadedNetwork['make'], hyperparameters: {} },
};

for (const [architecture, network] of Object.entries(networks)) {
  test(`${architecture} answers the same in TensorFlow.js, and again when it comes back`, async (t) => {
    const folder = await temporaryFolder(t);
    const [artifact, exported, imported] = ['artifact', 'exported', 'imported'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const settings = parseHyperparameters({ architecture, epochs: 1, vocabulary_size: 20, max_length: 6 });
    const classifier = await trainClassifier(rows, settings, {
      vectors: topicVectors,
      ...(network && { network }),
    });
    await saveArtifact(classifier, artifact);
    await exportLayersModel(artifact, exported);

    const model = await tf.loadLayersModel(`file://${join(exported, 'model.json')}`);
    const { labels, vocabulary } = model.getUserDefinedMetadata() as {
      labels: string[];
      vocabulary: string[];
    };
    assert.deepEqual(labels, classifier.description.labels);
    const values = predict(model, vocabulary);
    const probabilities = architecture === 'own' ? tf.softmax(values) : values;
    assertClose(probabilitiesOf(classifier), probabilities.arraySync() as number[][], 1e-6);

    const back = await importLayersModel(exported, imported);
    assert.equal(back.description.architecture, 'own');
    assert.deepEqual(back.predict(titles), (await loadArtifact(artifact)).predict(titles));
  });
}

test('a model that TensorFlow.js has saved is served once it has labels and a vocabulary', async (t) => {
  const folder = await temporaryFolder(t);
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: words.length + 1, outputDim: 3, inputLength: 7 }),
      tf.layers.simpleRNN({ units: 4 }),
      tf.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  await model.save(`file://${folder}/model`);
  const place = [`${folder}/model`, `${folder}/artifact`] as const;
  await assert.rejects(importLayersModel(...place), userError('model.json', 'pass { labels, vocabulary }'));
  const classifier = await importLayersModel(...place, { labels: ['b', 't'], vocabulary: words });
  assertClose(probabilitiesOf(classifier), predict(model, words, 7).arraySync() as number[][], 1e-6);
});

test('a model within a model comes back, too', async (t) => {
  const folder = await temporaryFolder(t);
  const inner = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: words.length + 1, outputDim: 3, inputLength: 7 }),
      tf.layers.globalMaxPooling1d({}),
    ],
  });
  const model = tf.sequential({ layers: [inner, tf.layers.dense({ units: 2, activation: 'softmax' })] });
  await model.save(`file://${folder}/model`);
  const metadata = { labels: ['b', 't'], vocabulary: words };
  const classifier = await importLayersModel(`${folder}/model`, `${folder}/artifact`, metadata);
  assertClose(probabilitiesOf(classifier), predict(model, words, 7).arraySync() as number[][], 1e-6);
});

const refused: Record<string, [() => tf.LayersModel, object, string]> = {
  'a sigmoid at the end': [
    () => classifierOf(tf.layers.dense({ units: 2, activation: 'sigmoid' })),
    {},
    'ends in sigmoid',
  ],
  'other labels than outputs': [
    () => classifierOf(tf.layers.dense({ units: 3, activation: 'softmax' })),
    {},
    '[null,3]; expected [null, 2]',
  ],
  'too many words': [
    () => classifierOf(tf.layers.dense({ units: 2, activation: 'softmax' })),
    { vocabulary: ['a', 'b', 'c', 'd', 'e'] },
    'its vocabulary has 5 words, and its word vectors are for 4',
  ],
  'a label twice': [() => ordinary(), { labels: ['b', 'b'] }, 'labels has "b" twice'],
  'a word twice': [() => ordinary(), { vocabulary: ['bank', 'bank'] }, 'vocabulary has "bank" twice'],
  'the vocabulary of Keras’ TextVectorization': [
    () => ordinary(),
    { vocabulary: ['', '[UNK]', 'bank'] },
    'Leave out the first entry',
  ],
  'an index of words': [() => ordinary(), { vocabulary: { bank: 1 } }, 'into a list'],
  'words that no text contains': [() => ordinary(), { vocabulary: ['Bank'] }, 'tokenise() gives ["bank"]'],
  'no embedding': [
    () => tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] }),
    {},
    'no embedding layer',
  ],
  'no length': [() => classifierOf(tf.layers.dense({ units: 2, activation: 'softmax' }), 0), {}, 'maxLength'],
  'a padding that is too small': [
    () => classifierOf(tf.layers.dense({ units: 2, activation: 'softmax' }), 0),
    { maxLength: 9, padding: 0 },
    'padding is 0',
  ],
};

for (const [kind, [make, changed, words]] of Object.entries(refused)) {
  test(`a model of TensorFlow.js with ${kind} is rejected, and the artifact stays`, async (t) => {
    const folder = await temporaryFolder(t);
    await make().save(`file://${folder}/model`);
    const metadata = { labels: ['b', 't'], vocabulary: ['bank', 'phone'], ...changed };
    const artifact = `${folder}/artifact`;
    await ordinary().save(`file://${folder}/ordinary`);
    const good = { labels: ['b', 't'], vocabulary: ['bank', 'phone'] };
    const before = await importLayersModel(`${folder}/ordinary`, artifact, good);
    await assert.rejects(importLayersModel(`${folder}/model`, artifact, metadata as never), userError(words));
    assert.deepEqual((await loadArtifact(artifact)).predict(titles), before.predict(titles));
  });
}

test('a folder without a model of TensorFlow.js, or an artifact without a network, is rejected by name', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(
    importLayersModel(`${folder}/none`, `${folder}/artifact`),
    userError('none/model.json'),
  );
  const model = classifierOf(tf.layers.dense({ units: 2, activation: 'softmax' }));
  await model.save(`file://${folder}/model`);
  const path = `${folder}/model/model.json`;
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"Flatten"', '"Twice"'));
  await assert.rejects(importLayersModel(`${folder}/model`, `${folder}/artifact`), userError('Twice'));
  await writeFile(path, text);
  await rm(`${folder}/model/weights.bin`);
  await assert.rejects(importLayersModel(`${folder}/model`, `${folder}/artifact`), userError('weights.bin'));

  const settings = parseHyperparameters({ architecture: 'ensemble' });
  await saveArtifact(await trainClassifier(rows, settings, {}), `${folder}/ensemble`);
  await assert.rejects(
    exportLayersModel(`${folder}/ensemble`, `${folder}/out`),
    userError('ensemble', 'mlp, lstm, cnn'),
  );
});

function ordinary(): tf.LayersModel {
  return classifierOf(tf.layers.dense({ units: 2, activation: 'softmax' }));
}

function classifierOf(last: tf.layers.Layer, inputLength = 4): tf.LayersModel {
  const middle = inputLength > 0 ? tf.layers.flatten() : tf.layers.globalAveragePooling1d({});
  const embedding = tf.layers.embedding({
    inputDim: 5,
    outputDim: 3,
    ...(inputLength > 0 && { inputLength }),
  });
  return tf.sequential({ layers: [embedding, middle, last] });
}

/** Returns what the model gives for the titles, as TensorFlow computes it. */
function predict(model: tf.LayersModel, vocabulary: readonly string[], length = 6): tf.Tensor {
  const tokens = createEncoder(vocabulary, length)(titles);
  return model.predict(tf.tensor2d(tokens, [titles.length, length], 'int32')) as tf.Tensor;
}

function probabilitiesOf(classifier: Classifier): number[][] {
  return classifier.predict(titles).map(({ probabilities }) => Object.values(probabilities));
}
