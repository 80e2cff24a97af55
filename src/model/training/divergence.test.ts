// Odd texts, labels and learning rates: a run ends with a sound artifact, or with an error and without one.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { UserError } from '../../platform/errors';
import { temporaryFolder, userError } from '../../testing/folders';
import { loadArtifact, saveArtifact } from '../artifact';
import { parseHyperparameters } from '../hyperparameters';
import { trainClassifier } from '../train';
import { openCheckpoints } from './checkpoints';
import type { TrainingRow } from './examples';

const architectures = ['ensemble', 'mlp', 'lstm', 'cnn'] as const;

function rows(count: number, write: (row: number) => [title: string, category: string]): TrainingRow[] {
  return Array.from({ length: count }, (_, row) => {
    const [title, category] = write(row);
    return { title, category };
  });
}

const sets: Record<string, TrainingRow[]> = {
  'one word a text': rows(24, (row) => ['abc'[row % 3] as string, 'xyz'[row % 3] as string]),
  'the same text under two labels': rows(24, (row) => ['same text', 'xy'[row % 2] as string]),
  'repeated words': rows(24, (row) => ['ha '.repeat(1 + 20 * row), 'xy'[row % 2] as string]),
  'repeated characters': rows(24, (row) => ['😀'.repeat(1 + 20 * row), 'xy'[row % 2] as string]),
  'a label for each row': rows(24, (row) => [`thing ${row}`, `label ${row}`]),
  'two rows': rows(2, (row) => ['ab'[row] as string, 'xy'[row] as string]),
  'labels named as members of objects': rows(24, (row) => [
    `w${row % 3}`,
    ['__proto__', 'toString', '1'][row % 3] as string,
  ]),
};

for (const architecture of architectures) {
  test(`${architecture} gives a sound artifact or an error, whatever texts, labels and learning rate`, async (t) => {
    for (const [name, training] of Object.entries(sets)) {
      for (const learning_rate of [1e-6, 0.1, 1]) {
        const folder = await temporaryFolder(t);
        const given = {
          architecture,
          learning_rate,
          epochs: 2,
          batch_size: 8,
          vocabulary_size: 50,
          max_length: 6,
        };
        try {
          const run = { training, validation: training.slice(0, 4) };
          await saveArtifact(await trainClassifier(run, parseHyperparameters(given)), folder);
        } catch (error) {
          assert.ok(error instanceof UserError && /diverged/.test(error.message), `${name}: ${error}`);
          assert.deepEqual(await readdir(folder), []);
          continue;
        }
        const { predict, description } = await loadArtifact(folder);
        const { validation_loss: loss = Number.NaN } = description.history.at(-1) ?? {};
        assert.ok(loss <= 100 * Math.log(description.labels.length), `${name} at ${learning_rate}: ${loss}`);
        for (const { result, probabilities } of predict([...training.map(({ title }) => title), ''])) {
          assert.ok(Object.hasOwn(probabilities, result));
          const sum = Object.values(probabilities).reduce((total, share) => total + share, 0);
          assert.ok(Math.abs(sum - 1) < 1e-6, `${name} at ${learning_rate}: ${sum}`);
        }
      }
    }
  });

  test(`${architecture} throws an error if no text contains a word`, async () => {
    const training = rows(12, (row) => [' !?'.repeat(row % 3), 'xy'[row % 2] as string]);
    await assert.rejects(
      trainClassifier({ training, validation: [] }, parseHyperparameters({ architecture })),
      userError('None of the 12 training texts contains a word', 'text column'),
    );
  });
}

test('ensemble learns hundreds of labels of two rows each', async () => {
  const training = rows(800, (row) => [`word${row % 400} common`, `L${row % 400}`]);
  const given = { architecture: 'ensemble', epochs: 1, vocabulary_size: 2000, max_length: 4 };
  const { predict } = await trainClassifier({ training, validation: [] }, parseHyperparameters(given));
  const right = predict(training.map(({ title }) => title)).filter(
    ({ result }, row) => result === training[row]?.category,
  );
  assert.ok(right.length > 760, `${right.length}`);
});

test('a run that diverges with finite numbers fails, and fails again from its checkpoint', async (t) => {
  const training = sets['two rows'] as TrainingRow[];
  const given = { architecture: 'mlp', learning_rate: 1, epochs: 3, vocabulary_size: 50, max_length: 6 };
  const sentences: string[] = [];
  const checkpoints = openCheckpoints(await temporaryFolder(t), (sentence) => sentences.push(sentence));
  const run = () =>
    trainClassifier({ training, validation: [] }, parseHyperparameters(given), { checkpoints });
  const diverged = userError('Training diverged in epoch 3', 'training loss', 'Lower learning_rate');
  await assert.rejects(run(), diverged);
  await assert.rejects(run(), diverged);
  assert.match(sentences.join(), /Training continues after epoch 3/);
});
