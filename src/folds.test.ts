import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldsByStory } from './folds';
import { generateHeadlines } from './synthetic';
import { createHeadlines, userError } from './testing';

test('foldsByStory() holds every row out once, and no story stands on both sides', () => {
  const rows = generateHeadlines({ rows: 1000 });
  const splits = foldsByStory(rows, { folds: 5 });
  assert.equal(splits.length, 5);
  assert.deepEqual(
    splits.flatMap(({ validation }) => validation.map(({ id }) => id)).sort(),
    rows.map(({ id }) => id).sort(),
  );
  for (const { training, validation } of splits) {
    assert.equal(training.length + validation.length, rows.length);
    const held = new Set(validation.map(({ story }) => story));
    assert.ok(training.every(({ story }) => !held.has(story)));
    assert.ok(Math.abs(validation.length - 200) <= 1, `${validation.length}`);
  }
});

test('foldsByStory() parts in another way with another seed', () => {
  const rows = createHeadlines(90);
  const first = (seed: number) => foldsByStory(rows, { folds: 3, seed })[0]?.validation.map(({ id }) => id);
  assert.deepEqual(first(1), first(1));
  assert.notDeepEqual(first(1), first(2));
});

test('foldsByStory() refuses more folds than stories, and fewer than two', () => {
  for (const folds of [1, 1.5, 1000]) {
    assert.throws(
      () => foldsByStory(createHeadlines(9), { folds }),
      userError(`folds is ${folds}`, 'which is 3'),
    );
  }
});
