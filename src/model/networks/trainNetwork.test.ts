import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, shuffled } from '../../data/random';
import { assertClose, createHeadlines, topicVectors, userError } from '../../testing/folders';
import { embeddingMatrix } from '../../text/vectors';
import { type Hyperparameters, parseHyperparameters } from '../hyperparameters';
import { type TrainingOptions, type TrainingRow, trainClassifier } from '../train';
import type { Classifier } from '../training/classifier';
import { createExampleEncoder } from '../training/examples';
import type { EpochMetrics } from '../training/metrics';
import type { LoadedNetwork } from '../training/networkFunction';
import type { NetworkDescription } from './classifier';
import { makeModel, tensorsOf } from './layersModel';
import { createLayersTrainer } from './layersTrainer';
import { mlpNetwork } from './mlp';
import { tensorflow } from './tensorflow';

const countTensors = () => tensorflow().memory().numTensors;
const training = createHeadlines(30);
const validation = createHeadlines(9, 2);
const hyperparameters = parseHyperparameters({
  architecture: 'mlp',
  epochs: 2,
  batch_size: 8,
  learning_rate: 0.01,
  vocabulary_size: 20,
  max_length: 4,
});

interface NetworkClassifier extends Classifier {
  description: NetworkDescription;
}

/** Trains on the tiny set, with some things changed. */
function train(
  changed: Partial<Hyperparameters> = {},
  { rows = training, heldOut = validation, ...options }: Partial<TrainingOptions> & Rows = {},
): Promise<NetworkClassifier> {
  return trainClassifier(
    { training: rows, validation: heldOut },
    { ...hyperparameters, ...changed },
    { vectors: topicVectors, ...options },
  ) as Promise<NetworkClassifier>;
}

interface Rows {
  rows?: readonly TrainingRow[];
  heldOut?: readonly TrainingRow[];
}

/** In the order of the layers, the word vectors first. */
function weights(classifier: NetworkClassifier): Float32Array[] {
  return classifier.weights.map(({ data }) => data as Float32Array);
}

/** Loss and accuracy of rows, from the classifier's predictions. */
function measured(
  classifier: NetworkClassifier,
  rows: readonly TrainingRow[],
): [loss: number, accuracy: number] {
  const predictions = classifier.predict(rows.map(({ title }) => title));
  const losses = rows.map(
    ({ category }, row) => -Math.log(predictions[row]?.probabilities[category] as number),
  );
  const right = rows.filter(({ category }, row) => predictions[row]?.result === category);
  return [losses.reduce((sum, loss) => sum + loss) / rows.length, right.length / rows.length];
}

test('trainClassifier() takes the rows in a new seeded order each epoch, batch by batch', async () => {
  const classifier = await train({ seed: 5 });

  const { description } = classifier;
  const { labels, shape } = description;
  const matrix = embeddingMatrix(description.vocabulary, 20, topicVectors);
  const made = makeModel({ make: mlpNetwork, hyperparameters: {} }, shape, { labels, matrix, seed: 5 });
  const trainer = createLayersTrainer(made, { optimizer: 'rmsprop', learningRate: 0.01, seed: 5 });
  const encode = createExampleEncoder(description.vocabulary, description.labels, 4);
  const examples = await encode(training);
  const random = seededRandom(5);
  for (let epoch = 1; epoch <= 2; epoch++) {
    const order = shuffled(training.keys(), random);
    for (const first of [0, 8, 16, 24]) trainer.step(examples, order.slice(first, first + 8));
  }
  trainer.end();
  assert.deepEqual(
    weights(classifier),
    tensorsOf(made.model).map(({ data }) => data),
  );
});

for (const [what, changed, options] of [
  ['by mlp', { epochs: 12 }, {}],
  ['by lstm', { epochs: 12, architecture: 'lstm' }, {}],
  ['by mlp with vectors of its own', { epochs: 12 }, { vectors: undefined }],
  ['by lstm with vectors of its own', { epochs: 20, architecture: 'lstm' }, { vectors: undefined }],
  ['by cnn', { epochs: 12, architecture: 'cnn' }, {}],
  ['by cnn with vectors of its own', { epochs: 12, architecture: 'cnn' }, { vectors: undefined }],
] as const) {
  test(`trainClassifier() learns to tell a tiny set apart ${what}`, async () => {
    const classifier = await train(changed, options);
    const { history } = classifier.description;
    const [first, last] = [history[0] as EpochMetrics, history.at(-1) as EpochMetrics];
    assert.ok(last.loss < first.loss / 2, `loss ${first.loss} → ${last.loss}`);
    assert.ok(last.accuracy >= 0.95, `accuracy ${last.accuracy}`);
    const predictions = classifier.predict(validation.map(({ title }) => title));
    assert.deepEqual(
      predictions.map(({ result }) => result),
      validation.map(({ category }) => category),
    );
  });

  test(`trainClassifier() gives the same weights for the same seed, and others for another: ${what}`, async () => {
    const [first, second, other] = [
      await train({ ...changed, epochs: 2, seed: 3 }, options),
      await train({ ...changed, epochs: 2, seed: 3 }, options),
      await train({ ...changed, epochs: 2, seed: 4 }, options),
    ];
    assert.deepEqual(weights(first), weights(second));
    assert.deepEqual(
      { ...first.description, topology: undefined },
      { ...second.description, topology: undefined },
    );
    assert.notDeepEqual(weights(first), weights(other));
  });
}

