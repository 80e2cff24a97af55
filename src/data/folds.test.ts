import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHeadline, createHeadlines, userError } from '../testing/folders';
import { foldsByStory } from './folds';
import type { Headline } from './headlines';
import { seededRandom, shuffled } from './random';
import { generateHeadlines } from './synthetic';

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

test('foldsByStory() rejects more folds than stories, and fewer than two', () => {
  for (const folds of [1, 1.5, 1000]) {
    assert.throws(
      () => foldsByStory(createHeadlines(9), { folds }),
      userError(`folds is ${folds}`, 'which is 3'),
    );
  }
});

/** Deals stories, the largest first, each to the emptiest fold, and knows no labels. */
function dealWithoutLabels(rows: readonly Headline[], folds: number, seed: number): Headline[][] {
  const sizes = new Map<string, number>();
  for (const { story } of rows) sizes.set(story, (sizes.get(story) ?? 0) + 1);
  const filled = new Array<number>(folds).fill(0);
  const foldOf = new Map<string, number>();
  for (const [story, size] of shuffled(sizes, seededRandom(seed)).sort(([, one], [, other]) => other - one)) {
    const emptiest = filled.indexOf(Math.min(...filled));
    filled[emptiest] = (filled[emptiest] as number) + size;
    foldOf.set(story, emptiest);
  }
  return filled.map((_, fold) => rows.filter(({ story }) => foldOf.get(story) === fold));
}

test('foldsByStory() deals as if there were no labels where every label has plenty of stories', () => {
  const rows = generateHeadlines({ rows: 2000 });
  for (let seed = 1; seed <= 5; seed++) {
    for (const folds of [2, 5]) {
      const held = foldsByStory(rows, { folds, seed }).map(({ validation }) => validation);
      assert.deepEqual(held, dealWithoutLabels(rows, folds, seed));
    }
  }
});

test('foldsByStory() keeps every label of two or more stories in training, also where an object is repeated', () => {
  const story = fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    label: fc.nat(8),
    isRepeated: fc.boolean(),
  });
  const stories = fc.array(story, { minLength: 5, maxLength: 30 });
  fc.assert(
    fc.property(stories, fc.integer({ min: 2, max: 5 }), fc.nat(), (stories, folds, seed) => {
      const rows = stories.flatMap(({ size, label, isRepeated }, place) => {
        const row = () => createHeadline({ story: `s${place}`, category: `label ${label}` });
        return isRepeated ? new Array<Headline>(size).fill(row()) : Array.from({ length: size }, row);
      });
      const splits = foldsByStory(rows, { folds, seed });
      const held = splits.reduce((sum, { validation }) => sum + validation.length, 0);
      assert.equal(held, rows.length);
      for (const { training, validation } of splits) {
        assert.equal(training.length + validation.length, rows.length);
        for (const { category } of validation) {
          const storiesOfLabel = stories.filter(({ label }) => category === `label ${label}`).length;
          assert.equal(
            training.some((row) => row.category === category),
            storiesOfLabel > 1,
          );
        }
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});
