import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { splitByStory } from '../../data/split';
import { generateHeadlines } from '../../data/synthetic';
import { ArtifactFault } from '../../platform/errors';
import { assertClose, createCorpus, temporaryFolder, topicVectors } from '../../testing/folders';
import { loadArtifact, saveArtifact } from '../artifact';
import { parseHyperparameters } from '../hyperparameters';
import { architectures } from '../registry';
import { type TrainingOptions, trainClassifier } from '../train';
import { openCheckpoints } from '../training/checkpoints';
import type { EpochMetrics } from '../training/metrics';
import type { EnsembleDescription } from './description';

const corpus = createCorpus();
const given = { architecture: 'ensemble', epochs: 12, batch_size: 16, vocabulary_size: 200, max_length: 8 };

async function train(
  changed: Record<string, unknown> = {},
  options: TrainingOptions = {},
  validation = corpus,
) {
  return await trainClassifier(
    { training: corpus, validation },
    parseHyperparameters({ ...given, ...changed }),
    { vectors: topicVectors, ...options },
  );
}

for (const [what, options] of [
  ['pretrained vectors', {}],
  ['vectors of its own', { vectors: undefined }],
] as const) {
  test(`an ensemble learns to tell a tiny set apart with ${what}`, async () => {
    const classifier = await train({}, options);
    const predictions = classifier.predict(corpus.map(({ title }) => title));
    assert.deepEqual(
      predictions.map(({ result }) => result),
      corpus.map(({ category }) => category),
    );
    const { history } = classifier.description;
    assert.ok((history.at(-1)?.loss as number) < (history[0]?.loss as number));
    assert.equal(history.at(-1)?.validation_accuracy, 1);
  });
}

test('an ensemble tells stories apart that it has not read, better than the classic network', async () => {
  const rows = splitByStory(generateHeadlines({ rows: 1500 }), { seed: 1 });
  const accuracyOf = async (architecture: string) => {
    const { description } = await trainClassifier(rows, parseHyperparameters({ architecture }));
    return description.history.at(-1)?.validation_accuracy as number;
  };
  const [ensemble, mlp] = [await accuracyOf('ensemble'), await accuracyOf('mlp')];
  assert.ok(ensemble > mlp + 0.02, `${ensemble} beside ${mlp}`);
});

test('the figures of the last epoch are those of its answers', async () => {
  const rows = splitByStory(generateHeadlines({ rows: 1500 }), { seed: 1 });
  const classifier = await trainClassifier(rows, parseHyperparameters({ architecture: 'ensemble' }));
  const answers = classifier.predict(rows.validation.map(({ title }) => title));
  const right = rows.validation.filter(({ category }, row) => answers[row]?.result === category).length;
  const last = classifier.description.history.at(-1) as EpochMetrics;
  // Weights of a byte each may turn an answer or two.
  assertClose(last.validation_accuracy as number, right / rows.validation.length, 3 / rows.validation.length);
});

test('an ensemble knows pretrained words that no training title has', async () => {
  const training = corpus.filter(({ title }) => !/\bbank\b/i.test(title));
  const classifier = await trainClassifier({ training, validation: [] }, parseHyperparameters(given), {
    vectors: topicVectors,
  });
  assert.ok((classifier.description as EnsembleDescription).vocabulary.includes('bank'));
  const [known, unknown] = classifier.predict(['bank', 'zzzz']);
  assert.ok((known?.probabilities.Business as number) > 1.3 * (unknown?.probabilities.Business as number));
});

test('words are parted at apostrophes, so that a word’s vector is found behind a possessive', async () => {
  const classifier = await train();
  const [straight, curly, apart] = classifier.predict(["bank's shares", 'bank’s shares', 'bank s shares']);
  assert.deepEqual(straight, apart);
  assert.deepEqual(curly, apart);
});

test('with class weights, an ensemble finds more of a rare label', async () => {
  const rows = splitByStory(generateHeadlines({ rows: 1500 }), { seed: 1 });
  const health = rows.validation.filter(({ category }) => category === 'Health');
  const found = async (class_weights: string) => {
    const hyperparameters = parseHyperparameters({ architecture: 'ensemble', class_weights });
    const classifier = await trainClassifier(rows, hyperparameters);
    const answers = classifier.predict(health.map(({ title }) => title));
    return answers.reduce((sum, { probabilities }) => sum + (probabilities.Health as number), 0);
  };
  assert.ok((await found('balanced')) > (await found('none')));
});

