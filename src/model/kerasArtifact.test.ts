// Networks that go to Keras and come back, and networks of Keras, through the real Keras of the serving benchmark's environment.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SymbolicTensor } from '@tensorflow/tfjs-node';
import { peersPython } from '../bench/common/peers';
import { assertClose, createHeadlines, temporaryFolder, topicVectors } from '../testing/folders';
import { whySlow } from '../testing/slow';
import { createEncoder } from '../text/vocabulary';
import { loadArtifact, saveArtifact } from './artifact';
import { parseHyperparameters } from './hyperparameters';
import type { NetworkDescription } from './networks/classifier';
import { trainClassifier } from './train';
import type { LoadedNetwork, NetworkFunction } from './training/networkFunction';

const skip = whySlow('it installs TensorFlow for Python');

const source = join(__dirname, '..', '..', 'src', 'model');
const environment = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' };
const titles = ['', ...createHeadlines(20, 3).map(({ title }) => title)];
const rows = { training: createHeadlines(60), validation: [] };

/** Every layer of docs/keras.md that a sequence of words can pass through. */
const everyLayer: NetworkFunction = ({ tf, embedding, labels }) => {
  const { layers } = tf;
  const tokens = tf.input({ shape: [6], dtype: 'int32' });
  const through = (input: unknown, ...steps: { apply(input: never): unknown }[]) =>
    steps.reduce((value, layer) => layer.apply(value as never), input) as SymbolicTensor;
  const words = through(
    tokens,
    embedding({ trainable: true }),
    layers.spatialDropout1d({ rate: 0.1 }),
    layers.gaussianNoise({ stddev: 0.1 }),
    layers.gaussianDropout({ rate: 0.1 }),
    layers.alphaDropout({ rate: 0.1 }),
    layers.conv1d({ filters: 4, kernelSize: 2, padding: 'same', activation: 'selu' }),
    layers.batchNormalization(),
    layers.layerNormalization(),
    layers.timeDistributed({ layer: layers.dense({ units: 4 }) as never }),
    layers.permute({ dims: [2, 1] }),
    layers.permute({ dims: [2, 1] }),
    layers.prelu(),
  );
  const merges = [layers.add, layers.average, layers.maximum, layers.minimum, layers.multiply];
  const halves = [
    through(words, layers.maxPooling1d({ poolSize: 2 }), layers.leakyReLU({ alpha: 0.2 })),
    through(words, layers.averagePooling1d({ poolSize: 2 }), layers.elu(), layers.reLU({ maxValue: 4 })),
  ];
  const merged = merges.map((merge) =>
    through((merge as typeof layers.add)().apply(halves), layers.globalMaxPooling1d({})),
  );
  const recurrent = [
    layers.lstm({ units: 3 }),
    layers.lstm({ units: 3, recurrentActivation: 'sigmoid', unitForgetBias: true }),
    layers.gru({ units: 3 }),
    layers.simpleRNN({ units: 3 }),
    layers.bidirectional({ layer: layers.gru({ units: 2 }) as never, mergeMode: 'concat' }),
  ].map((layer) => through(words, layer));
  const sentence = through(
    words,
    layers.globalAveragePooling1d({}),
    layers.repeatVector({ n: 2 }),
    layers.reshape({ targetShape: [4, 2] }),
    layers.softmax({ axis: -1 }),
    layers.flatten(),
    layers.activation({ activation: 'hardSigmoid' }),
  );
  const features = layers.concatenate().apply([...merged, ...recurrent, sentence]) as SymbolicTensor;
  return tf.model({
    inputs: tokens,
    outputs: through(
      features,
      layers.dropout({ rate: 0.1 }),
      layers.dense({ units: labels.length, activation: 'softmax' }),
    ),
  });
};

const networks: Record<string, LoadedNetwork | undefined> = {
  mlp: undefined,
  lstm: undefined,
  cnn: undefined,
  own: { make: everyLayer as LoadedNetwork['make'], hyperparameters: {} },
};

/** Answers by Keras; then trains there for an epoch, answers again and puts the model into the artifact. */
const trainInKeras = `
import json, sys
sys.path.insert(0, sys.argv[1])
import kerasArtifact, numpy as np
given = json.load(sys.stdin)
folder, tokens, labels = given["folder"], np.array(given["tokens"]), np.array(given["labels"])
model = kerasArtifact.load(folder)
before = model(tokens).numpy()
model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
model.fit(tokens, labels, verbose=0)
after = model(tokens).numpy()
model.save(folder + "/model.keras")
kerasArtifact.main(["from-keras", folder + "/model.keras", folder])
print(json.dumps({"before": before.tolist(), "after": after.tolist()}))
`;

for (const [architecture, network] of Object.entries(networks)) {
  for (const vectors of [topicVectors, undefined]) {
    const kind = `${architecture}, vectors ${vectors ? 'pretrained' : 'trained'}`;
    test(`an artifact’s network goes to Keras and comes back: ${kind}`, { skip }, async (t) => {
      const { folder, classifier, description } = await trainArtifact(t, architecture, { vectors, network });
      const labels = titles.map((_, row) => row % description.labels.length);
      const { before, after } = await runKeras(trainInKeras, { ...describe(folder, description), labels });
      assertClose(probabilitiesOf(classifier), before, 1e-5);
      const back = await loadArtifact(folder);
      assertClose(probabilitiesOf(back), after, 1e-5);
      assert.notDeepEqual(before, after);
      assert.deepEqual(back.description, description);
    });
  }
}