test('trainClassifier() without vectors trains its own of 100 dimensions, and describes them', async () => {
  const classifier = await train({}, { vectors: undefined });
  const { description } = classifier;
  assert.equal(description.shape.vectors, 'trained');
  assert.equal(description.shape.dimensions, 100);
  const untrained = await train({ learning_rate: 0 }, { vectors: undefined });
  assert.notDeepEqual(weights(classifier)[0], weights(untrained)[0]);
});

test('trainClassifier() takes a vocabulary that is known already', async () => {
  const known = (await train()).description.vocabulary;
  assert.deepEqual(weights(await train({}, { vocabulary: known })), weights(await train()));
  assert.deepEqual((await train({}, { vocabulary: ['bank', 'film'] })).description.vocabulary, [
    'bank',
    'film',
  ]);
});

test('trainClassifier() reports the means over all rows, whatever the batches', async () => {
  for (const batch_size of [1, 7, 30, 100]) {
    const classifier = await train({ learning_rate: 0, epochs: 1, batch_size });
    const { loss, accuracy } = classifier.description.history[0] as EpochMetrics;
    assertClose([loss, accuracy], measured(classifier, training), 1e-5);
  }
});

test('trainClassifier() reports validation figures after each epoch', async () => {
  const classifier = await train({ epochs: 3 });
  const { history, validationRows } = classifier.description;
  const { validation_loss = -1, validation_accuracy = -1 } = history.at(-1) as EpochMetrics;
  assert.equal(validationRows, 9);
  assertClose([validation_loss, validation_accuracy], measured(classifier, validation), 1e-5);
  assert.equal(new Set(history.map((metrics) => metrics.validation_loss)).size, 3);
});

test('trainClassifier() trains without validation rows, and as it does with them', async () => {
  const classifier = await train({}, { heldOut: [] });
  assert.equal(classifier.description.validationRows, 0);
  for (const metrics of classifier.description.history) {
    assert.deepEqual(Object.keys(metrics), ['epoch', 'loss', 'accuracy']);
  }
  assert.deepEqual(weights(classifier), weights(await train()));
});

test('trainClassifier() tells of each epoch once it is over', async () => {
  const told: EpochMetrics[] = [];
  const onEpoch = (metrics: EpochMetrics, seconds: number) => {
    assert.ok(seconds > 0 && seconds < 60);
    told.push(metrics);
  };
  const { history } = (await train({ epochs: 3 }, { onEpoch })).description;
  assert.deepEqual(told, history);
  assert.deepEqual(
    told.map(({ epoch }) => epoch),
    [1, 2, 3],
  );
});

test('trainClassifier() describes what it has made', async () => {
  const { description } = await train();
  assert.deepEqual(description.shape, {
    vectors: 'pretrained',
    vocabularySize: 20,
    dimensions: 4,
    maxLength: 4,
    labelCount: 3,
  });
  assert.deepEqual(description.labels, ['Business', 'Entertainment', 'Health']);
  const { dropout: _, cascade_share: __, cascade_accuracy: ___, ...own } = hyperparameters;
  assert.deepEqual(description.hyperparameters, own);
  assert.equal(description.trainingRows, 30);
  assert.equal(description.trainedEpochs, 2);
  assert.equal(description.versions.node, process.version);
  assert.match(description.versions.tensorflow as string, /^2\./);
  assert.match(description.versions['tfjs-node'] as string, /^4\./);
});

test('trainClassifier() learns its vocabulary from the training titles alone', async () => {
  const heldOut = [{ title: 'unheard unheard unheard', category: 'Health' }];
  const { vocabulary } = (await train({}, { heldOut })).description;
  assert.ok(!vocabulary.includes('unheard'));
  assert.deepEqual(new Set(vocabulary), new Set(training.flatMap(({ title }) => title.split(' '))));
  assert.equal((await train({ vocabulary_size: 5 })).description.vocabulary.length, 4);
});

test('trainClassifier() leaves the word vectors as they are', async () => {
  const classifier = await train();
  const matrix = embeddingMatrix(classifier.description.vocabulary, 20, topicVectors);
  assert.deepEqual(weights(classifier)[0], matrix);
});

test('trainClassifier() told to end before it begins gives the untrained classifier', async () => {
  const untrained = await train({}, { signal: AbortSignal.abort() });
  assert.deepEqual(untrained.description.history, []);
  assert.equal(untrained.description.trainedEpochs, 0);
  assert.deepEqual(weights(untrained), weights(await train({ learning_rate: 0 })));
});

