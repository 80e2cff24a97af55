import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHyperparameters } from '../model/hyperparameters';
import { trainClassifier } from '../model/train';
import { tokenise } from '../text/tokenizer';
import { loadVectors } from '../text/vectors';
import type { Headline } from './headlines';
import { splitByStory, splitRandomly } from './split';
import { generateHeadlines } from './synthetic';

test('generateHeadlines() gives the rows asked for, and the same ones for the same seed', () => {
  const rows = generateHeadlines({ rows: 500, seed: 3 });
  assert.equal(rows.length, 500);
  assert.deepEqual(generateHeadlines({ rows: 500, seed: 3 }), rows);
  assert.notDeepEqual(generateHeadlines({ rows: 500, seed: 4 }), rows);
});

test('generateHeadlines() invents unequal classes', () => {
  const counts = new Map<string, number>();
  for (const { category } of generateHeadlines()) counts.set(category, (counts.get(category) ?? 0) + 1);
  const sizes = [...counts.values()].sort((a, b) => a - b);
  assert.equal(sizes.length, 4);
  assert.ok((sizes[3] as number) > 5 * (sizes[0] as number), `sizes ${sizes}`);
});

test('generateHeadlines() tells a story in one category and in nearly the same words', () => {
  const stories = new Map<string, Headline[]>();
  for (const row of generateHeadlines()) stories.set(row.story, [...(stories.get(row.story) ?? []), row]);
  for (const tellings of stories.values()) {
    const [first, ...others] = tellings.map(({ title }) => new Set(tokenise(title)));
    assert.equal(new Set(tellings.map(({ category }) => category)).size, 1);
    for (const other of others) assert.ok([...other].filter((token) => first?.has(token)).length >= 2);
  }
});

test('generateHeadlines() says on every row that it is invented', () => {
  for (const { hostname, story } of generateHeadlines({ rows: 50 })) {
    assert.match(hostname, /\.invalid$/);
    assert.match(story, /^synthetic-/);
  }
});

test('the classic network behaves on the synthetic set as on the real one: a random split flatters it', async () => {
  const vectors = await loadVectors();
  const headlines = generateHeadlines();
  const accuracies = { story: 0, random: 0 };
  const seeds = [1, 2, 3];
  for (const seed of seeds) {
    for (const [name, divide] of [
      ['story', splitByStory],
      ['random', splitRandomly],
    ] as const) {
      const { description } = await trainClassifier(
        divide(headlines, { seed }),
        parseHyperparameters({ seed }),
        { vectors },
      );
      accuracies[name] += (description.history.at(-1)?.validation_accuracy as number) / seeds.length;
    }
  }
  for (const accuracy of Object.values(accuracies))
    assert.ok(accuracy > 0.75 && accuracy < 0.95, `${accuracy}`);
  assert.ok(accuracies.random - accuracies.story >= 0.03, JSON.stringify(accuracies));
});