/** Replaces the network of an artifact by another one, which Keras has made. */
const replaceByKeras = `
import json, sys
sys.path.insert(0, sys.argv[1])
import kerasArtifact, numpy as np
from tensorflow import keras
layers = keras.layers
given = json.load(sys.stdin)
tokens, (words, count) = np.array(given["tokens"]), given["sizes"]
keras.utils.set_random_seed(1)
inputs = keras.Input((tokens.shape[1],))
vectors = layers.Embedding(words, 5)(inputs)
read = [
    layers.Bidirectional(layers.LSTM(3))(vectors),
    layers.GRU(4, reset_after=False)(vectors),
    layers.GlobalMaxPooling1D()(layers.BatchNormalization()(layers.Conv1D(6, 2, activation="gelu", padding="same")(vectors))),
    layers.GlobalAveragePooling1D()(layers.LayerNormalization()(layers.MaxPooling1D(2)(vectors))),
    layers.LSTM(3, recurrent_activation="hard_sigmoid", go_backwards=True)(vectors),
]
model = keras.Model(inputs, layers.Dense(count, activation="softmax")(layers.Dropout(0.2)(layers.Concatenate()(read))))
model.set_weights([value + 0.1 * np.random.rand(*value.shape) for value in model.get_weights()])
kerasArtifact.save(model, given["folder"])
print(json.dumps(model(tokens).numpy().tolist()))
`;

test('a network that Keras has made takes the place of an artifact’s', { skip }, async (t) => {
  const { folder, description } = await trainArtifact(t, 'cnn', {});
  const sizes = [description.shape.vocabularySize, description.labels.length];
  const expected = await runKeras(replaceByKeras, { ...describe(folder, description), sizes });
  const classifier = await loadArtifact(folder);
  assertClose(probabilitiesOf(classifier), expected, 1e-5);
  assert.equal(classifier.description.architecture, 'own');
  assert.ok(!('padding' in classifier.description));
});

const refused: Record<string, [string, string]> = {
  'has reset_after=True; only False': ['layers.Embedding(20, 3), layers.GRU(3), layers.Dense(3)', '6'],
  'has mask_zero=True; only False': [
    'layers.Embedding(20, 3, mask_zero=True), layers.GlobalAveragePooling1D(), layers.Dense(3)',
    '6',
  ],
  "has data_format='channels_first'": [
    "layers.Embedding(20, 3), layers.GlobalMaxPooling1D(data_format='channels_first'), layers.Dense(3)",
    '6',
  ],
  "has padding='causal'; only 'valid' and 'same'": [
    "layers.Embedding(20, 3), layers.Conv1D(3, 2, padding='causal'), layers.Flatten(), layers.Dense(3)",
    '6',
  ],
  'has threshold=0.5; only 0': [
    'layers.Embedding(20, 3), layers.Flatten(), layers.ReLU(threshold=0.5), layers.Dense(3)',
    '6',
  ],
  "has activation='exponential'": [
    "layers.Embedding(20, 3), layers.Flatten(), layers.Dense(3, activation='exponential')",
    '6',
  ],
  'has backward_layer=': [
    'layers.Embedding(20, 3), layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3, go_backwards=True)), layers.Dense(3)',
    '6',
  ],
  'layers that are not converted: UnitNormalization': [
    'layers.Embedding(20, 3), layers.Flatten(), layers.UnitNormalization(), layers.Dense(3)',
    '6',
  ],
  'has 21 words; the artifact has 20': ['layers.Embedding(21, 3), layers.Flatten(), layers.Dense(3)', '6'],
  'The model takes (None, 7)': ['layers.Embedding(20, 3), layers.Flatten(), layers.Dense(3)', '7'],
};

test('a Keras model that the artifact cannot hold is rejected, and nothing changes', { skip }, async (t) => {
  const { folder, classifier } = await trainArtifact(t, 'mlp', {});
  for (const [words, [layers, length]] of Object.entries(refused)) {
    const program = `
import sys
sys.path.insert(0, sys.argv[1])
import kerasArtifact
from tensorflow.keras import Input, Sequential, layers
kerasArtifact.save(Sequential([Input((${length},)), ${layers}]), sys.argv[2])
`;
    const { status, stderr } = spawnSync(await peersPython('serving'), ['-c', program, source, folder], {
      encoding: 'utf8',
      env: environment,
    });
    assert.equal(status, 1);
    assert.ok(stderr.includes(words), stderr);
  }
  assert.deepEqual((await loadArtifact(folder)).predict(titles), classifier.predict(titles));
});

async function trainArtifact(
  t: TestContext,
  architecture: string,
  { network, ...options }: { network?: LoadedNetwork | undefined; vectors?: typeof topicVectors | undefined },
) {
  const folder = await temporaryFolder(t);
  const settings = parseHyperparameters({ architecture, epochs: 2, vocabulary_size: 20, max_length: 6 });
  const classifier = await trainClassifier(rows, settings, { ...options, ...(network && { network }) });
  await saveArtifact(classifier, folder);
  return { folder, classifier, description: classifier.description as NetworkDescription };
}

function describe(folder: string, { vocabulary }: NetworkDescription) {
  const encoded = createEncoder(vocabulary, 6)(titles);
  return { folder, tokens: titles.map((_, row) => [...encoded.subarray(6 * row, 6 * row + 6)]) };
}

async function runKeras(program: string, given: object) {
  const output = execFileSync(await peersPython('serving'), ['-c', program, source], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    env: environment,
  });
  return JSON.parse(output);
}

function probabilitiesOf(classifier: Awaited<ReturnType<typeof loadArtifact>>): number[][] {
  return classifier.predict(titles).map(({ probabilities }) => Object.values(probabilities));
}
