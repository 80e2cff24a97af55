import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart, confusionMatrix, dotChart, histogram, lineChart, trainingCurves } from './charts';
import { evaluate } from './evaluate';

const titles = { title: 'Title', x: 'across', y: 'up' };

test('every chart has a title and names its axes', () => {
  const figures = [
    barChart([['one', 1]], titles),
    histogram([1, 2, 2], titles),
    lineChart([{ name: 'line', x: [1], y: [2] }], titles),
  ];
  for (const { layout } of figures) {
    assert.deepEqual(layout.title, { text: 'Title' });
    assert.deepEqual(layout.xaxis?.title, { text: 'across' });
    assert.deepEqual(layout.yaxis?.title, { text: 'up', standoff: 12 });
  }
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

test('trainingCurves() draws validation only where it was measured', () => {
  const [first, second] = [
    { epoch: 1, loss: 0.9, accuracy: 0.5 },
    { epoch: 2, loss: 0.5, accuracy: 0.8, validation_loss: 0.6, validation_accuracy: 0.7 },
  ];
  const without = trainingCurves([first as never]);
  assert.deepEqual(
    without.data.map(({ name, y }) => [name, y]),
    [
      ['training', [0.5]],
      ['training', [0.9]],
    ],
  );
  const with_ = trainingCurves([first as never, second as never]);
  assert.deepEqual(
    with_.data.map(({ name, y, yaxis }) => [name, y, yaxis]),
    [
      ['training', [0.5, 0.8], 'y'],
      ['training', [0.9, 0.5], 'y2'],
      ['validation', [null, 0.7], 'y'],
      ['validation', [null, 0.6], 'y2'],
    ],
  );
});

test('confusionMatrix() colours by the share of each expected label and prints counts', () => {
  const evaluation = evaluate(['a', 'a', 'a', 'a', 'b'], ['a', 'a', 'a', 'b', 'b']);
  const [cells] = confusionMatrix(evaluation).data;
  assert.deepEqual(cells?.z, [
    [0.75, 0.25],
    [0, 1],
  ]);
  assert.deepEqual(cells?.text, [
    ['3', '1'],
    ['0', '1'],
  ]);
});
