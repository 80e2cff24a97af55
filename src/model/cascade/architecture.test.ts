// The architecture cascade with a pretrained model of two small blocks.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  assertClose,
  createHeadlines,
  temporaryFolder,
  tinyBert,
  topicVectors,
  userError,
} from '../../testing/folders';
import { loadArtifact, saveArtifact } from '../artifact';
import { ensemble } from '../ensemble/architecture';
import { createEnsembleClassifier } from '../ensemble/classifier';
import { type Hyperparameters, parseHyperparameters } from '../hyperparameters';
import { trainClassifier } from '../train';
import type { EpochMetrics } from '../training/metrics';
import { createEncoderClassifier } from '../transformer/classifier';
import { averaged, type CascadeDescription, createCascadeClassifier, toNumbers } from './classifier';
import { temper } from './threshold';

const rows = { training: createHeadlines(200), validation: createHeadlines(30, 2) };
const titles = createHeadlines(60, 3).map(({ title }) => title);
const given = { architecture: 'cascade', epochs: 2, batch_size: 16, learning_rate: 0.01, max_length: 12 };

function train(changed: Partial<Hyperparameters> = {}) {
  const hyperparameters = parseHyperparameters({ ...given, ...changed });
  return trainClassifier(rows, hyperparameters, { pretrained: tinyBert, vectors: topicVectors });
}

test('each answer is by ensemble where it is sure, else by the mean of both, as its artifact says', async (t) => {
  const classifier = await train({ cascade_share: 0.5 });
  const folder = join(await temporaryFolder(t), 'model');
  await saveArtifact(classifier, folder);
  const loaded = await loadArtifact(folder);
  assert.deepEqual(loaded.predict(titles), classifier.predict(titles));

  const { labels, threshold, temperatures, parts } = loaded.description as CascadeDescription;
  const weightsOf = (part: string) =>
    loaded.weights
      .filter(({ name }) => name.startsWith(`${part}/`))
      .map((tensor) => ({ ...tensor, name: tensor.name.replace(`${part}/`, '') }));
  const small = createEnsembleClassifier(parts.ensemble, weightsOf('ensemble')).predict(titles);
  const large = createEncoderClassifier(parts.minilm, weightsOf('minilm')).predict(titles);
  const found = new Set<string | undefined>();
  loaded.predict(titles).forEach((prediction, row) => {
    const [one, other] = [small[row], large[row]].map((part) => toNumbers(part as never, labels)) as [
      number[],
      number[],
    ];
    const isSure = Math.max(...one) >= threshold;
    const answeredBy = isSure ? 'ensemble' : 'both';
    found.add(prediction.answeredBy);
    assert.equal(prediction.answeredBy, answeredBy);
    const expected = temper(isSure ? one : averaged(one, other), temperatures[answeredBy]);
    assertClose(toNumbers(prediction, labels), expected, 1e-7);
  });
  assert.equal(found.size, 2);
});

test('a share of 0 asks both of every text, a share of 1 ensemble alone', async () => {
  const answered = async (cascade_share: number) =>
    new Set((await train({ cascade_share })).predict(titles).map(({ answeredBy }) => answeredBy));
  assert.deepEqual(await answered(0), new Set(['both']));
  assert.deepEqual(await answered(1), new Set(['ensemble']));
});

test('the last epoch says what the whole is worth, in the description and to who listens', async () => {
  const heard: EpochMetrics[] = [];
  const hyperparameters = parseHyperparameters({ ...given, cascade_share: 1 });
  const onEpoch = (metrics: EpochMetrics) => heard.push(metrics);
  const options = { pretrained: tinyBert, vectors: topicVectors, onEpoch };
  const { predict, description } = await trainClassifier(rows, hyperparameters, options);
  const predictions = predict(rows.validation.map(({ title }) => title));
  const right = predictions.filter(({ result }, row) => result === rows.validation[row]?.category).length;
  assert.deepEqual(heard, description.history);
  assert.equal(heard.at(-1)?.validation_accuracy, right / rows.validation.length);
});

test('with patience, too, the last epoch to be heard is measured with both', async () => {
  const heard: EpochMetrics[] = [];
  // The learning rate makes every epoch after the first no better.
  const changed = { cascade_share: 1, patience: 1, epochs: 20, learning_rate: 1e-6 };
  const hyperparameters = parseHyperparameters({ ...given, ...changed });
  const onEpoch = (metrics: EpochMetrics) => heard.push(metrics);
  const options = { pretrained: tinyBert, vectors: topicVectors, onEpoch };
  const { predict } = await trainClassifier(rows, hyperparameters, options);
  assert.ok(heard.length < 20);
  assert.deepEqual(
    heard.map(({ epoch }) => epoch),
    heard.map((_, index) => index + 1),
  );
  const predictions = predict(rows.validation.map(({ title }) => title));
  const right = predictions.filter(({ result }, row) => result === rows.validation[row]?.category).length;
  assert.equal(heard.at(-1)?.validation_accuracy, right / rows.validation.length);
});

test('stopped in the first epoch of the transformer, ensemble answers alone', async () => {
  const stop = new AbortController();
  const hyperparameters = parseHyperparameters({ ...given, batch_size: 1, epochs: 50 });
  const { predict, description } = await trainClassifier(rows, hyperparameters, {
    pretrained: tinyBert,
    vectors: topicVectors,
    progressSeconds: 0,
    onProgress: () => stop.abort(),
    signal: stop.signal,
  });
  assert.ok(description.trainedEpochs < 1);
  assert.deepEqual(new Set(predict(titles).map(({ answeredBy }) => answeredBy)), new Set(['ensemble']));
});

test('an artifact is refused whose parts, threshold or temperatures are missing or do not fit', async () => {
  const { description, weights } = await train();
  const { parts } = description as CascadeDescription;
  const { labels } = description;
  const changes = [
    { parts: { ...parts, minilm: undefined } },
    { parts: { ...parts, ensemble: { ...parts.ensemble, labels: labels.slice(1) } } },
    { threshold: null },
    { threshold: -1 },
    { temperatures: { ensemble: 0, both: 1 } },
    { temperatures: { ensemble: 1, both: 1e-4 } },
  ];
  for (const change of changes) {
    assert.throws(
      () => createCascadeClassifier({ ...description, ...change } as never, weights),
      /its part|its threshold/,
    );
  }
  assert.throws(
    () => createCascadeClassifier(description, weights.slice(1)),
    /weights do not have the shapes/,
  );
  const stray = { name: 'stray', shape: [1], data: Float32Array.of(1) };
  assert.throws(() => createCascadeClassifier(description, [...weights, stray]), /tensors of neither part/);
});

test('with too little memory for minilm it says so before it trains ensemble', async (t) => {
  t.mock.method(process, 'constrainedMemory', () => 1e8);
  const training = t.mock.method(ensemble, 'train');
  await assert.rejects(
    trainClassifier(rows, parseHyperparameters(given), { pretrained: tinyBert }),
    userError('Fine-tuning this pretrained model takes about'),
  );
  assert.equal(training.mock.callCount(), 0);
});

test('without a pretrained model it says so before it trains', async () => {
  await assert.rejects(
    trainClassifier(rows, parseHyperparameters(given)),
    userError('npm run setup -- minilm'),
  );
});