test('trainClassifier() stops with an error when training diverges', async () => {
  const vectors = { dimensions: 4, words: [], lookup: () => new Float32Array(4).fill(Number.NaN) };
  const epochs: number[] = [];
  const diverging = train({ epochs: 3 }, { vectors, onEpoch: ({ epoch }) => epochs.push(epoch) });
  await assert.rejects(diverging, userError('epoch 1', 'NaN', 'learning_rate'));
  assert.deepEqual(epochs, []);
});

test('trainClassifier() rejects rows of fewer than two labels', async () => {
  const business = training.filter(({ category }) => category === 'Business');
  const refused = (rows: readonly TrainingRow[], ...parts: string[]) =>
    assert.rejects(train({}, { rows }), userError('at least two labels', ...parts));
  await refused(business, '10 training row(s)', '"Business"');
  await refused(business.slice(0, 1), '1 training row(s)');
  await refused([], '0 training row(s)');
});

test('trainClassifier() counts validation rows of an unknown category as wrong, with the loss of probability 1e-7', async () => {
  for (const architecture of ['mlp', 'ensemble'] as const) {
    const known = (await train({ architecture })).description.history[1];
    const heldOut = [...validation, { title: 'goose wins cup', category: 'Sport' }];
    const { labels, history } = (await train({ architecture }, { heldOut })).description;
    const rows = validation.length;
    assert.ok(!labels.includes('Sport'));
    assertClose(
      [history[1]?.validation_accuracy ?? -1, history[1]?.validation_loss ?? -1],
      [
        ((known?.validation_accuracy ?? -1) * rows) / (rows + 1),
        ((known?.validation_loss ?? -1) * rows - Math.log(1e-7)) / (rows + 1),
      ],
      1e-5,
    );
  }
});

test('class_weights balanced makes rare labels count as much as frequent ones', async () => {
  const rare = training.filter(({ category }, row) => category !== 'Health' || row < 3);
  const hardly = { learning_rate: 0.003, epochs: 3 };
  const [plain, balanced] = [
    await train({ ...hardly }, { rows: rare }),
    await train({ ...hardly, class_weights: 'balanced' }, { rows: rare }),
  ];
  const meanOf = (classifier: NetworkClassifier) => {
    const predictions = classifier.predict(rare.map(({ title }) => title));
    return (
      predictions.reduce((sum, { probabilities }) => sum + (probabilities.Health as number), 0) / rare.length
    );
  };
  assert.ok(meanOf(balanced) > 1.2 * meanOf(plain), `${meanOf(balanced)} and ${meanOf(plain)}`);
});

test('trainClassifier() leaves no tensors', async () => {
  await train();
  const before = countTensors();
  await train();
  assert.equal(countTensors(), before);
});

test('predict() gives each title its prediction, in order, and leaves no tensors', async () => {
  const classifier = await train({ epochs: 1 });
  const before = countTensors();
  const titles = createHeadlines(1100, 3).map(({ title }, row) => (row % 10 ? title : ''));
  const predictions = classifier.predict(titles);
  assert.equal(predictions.length, 1100);
  for (const row of [0, 1, 511, 512, 513, 1023, 1024, 1099]) {
    const [alone] = classifier.predict([titles[row] as string]);
    assert.equal(predictions[row]?.result, alone?.result);
    assertClose(
      Object.values(predictions[row]?.probabilities ?? {}),
      Object.values(alone?.probabilities ?? {}),
      1e-6,
    );
  }
  assert.deepEqual(classifier.predict([]), []);
  assert.equal(countTensors(), before);
});

test('predict() gives every label its probability and names the most probable', async () => {
  const classifier = await train({ epochs: 1 });
  for (const { result, probabilities } of classifier.predict(training.map(({ title }) => title))) {
    assert.deepEqual(Object.keys(probabilities), classifier.description.labels);
    assertClose(
      Object.values(probabilities).reduce((sum, probability) => sum + probability),
      1,
      1e-6,
    );
    assert.equal(probabilities[result], Math.max(...Object.values(probabilities)));
  }
});

test('a network that a server could not answer with is rejected before it trains', async () => {
  const make: LoadedNetwork['make'] = ({ tf, labels, maxLength }) =>
    tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 19, outputDim: 3, inputLength: maxLength }),
        tf.layers.flatten(),
        tf.layers.dense({ units: labels.length, activation: 'softmax' }),
      ],
    });
  const epochs: EpochMetrics[] = [];
  const training = train(
    { architecture: 'own' },
    { network: { make, hyperparameters: {} }, onEpoch: (metrics) => epochs.push(metrics) },
  );
  await assert.rejects(training, userError('Your network cannot be served', '19 words instead of 20'));
  assert.deepEqual(epochs, []);
});
