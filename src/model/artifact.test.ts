import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../data/random';
import { temporaryFolder, userError } from '../testing/folders';
import { make } from '../testing/networks';
import { loadArtifact, saveArtifact } from './artifact';
import type { NetworkDescription } from './networks/classifier';
import { cnnNetwork } from './networks/cnn';
import { tensorsOf } from './networks/layersModel';
import { lstmNetwork } from './networks/lstm';
import { mlpNetwork } from './networks/mlp';
import { architectures } from './registry';
import type { Classifier } from './training/classifier';
import type { LoadedNetwork } from './training/networkFunction';
import type { NamedTensor } from './training/tensors';

const description: Omit<NetworkDescription, 'topology'> = {
  architecture: 'mlp',
  shape: {
    vectors: 'pretrained',
    vocabularySize: 6,
    dimensions: 3,
    maxLength: 4,
    labelCount: 2,
  },
  labels: ['Business', 'Santé & “bien-être”'],
  vocabulary: ['goose', 'bank', 'café', '__proto__'],
  hyperparameters: { epochs: 1, architecture: 'mlp' },
  trainingRows: 10,
  validationRows: 2,
  history: [{ epoch: 1, loss: 0.5, accuracy: 0.75 }],
  trainedEpochs: 1,
  versions: { node: 'v20.0.0' },
};
const titles = [
  'Goose bank café',
  'bank BANK goose unheard',
  '',
  'one goose more than there is room for: goose goose',
];

const networks: Record<string, LoadedNetwork> = {
  mlp: { make: mlpNetwork, hyperparameters: {} },
  lstm: { make: lstmNetwork, hyperparameters: {} },
  cnn: { make: cnnNetwork as unknown as LoadedNetwork['make'], hyperparameters: { dropout: 0 }, padding: 5 },
};

/** An untrained classifier whose weights, the embedding's too, are all drawn. */
async function createTinyClassifier(changed: Partial<NetworkDescription> = {}): Promise<Classifier> {
  const random = seededRandom(8);
  const described = { ...description, ...changed };
  const network = networks[described.architecture] as LoadedNetwork;
  const { model, topology } = make(network, described.shape);
  const weights = tensorsOf(model).map(({ name, shape, data }) => ({
    name,
    shape,
    data: Float32Array.from(data, () => 2 * random.fraction() - 1),
  }));
  const { padding } = network;
  const whole = { ...described, topology, ...(padding !== undefined && { padding }) };
  return await architectures[described.architecture].load(whole, weights);
}

async function savedArtifact(t: TestContext): Promise<string> {
  const folder = join(await temporaryFolder(t), 'opt', 'model');
  await saveArtifact(await createTinyClassifier(), folder);
  return folder;
}

test('loadArtifact() gives the classifier that was saved', async (t) => {
  const folder = join(await temporaryFolder(t), 'model');
  const saved = await createTinyClassifier();
  await saveArtifact(saved, folder);
  const loaded = await loadArtifact(folder);

  assert.deepEqual((await readdir(folder)).sort(), ['classifier.json', 'weights.bin']);
  assert.deepEqual(loaded.description, saved.description);
  const predictions = saved.predict(titles);
  assert.deepEqual(loaded.predict(titles), predictions);
  assert.equal(
    new Set(predictions.map(({ probabilities }) => JSON.stringify(probabilities))).size,
    titles.length,
  );
});

for (const architecture of ['mlp', 'lstm', 'cnn'] as const) {
  for (const vectors of ['pretrained', 'trained'] as const) {
    test(`loadArtifact() gives a classifier of any kind: ${architecture}, vectors ${vectors}`, async (t) => {
      const folder = await temporaryFolder(t);
      const saved = await createTinyClassifier({ architecture, shape: { ...description.shape, vectors } });
      await saveArtifact(saved, folder);
      const loaded = await loadArtifact(folder);
      assert.deepEqual(loaded.description, saved.description);
      assert.deepEqual(loaded.predict(titles), saved.predict(titles));
    });
  }
}

