import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeadline } from '../testing/folders';
import { tokenise } from '../text/tokenizer';
import { nearestTitles } from './nearDuplicates';
import { sample } from './random';
import { splitRandomly } from './split';
import { generateHeadlines } from './synthetic';

function jaccard(one: string, other: string): number {
  const [a, b] = [new Set(tokenise(one)), new Set(tokenise(other))];
  const both = [...a].filter((word) => b.has(word)).length;
  return both / (a.size + b.size - both);
}

test('nearestTitles() finds what comparing every pair finds', () => {
  const split = splitRandomly(generateHeadlines({ rows: 400 }));
  const found = nearestTitles(split, { count: 50, seed: 3 });
  const asked = sample(split.validation, 50, 3);
  const expected = asked.map(({ title }) =>
    Math.max(...split.training.map((row) => jaccard(title, row.title))),
  );
  assert.deepEqual(
    found.map(({ similarity }) => similarity),
    expected.sort((one, other) => other - one),
  );
  for (const { title, nearest, similarity } of found) assert.equal(jaccard(title, nearest), similarity);
});

test('nearestTitles() says whether both tell the same story, and 0 where no word is shared', () => {
  const training = [createHeadline({ title: 'Bank shares rise', story: 'one' })];
  const validation = [
    createHeadline({ title: 'Bank shares RISE', story: 'one' }),
    createHeadline({ title: 'bank bank holiday', story: 'two' }),
    createHeadline({ title: 'comet', story: 'one' }),
  ];
  assert.deepEqual(nearestTitles({ training, validation }), [
    { title: 'Bank shares RISE', nearest: 'Bank shares rise', similarity: 1, sameStory: true },
    { title: 'bank bank holiday', nearest: 'Bank shares rise', similarity: 1 / 4, sameStory: false },
    { title: 'comet', nearest: '', similarity: 0, sameStory: false },
  ]);
});
