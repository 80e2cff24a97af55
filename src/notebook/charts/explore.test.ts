import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateHeadlines } from '../../data/synthetic';
import { tellingWords } from '../../data/tellingWords';
import type { Figure } from '../../display/figure';
import { titleOf } from '../../display/figureTable';
import { createHeadline } from '../../testing/folders';
import {
  categoryChart,
  coloursOf,
  dayChart,
  hourChart,
  lengthChart,
  publisherChart,
  tellingWordsChart,
} from './explore';
import { biggestStoriesChart, nearestTitlesChart, storySizeChart } from './stories';

const monday = Date.UTC(2014, 2, 10, 9, 30);
const hour = 3_600_000;
const rows = [
  { category: 'Business', publisher: 'A', story: 's1', timestamp: monday, title: 'Bank shares rise' },
  { category: 'Business', publisher: 'A', story: 's1', timestamp: monday, title: 'Shares of bank rise' },
  { category: 'Health', publisher: 'A', story: 's2', timestamp: monday + 24 * hour, title: 'Flu <b>' },
  { category: 'Health', publisher: 'B', story: 's3', timestamp: monday - hour, title: 'Flu season begins' },
  { category: 'Business', publisher: 'C', story: 's4', timestamp: monday + 6 * 24 * hour, title: 'Profit' },
].map(createHeadline);

const hoverOf = ({ data }: Figure, trace = 0) => data[trace]?.hovertext as string[];

test('categoryChart() counts categories, in the colours that all charts give them, and shows examples', () => {
  const figure = categoryChart(rows);
  assert.deepEqual(figure.data[0]?.y, ['Business', 'Health']);
  assert.deepEqual(figure.data[0]?.x, [3, 2]);
  const colours = coloursOf(rows);
  assert.deepEqual(figure.data[0]?.marker?.color, [colours.get('Business'), colours.get('Health')]);
  assert.match(hoverOf(figure)[1] ?? '', /^Health: 2<br>40\.0% of all<br>.*“Flu &lt;b&gt;”/);
});

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

test('dayChart() counts each category’s headlines of each day, days without any included', () => {
  const { data } = dayChart(rows);
  assert.deepEqual(data[0]?.x, ['2014-03-10', '2014-03-11', '2014-03-16']);
  assert.deepEqual(
    data.map(({ y }) => y),
    [
      [2, 0, 1],
      [1, 1, 0],
    ],
  );
});

test('hourChart() counts by day of the week and hour, in UTC', () => {
  const { data } = hourChart(rows);
  const [business, health] = data.map(({ z }) => z as number[][]);
  assert.equal(business?.[0]?.[9], 2);
  assert.equal(business?.[6]?.[9], 1);
  assert.equal(health?.[0]?.[8], 1);
  assert.equal(health?.[1]?.[9], 1);
  assert.equal(
    [business, health].flat(3).reduce((sum, one) => (sum as number) + (one as number), 0),
    5,
  );
});

test('lengthChart() gives each length its share of the category', () => {
  const { data } = lengthChart(rows, 4);
  assert.deepEqual(data[0]?.y, [1 / 3, 0, 1 / 3, 1 / 3]);
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

test('biggestStoriesChart() names a story by its most typical title, shortened, and says who tells it', () => {
  const figure = biggestStoriesChart(rows, 1);
  assert.match(String(figure.data[0]?.y?.[0]), /^1\. (Bank shares rise|Shares of bank rise)$/);
  assert.match(hoverOf(figure)[0] ?? '', /1 publishers; Business/);
  const long = [createHeadline({ title: 'word '.repeat(30) })];
  assert.match(String(biggestStoriesChart(long).data[0]?.y?.[0]), /^1\. (word ?){11}…$/);
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