test('saveArtifact() rejects numbers that are not finite, and leaves what was there', async (t) => {
  const folder = await savedArtifact(t);
  const before = await readFile(join(folder, 'weights.bin'), 'hex');
  const sound = await createTinyClassifier();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const [first, ...others] = sound.weights as [NamedTensor, ...NamedTensor[]];
    const weights = [...others, { ...first, data: first.data.slice().fill(value, 1) }];
    await assert.rejects(
      saveArtifact({ ...sound, weights }, folder),
      userError(`number 1 of ${first.name} is ${value}`, 'diverged', 'lower learning_rate'),
    );
    const history = [...description.history, { epoch: 2, loss: 1, accuracy: 1, validation_loss: value }];
    await assert.rejects(
      saveArtifact({ ...sound, description: { ...description, history } }, folder),
      userError(`in epoch 2, validation_loss is ${value}`),
    );
  }
  assert.deepEqual((await readdir(folder)).sort(), ['classifier.json', 'weights.bin']);
  assert.equal(await readFile(join(folder, 'weights.bin'), 'hex'), before);
});

test('an artifact that is loaded and saved again is the same, byte for byte', async (t) => {
  const folder = await savedArtifact(t);
  const again = await temporaryFolder(t);
  await saveArtifact(await loadArtifact(folder), again);
  for (const file of ['classifier.json', 'weights.bin']) {
    assert.deepEqual(await readFile(join(again, file)), await readFile(join(folder, file)));
  }
});

test('weights.bin holds little-endian float32, tensor after tensor', async (t) => {
  const folder = await temporaryFolder(t);
  const classifier = await createTinyClassifier();
  await saveArtifact(classifier, folder);
  const bytes = await readFile(join(folder, 'weights.bin'));
  const weights = classifier.weights.flatMap(({ data }) => [...data]);
  assert.equal(bytes.length, 4 * weights.length);
  assert.deepEqual(
    weights.map((_, index) => bytes.readFloatLE(4 * index)),
    weights,
  );
});

const wrongBytes: [
  name: string,
  file: string,
  change: (bytes: Buffer) => Uint8Array | string,
  reason: string,
][] = [
  [
    'truncated weights',
    'weights.bin',
    (bytes) => bytes.subarray(0, -4),
    'bytes are not the ones that were saved',
  ],
  ['no weights', 'weights.bin', () => '', 'its 0 bytes are not the ones that were saved'],
  ['a flipped byte', 'weights.bin', flipByte, 'bytes are not the ones that were saved'],
  ['an empty description', 'classifier.json', () => '', 'it is not JSON'],
  ['half a description', 'classifier.json', (bytes) => bytes.subarray(0, bytes.length / 2), 'it is not JSON'],
  ['an empty list', 'classifier.json', () => '[]', 'it has format undefined'],
  ['null', 'classifier.json', () => 'null', 'it has format undefined'],
];
for (const [name, file, change, reason] of wrongBytes) {
  test(`loadArtifact() rejects ${name}`, async (t) => {
    const folder = await savedArtifact(t);
    const path = join(folder, file);
    await writeFile(path, change(await readFile(path)));
    await assert.rejects(loadArtifact(folder), userError(`${path}: `, reason, 'Train again'));
  });
}

function flipByte(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  return bytes;
}

for (const file of ['classifier.json', 'weights.bin']) {
  test(`loadArtifact() rejects an artifact without ${file}`, async (t) => {
    const folder = await savedArtifact(t);
    await rm(join(folder, file));
    await assert.rejects(loadArtifact(folder), userError(`${join(folder, file)}: it is missing`));
  });
}

const wrongManifests: [
  name: string,
  change: (manifest: Record<string, unknown>) => object,
  reason: string,
][] = [
  [
    'another format',
    (manifest) => ({ ...manifest, format: 1 }),
    'it has format 1 and this version reads format 3',
  ],
  ['no labels', ({ labels, ...manifest }) => manifest, 'labels or weights are missing'],
  ['no shape', ({ shape, ...manifest }) => manifest, 'its shape or its vocabulary is missing'],
  ['no vocabulary', ({ vocabulary, ...manifest }) => manifest, 'its shape or its vocabulary is missing'],
  ['no checksum', ({ weights, ...manifest }) => manifest, 'labels or weights are missing'],
  [
    'a label too many',
    (manifest) => ({ ...manifest, labels: ['a', 'b', 'c'] }),
    'it has 3 labels for 2 outputs',
  ],
  [
    'a vocabulary too large',
    (manifest) => ({ ...manifest, vocabulary: [...'abcdef'] }),
    'its vocabulary has 6 words',
  ],
];
for (const [name, change, reason] of wrongManifests) {
  test(`loadArtifact() rejects a description with ${name}`, async (t) => {
    const folder = await savedArtifact(t);
    const path = join(folder, 'classifier.json');
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))));
    await assert.rejects(loadArtifact(folder), userError(`${path}: `, reason));
  });
}

