import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart, dotChart, histogram, lineChart } from './charts';
import { palette, series } from './figure';
import { titleOf } from './figureTable';

const titles = { title: 'Title', x: 'across', y: 'up' };

test('every chart has a title and names its axes', () => {
  const figures = [
    barChart([['one', 1]], titles),
    histogram([1, 2, 2], titles),
    lineChart([{ name: 'line', x: [1], y: [2] }], titles),
  ];
  for (const { layout } of figures) {
    assert.deepEqual([layout, layout.xaxis, layout.yaxis].map(titleOf), ['Title', 'across', 'up']);
  }
});

test('labels that look like numbers or dates stay labels, in the order given', () => {
  const bars = barChart(
    [
      ['10', 5],
      ['2', 3],
      ['2024-01-01', 1],
    ],
    titles,
  );
  assert.deepEqual([bars.layout.yaxis?.type, bars.layout.xaxis?.type], ['category', undefined]);
  const counts = histogram([1, 2], titles);
  assert.deepEqual([counts.layout.xaxis?.type, counts.layout.yaxis?.type], [undefined, undefined]);
});

test('barChart() puts the first label on top and grows with their number', () => {
  const two = barChart(
    [
      ['first', 5],
      ['second', 3],
    ],
    titles,
  );
  assert.deepEqual(two.data[0]?.y, ['first', 'second']);
  assert.deepEqual(two.data[0]?.x, [5, 3]);
  assert.equal(two.layout.yaxis?.autorange, 'reversed');
  const three = barChart(
    [
      ['first', 5],
      ['second', 3],
      ['third', 1],
    ],
    titles,
  );
  assert.ok((three.layout.height as number) > (two.layout.height as number));
});

test('histogram() draws one bar for each value, and holds counts rather than values', () => {
  const values = Array.from({ length: 300_000 }, (_, index) => index % 7);
  const { data } = histogram(values, titles);
  assert.deepEqual(data[0]?.x, [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(data[0]?.y?.[0], 42_858);
});

test('dotChart() does not join its dots', () => {
  const { data } = dotChart([{ name: 'dots', x: ['a', 'b'], y: [1, 2] }], titles);
  assert.equal(data[0]?.mode, 'markers');
});

/** The contrast of a colour with white (WCAG 2.2, relative luminance). */
function contrastWithWhite(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

test('every mark stands out from its background, and no other series has the colour of one of four labels', () => {
  for (const colour of [...palette, ...series]) {
    assert.ok(contrastWithWhite(colour) >= 3, `${colour}: ${contrastWithWhite(colour).toFixed(2)}`);
  }
  const labels: readonly string[] = palette.slice(0, 4);
  assert.deepEqual(
    series.filter((colour) => labels.includes(colour)),
    [],
  );
});
