import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingCurves } from '../notebook/charts/training';
import { describeFigure } from './altText';
import { barChart, lineChart } from './charts';

test('describeFigure() says title, axes, and each series from its least to its most', () => {
  const lines = [
    { name: 'one', x: ['Mon', 'Tue', 'Wed'], y: [3, 1, 2] },
    { name: 'other', x: ['Mon'], y: [0.12345] },
  ];
  assert.equal(
    describeFigure(lineChart(lines, { title: 'Days', x: 'day', y: 'rows' })),
    'Chart: Days. day, rows; one: 3 values, from 1 (Tue) to 3 (Mon); other: 1 values, from 0.1235 (Mon) to 0.1235 (Mon).',
  );
});

test('describeFigure() reads bars from their labels, and a figure of several panels', () => {
  assert.match(
    describeFigure(
      barChart(
        [
          ['a', 2],
          ['b', 7],
        ],
        { title: 'Bars', x: 'rows', y: '' },
      ),
    ),
    /from 2 \(a\) to 7 \(b\)\.$/,
  );
  const heatmap = { x: [9, 10], y: ['Mon'], z: [[0, 3]] };
  const panels = ['Business', 'Health'].map((name) => ({ type: 'heatmap', name, ...heatmap }) as const);
  assert.match(describeFigure({ data: panels, layout: {} }), /Business: 2 values, from 0 to 3; Health: 2/);
});

test('describeFigure() accepts a figure without title and numbers', () => {
  assert.equal(describeFigure({ data: [], layout: {} }), 'Chart.');
});

test('describeFigure() tells the panels of training curves apart, and ends a question with its own mark', () => {
  const metrics = [{ epoch: 1, loss: 0.5, accuracy: 0.75 }];
  assert.equal(
    describeFigure(trainingCurves(metrics, 'How far?')),
    'Chart: How far? epoch, accuracy; training accuracy: 1 values, from 0.75 (1) to 0.75 (1); training loss: 1 values, ' +
      'from 0.5 (1) to 0.5 (1).',
  );
});