test('probabilities sum to 1, also for titles without a known word', async () => {
  const classifier = await train();
  for (const { probabilities } of classifier.predict(['', '???', 'zzz', 'bank '.repeat(10_000)])) {
    const values = Object.values(probabilities);
    assertClose(
      values.reduce((sum, value) => sum + value, 0),
      1,
      1e-6,
    );
  }
});

test('the same seed gives the same artifact, byte for byte, and another seed another', async (t) => {
  const bytes = async (seed: number, folder: string) => {
    await saveArtifact(await train({ seed }), folder);
    return await Promise.all(
      ['classifier.json', 'weights.bin'].map(async (file) => await readFile(join(folder, file))),
    );
  };
  const folder = await temporaryFolder(t);
  const [one, same] = [await bytes(3, join(folder, 'one')), await bytes(3, join(folder, 'same'))];
  const other = await bytes(4, join(folder, 'other'));
  assert.deepEqual(one, same);
  assert.notDeepEqual(one, other);
});

test('a loaded ensemble gives the same answers, without TensorFlow', async (t) => {
  const folder = await temporaryFolder(t);
  const classifier = await train();
  await saveArtifact(classifier, folder);
  const titles = ['bank shares rise', 'film star', 'unheard of', ''];
  const script = `require('../artifact').loadArtifact(process.argv[1]).then((classifier) => {
    const predictions = classifier.predict(JSON.parse(process.argv[2]));
    const loaded = Object.keys(require.cache).filter((file) => file.includes('tfjs'));
    console.log(JSON.stringify({ predictions, loaded }));
  })`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['-e', script, folder, JSON.stringify(titles)],
    { cwd: __dirname },
  );
  assert.deepEqual(JSON.parse(stdout), { predictions: classifier.predict(titles), loaded: [] });
});

test('a stopped run continues from its checkpoint to the same weights', async (t) => {
  const folder = await temporaryFolder(t);
  const told: string[] = [];
  const checkpoints = openCheckpoints(folder, (sentence) => told.push(sentence));
  const stop = new AbortController();
  const onEpoch = ({ epoch }: EpochMetrics) => epoch === 5 && stop.abort();
  const stopped = await train({}, { checkpoints, signal: stop.signal, onEpoch });
  assert.equal(stopped.description.history.length, 5);
  const resumed = await train({}, { checkpoints });
  assert.match(told.join(), /continues after epoch 5/);
  assert.deepEqual(resumed.weights, (await train()).weights);
});

test('training that is stopped before its first step has nothing to keep', async () => {
  const { description } = await train({}, { signal: AbortSignal.abort() });
  assert.equal(description.trainedEpochs, 0);
});

test('the artifact stays small with many labels', async (t) => {
  const training = Array.from({ length: 600 }, (_, row) => ({
    title: `thing${row % 200} of kind ${row % 200}`,
    category: `label ${row % 200}`,
    story: `${row}`,
  }));
  const folder = await temporaryFolder(t);
  const classifier = await trainClassifier({ training, validation: [] }, parseHyperparameters(given));
  await saveArtifact(classifier, folder);
  assert.ok((await stat(join(folder, 'weights.bin'))).size < 4_000_000);
  assert.equal(classifier.predict(['thing7 of kind 7'])[0]?.result, 'label 7');
  assert.equal((await loadArtifact(folder)).description.labels.length, 200);
});

test('an artifact that is not an ensemble is rejected with an error', async () => {
  const { description, weights } = await train();
  const shape = (description as EnsembleDescription).shape;
  const load = (changed: object) => () =>
    architectures.ensemble.load({ ...description, ...changed } as typeof description, weights);
  assert.throws(load({ shape: undefined }), ArtifactFault);
  assert.throws(load({ shape: { ...shape, buckets: 1000 } }), /buckets/);
  assert.throws(load({ shape: { ...shape, buckets: 2 ** 14 } }), /ngrams\/inverse/);
  assert.throws(load({ shape: { ...shape, buckets: 1 } }), /buckets/);
  assert.throws(load({ shape: { ...shape, filters: 2 ** 24 } }), /16777216 filters for/);
  assert.throws(load({ shape: { ...shape, words: -1 } }), /whole numbers/);
  assert.throws(load({ vocabulary: [1, 2] }), /entries that are not text/);
  assert.throws(load({ labels: ['one', 'two'] }), /do not fit/);
});
