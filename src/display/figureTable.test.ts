import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlotData } from 'plotly.js';
import { evaluate } from '../model/evaluation/evaluate';
import { confusionMatrix } from '../notebook/charts/evaluation';
import { trainingCurves } from '../notebook/charts/training';
import { barChart, histogram, lineChart } from './charts';
import { figureTable } from './figureTable';

const titles = { title: 'Title', x: 'across', y: 'up' };

test('figureTable() reads horizontal bars from their labels', () => {
  const bars = [
    ['Health', 5],
    ['Business', 3],
  ] as const;
  assert.deepEqual(figureTable(barChart(bars, { title: 'Title', x: 'headlines', y: 'category' })), {
    columns: ['category', 'headlines'],
    values: [
      ['Health', 5],
      ['Business', 3],
    ],
  });
});

test('figureTable() puts the values of a histogram in order', () => {
  assert.deepEqual(figureTable(histogram([10, 2, 2], titles)), {
    columns: ['across', 'up'],
    values: [
      ['2', 2],
      ['10', 1],
    ],
  });
});

test('figureTable() joins lines at their positions, and leaves out what a line does not have', () => {
  const lines = [
    { name: 'one', x: ['a', 'b'], y: [1, 2] },
    { name: 'other', x: ['b', 'c'], y: [3, 4] },
  ];
  assert.deepEqual(figureTable(lineChart(lines, titles)), {
    columns: ['across', 'one up', 'other up'],
    values: [
      ['a', 1, ''],
      ['b', 2, 3],
      ['c', '', 4],
    ],
  });
});

test('figureTable() tells accuracy and loss of training and validation apart', () => {
  const metrics = [
    { epoch: 1, loss: 0.9, accuracy: 0.5 },
    { epoch: 2, loss: 0.5, accuracy: 0.8, validation_loss: 0.6, validation_accuracy: 0.7 },
  ];
  assert.deepEqual(figureTable(trainingCurves(metrics)), {
    columns: ['epoch', 'training accuracy', 'training loss', 'validation accuracy', 'validation loss'],
    values: [
      ['1', 0.5, 0.9, '', ''],
      ['2', 0.8, 0.5, 0.7, 0.6],
    ],
  });
});

test('figureTable() shows the counts of a confusion matrix', () => {
  const evaluation = evaluate(['a', 'a', 'b'], ['a', 'b', 'b']);
  assert.deepEqual(figureTable(confusionMatrix(evaluation)), {
    columns: ['expected ↓ predicted →', 'a', 'b'],
    values: [
      ['a', '1', '1'],
      ['b', '0', '1'],
    ],
  });
});

test('figureTable() is empty for a trace that it does not know', () => {
  const pie: Partial<PlotData> = { type: 'pie', labels: ['a'], values: [1] };
  assert.deepEqual(figureTable({ data: [pie], layout: { title: { text: 'Title' } } }).values, []);
});