test('loadArtifact() rejects sizes that are not whole numbers above 0', async (t) => {
  const folder = await savedArtifact(t);
  const path = join(folder, 'classifier.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  for (const name of ['vocabularySize', 'dimensions', 'maxLength', 'labelCount']) {
    for (const size of [undefined, 0, -1, 1.5, '3']) {
      await writeFile(path, JSON.stringify({ ...manifest, shape: { ...manifest.shape, [name]: size } }));
      await assert.rejects(loadArtifact(folder), userError(`${path}: `, 'whole numbers above 0'));
    }
  }
});

test('loadArtifact() rejects an architecture that it does not know', async (t) => {
  const folder = await savedArtifact(t);
  const path = join(folder, 'classifier.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  manifest.architecture = 'transformer';
  await writeFile(path, JSON.stringify(manifest));
  await assert.rejects(loadArtifact(folder), userError(`${path}: `, 'transformer'));
});

test('loadArtifact() rejects word vectors that are neither pretrained nor trained', async (t) => {
  const folder = await savedArtifact(t);
  const path = join(folder, 'classifier.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  for (const vectors of [undefined, 'frozen', true]) {
    await writeFile(path, JSON.stringify({ ...manifest, shape: { ...manifest.shape, vectors } }));
    await assert.rejects(loadArtifact(folder), userError(`${path}: `, 'pretrained or trained'));
  }
});

test('loadArtifact() rejects weights in other shapes, though there are as many of them', async (t) => {
  const folder = await savedArtifact(t);
  const path = join(folder, 'classifier.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  manifest.weights.tensors[0].shape.reverse();
  await writeFile(path, JSON.stringify(manifest));
  await assert.rejects(loadArtifact(folder), userError(`${path}: `, 'shapes'));
});

test('loadArtifact() rejects weights of another network, though their checksum is right', async (t) => {
  const folder = await savedArtifact(t);
  const weights = Buffer.alloc(400);
  const path = join(folder, 'classifier.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  manifest.weights.sha256 = createHash('sha256').update(weights).digest('hex');
  await writeFile(path, JSON.stringify(manifest));
  await writeFile(join(folder, 'weights.bin'), weights);
  const needed = 4 * (6 * 3 + (4 * 3 * 32 + 32) + (32 * 32 + 32) + (32 * 2 + 2));
  await assert.rejects(
    loadArtifact(folder),
    userError(join(folder, 'weights.bin'), `it has 400 bytes and its tensors need ${needed}`),
  );
});

test('loadArtifact() rejects weights that are NaN or infinite', async (t) => {
  const folder = await savedArtifact(t);
  const [path, weightsPath] = [join(folder, 'classifier.json'), join(folder, 'weights.bin')];
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const bytes = await readFile(weightsPath);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const weights = Buffer.from(bytes);
    weights.writeFloatLE(value, 4 * 6 * 3 + 4 * 7);
    manifest.weights.sha256 = createHash('sha256').update(weights).digest('hex');
    await writeFile(path, JSON.stringify(manifest));
    await writeFile(weightsPath, weights);
    const reason = `number 7 of hidden_1/kernel is ${value}`;
    await assert.rejects(loadArtifact(folder), userError(`${weightsPath}: `, reason));
  }
});

test('loadArtifact() rejects malformed descriptions of tensors', async (t) => {
  const folder = await savedArtifact(t);
  const path = join(folder, 'classifier.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  const changes = [
    { name: 3 },
    { shape: [6, -3] },
    { shape: '6,3' },
    { dtype: 'float64' },
    { dtype: 'toString' },
  ];
  for (const change of changes) {
    const tensors = manifest.weights.tensors.with(0, { ...manifest.weights.tensors[0], ...change });
    await writeFile(path, JSON.stringify({ ...manifest, weights: { ...manifest.weights, tensors } }));
    await assert.rejects(loadArtifact(folder), userError(`${path}: `, 'labels or weights'));
  }
});
