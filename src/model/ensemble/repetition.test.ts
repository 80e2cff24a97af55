// Texts that repeat themselves, long texts and empty ones: training stays finite, and training and artifact agree.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LabelledTitle, readNews } from '../../data/headlines';
import { splitRandomly } from '../../data/split';
import { readTable } from '../../data/table';
import { temporaryFolder } from '../../testing/folders';
import { loadArtifact, saveArtifact } from '../artifact';
import { parseHyperparameters } from '../hyperparameters';
import { trainClassifier } from '../train';
import type { EpochMetrics } from '../training/metrics';

const folder = join(__dirname, '..', '..', '..', 'src', 'testing', 'fixtures', 'repeated-ngrams');
const sample = join(
  __dirname,
  '..',
  '..',
  '..',
  '..',
  'shared',
  'data',
  'uci-news-sample',
  'newsCorpora.csv',
);

async function read(file: string): Promise<LabelledTitle[]> {
  return (await readTable(join(folder, file), { text: 'text', label: 'label' })).rows;
}

async function train(training: readonly LabelledTitle[], validation: readonly LabelledTitle[]) {
  const classifier = await trainClassifier({ training, validation }, parseHyperparameters({}));
  return { classifier, last: classifier.description.history.at(-1) as Required<EpochMetrics> };
}

test('two rows that repeat a word sixty times spoil nothing', async () => {
  const { classifier, last } = await train(await read('train.csv'), await read('validation.csv'));
  assert.equal(last.validation_accuracy, 1);
  assert.ok(last.validation_loss < 0.1, String(last.validation_loss));
  const [answer] = classifier.predict(['number']);
  assert.ok(Object.values(answer?.probabilities ?? {}).every((share) => share < 0.999));
});

test('eight rows of laughter spoil nothing', async () => {
  const rows = await read('eight-laughing-rows.csv');
  const { training, validation } = splitRandomly(rows, { validationFraction: 0.2, seed: 1 });
  const { last } = await train(training, validation);
  assert.ok(last.validation_accuracy >= 0.98, String(last.validation_accuracy));
});

test('thirty repeating rows beside 3,029 headlines change the accuracy by less than a point', {
  skip: !existsSync(sample) && 'the news sample is not in ../shared/data',
}, async () => {
  const rows = (await readNews(sample)).rows.filter((_, place) => place % 5 === 0);
  const isHeldOut = (place: number) => place % 25 < 5;
  const training = rows.filter((_, row) => !isHeldOut(row));
  const validation = rows.filter((_, row) => isHeldOut(row));
  const repeating = (await read('thirty-repeating-rows.csv')).map((row) => ({
    ...row,
    category: row.category === 'Science & Technology' ? 'Technology' : row.category,
  }));
  const [without, with30] = [
    await train(training, validation),
    await train([...training, ...repeating], validation),
  ];
  const difference = with30.last.validation_accuracy - without.last.validation_accuracy;
  assert.ok(Math.abs(difference) < 0.01, String(difference));
});

const words = ['shares', 'bank', 'film', 'goose', 'ha', 'naïve', '日本', 'x', '5', '😀', '--', "'"];
const word = fc.constantFrom(...words);
const run = fc.tuple(word, fc.integer({ min: 1, max: 300 })).map(([text, times]) => `${text} `.repeat(times));
const pair = fc
  .tuple(word, word, fc.integer({ min: 1, max: 100 }))
  .map(([one, other, times]) => `${one} ${other} `.repeat(times));
const characters = fc
  .tuple(word, fc.integer({ min: 1, max: 500 }))
  .map(([text, times]) => text.repeat(times));
const long = fc
  .integer({ min: 300, max: 5000 })
  .map((length) => Array.from({ length }, (_, at) => words[(at * at) % 7]).join(' '));
const text = fc
  .array(fc.oneof(word, run, pair, characters, fc.constant('')), { maxLength: 8 })
  .map((parts) => parts.join(' '));
const texts = fc.array(fc.oneof({ weight: 9, arbitrary: text }, { weight: 1, arbitrary: long }), {
  minLength: 8,
  maxLength: 30,
});

test('whatever repeats, training is finite, tells labels apart and answers as its artifact does', async (t) => {
  const target = await temporaryFolder(t);
  await fc.assert(
    fc.asyncProperty(texts, async (given) => {
      // A word of its own for each label makes rows separable, whatever they repeat.
      const rows = given.map((text, row) => {
        const category = row % 2 === 0 ? 'even' : 'odd';
        return { title: `${text} ${category}label`, category, story: String(row) };
      });
      const { classifier, last } = await train(rows, rows);
      assert.ok(Object.values(last).every(Number.isFinite), JSON.stringify(last));
      assert.ok(last.validation_accuracy >= 0.9, String(last.validation_accuracy));
      await saveArtifact(classifier, target);
      const loaded = await loadArtifact(target);
      const answers = loaded.predict(rows.map(({ title }) => title));
      assert.deepEqual(answers, classifier.predict(rows.map(({ title }) => title)));
      const right = answers.filter(({ result }, row) => result === rows[row]?.category).length;
      // Weights of a byte each may turn an answer.
      assert.ok(Math.abs(right / rows.length - last.validation_accuracy) <= 1 / rows.length + 1e-9);
    }),
    { seed: 1, numRuns: 25 },
  );
});
