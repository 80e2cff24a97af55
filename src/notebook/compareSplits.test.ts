import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitByStory, splitRandomly } from '../data/split';
import { openProcessSession } from '../session/process/session';
import { createCorpus, createHeadline, temporaryFolder, writeTopicVectors } from '../testing/folders';
import { compareSplits, countKnownStories } from './compareSplits';

test('countKnownStories() counts validation rows whose story training has told', () => {
  const row = (story: string) => createHeadline({ story });
  const split = { training: [row('a'), row('b'), row('b')], validation: [row('b'), row('b'), row('c')] };
  assert.equal(countKnownStories(split), 2);
  assert.equal(countKnownStories(splitByStory(createCorpus())), 0);
  assert.ok(countKnownStories(splitRandomly(createCorpus())) > 0);
});

test('compareSplits() trains on both splits for each seed, and reports each result', async (t) => {
  const folder = await temporaryFolder(t);
  process.env.VECTORS = await writeTopicVectors(`${folder}/vectors`);
  t.after(() => delete process.env.VECTORS);
  const session = openProcessSession({ folder });
  const lines: string[] = [];
  const settings = { architecture: 'mlp', epochs: 1, vocabulary_size: 50, max_length: 5 } as const;
  const accuracies = await compareSplits(session, createCorpus(), [1, 2], settings, (line) =>
    lines.push(line),
  );
  for (const values of [accuracies.story, accuracies.random]) {
    assert.equal(values.length, 2);
    for (const value of values) assert.ok(value >= 0 && value <= 1);
  }
  assert.match(lines[0] ?? '', /^seed 1, split by story: accuracy 0\.\d{3}$/);
  assert.equal(lines.length, 4);
});
