import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnVocabulary } from '../../text/vocabulary';
import { learnRowsVocabulary } from './examples';

test('learnRowsVocabulary() learns what learnVocabulary() does, and lets signals through', async () => {
  const rows = Array.from({ length: 30_000 }, (_, row) => ({
    title: `word${row % 700} goose`,
    category: 'a',
  }));
  let turns = 0;
  let clock = setImmediate(function turn() {
    turns++;
    clock = setImmediate(turn);
  });
  const vocabulary = await learnRowsVocabulary(rows, 500);
  clearImmediate(clock);
  const titles = rows.map(({ title }) => title);
  assert.deepEqual(vocabulary, learnVocabulary(titles, 500));
  assert.ok(turns > 1, `${turns}`);
});
