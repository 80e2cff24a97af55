import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateHeadlines } from '../../data/synthetic';
import { tellingWords } from '../../data/tellingWords';
import { titleOf } from '../../display/figureTable';
import { createHeadline } from '../../testing/folders';
import { publisherChart, tellingWordsChart } from './explore';
import { nearestTitlesChart, storySizeChart } from './stories';

const rows = [
  { category: 'Business', publisher: 'A', story: 's1', title: 'Bank shares rise' },
  { category: 'Business', publisher: 'A', story: 's1', title: 'Shares of bank rise' },
  { category: 'Health', publisher: 'A', story: 's2', title: 'Flu <b>' },
  { category: 'Health', publisher: 'B', story: 's3', title: 'Flu season begins' },
  { category: 'Business', publisher: 'C', story: 's4', title: 'Profit' },
].map(createHeadline);

test('publisherChart() parts the bars of the largest publishers by category', () => {
  const { data } = publisherChart(rows, 2);
  assert.deepEqual(
    data.map(({ name, x, y }) => [name, y, x]),
    [
      ['Business', ['A', 'B'], [2, 0]],
      ['Health', ['A', 'B'], [1, 1]],
    ],
  );
});

test('storySizeChart() gives the share of the stories and of the headlines, by powers of two', () => {
  const { data } = storySizeChart(rows);
  assert.deepEqual(data[0]?.x, ['1', '2']);
  assert.deepEqual(data[0]?.y, [3 / 4, 1 / 4]);
  assert.deepEqual(data[1]?.y, [3 / 5, 2 / 5]);
});

test('storySizeChart() counts every story and every headline once', () => {
  const { data } = storySizeChart(generateHeadlines({ rows: 2000 }));
  for (const { y } of data) {
    const total = (y as number[]).reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(total - 1) < 1e-9, `${total}`);
  }
});

test('nearestTitlesChart() groups similarities by tenths, and equal titles separately', () => {
  const similarities = [0, 0.3, 0.35, 0.99, 1];
  const nearest = similarities.map((similarity) => ({
    title: 't',
    nearest: 'n',
    similarity,
    sameStory: true,
  }));
  const [trace] = nearestTitlesChart({ random: nearest }).data;
  assert.deepEqual(trace?.y, [0.2, 0, 0, 0.4, 0, 0, 0, 0, 0, 0.2, 0.2]);
});

test('charts of one panel for each category give each axes of its own, and titles to all', () => {
  const telling = tellingWords(generateHeadlines({ rows: 500 }), { count: 5 });
  const { data, layout } = tellingWordsChart(telling);
  assert.deepEqual(
    data.map(({ xaxis, yaxis }) => [xaxis, yaxis]),
    [
      ['x', 'y'],
      ['x2', 'y2'],
      ['x3', 'y3'],
      ['x4', 'y4'],
    ],
  );
  assert.equal(layout.annotations?.length, 4);
  assert.equal(titleOf(layout), 'The most distinctive words');
  for (const { y } of data) assert.equal(y?.length, 5);
});
