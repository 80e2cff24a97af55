import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { barChart } from '../display/charts';
import { plotlyType } from '../display/figure';
import type { Notebook } from './format';
import { findObstacles, withPictures } from './publish';

const figure = barChart([['a', 1]], { title: 'Bars', x: 'rows', y: '' });
const table = { output_type: 'display_data', data: { 'text/html': '<table>' } };
const chart = {
  output_type: 'display_data',
  data: { [plotlyType]: figure, 'text/html': '<table>', 'text/plain': 'Chart: Bars. rows.' },
};
const notebook: Notebook = {
  metadata: {},
  cells: [
    { cell_type: 'markdown', source: '# Title' },
    { cell_type: 'code', source: 'show()', outputs: [table, chart] },
  ],
};

test('withPictures() puts a picture with alternative text beside each chart and leaves all else alone', async () => {
  const { cells } = await withPictures(notebook, async (figures) => figures.map(() => Buffer.from('drawn')));
  assert.deepEqual(cells[0], notebook.cells[0]);
  const [unchanged, pictured] = cells[1]?.outputs ?? [];
  assert.equal(unchanged, table);
  assert.deepEqual(pictured?.data, {
    [plotlyType]: figure,
    'text/plain': 'Chart: Bars. rows.',
    'image/png': Buffer.from('drawn').toString('base64'),
  });
  assert.match(JSON.stringify(pictured?.metadata), /"alt":"Chart: Bars\. rows\."/);
});

test('findObstacles() rejects what is too large, holds a path of this machine, or shows real headlines', () => {
  const fine = 'synthetic headlines';
  assert.deepEqual(findObstacles(fine), []);
  assert.match(String(findObstacles(fine.padEnd(5_100_000))), /has 5\.1 MB/);
  assert.match(String(findObstacles(`${fine} ${homedir()}/x`)), /a path of this machine: ….*x…/);
  assert.deepEqual(findObstacles(`${fine} --mount=type=secret,target=${homedir()}/.npmrc`), []);
  assert.match(String(findObstacles(`${fine} lookup on 10.0.0.53:53`)), /a network address: 10\.0\.0\.53/);
  assert.deepEqual(findObstacles(`${fine} http://127.0.0.1:8080/ping`), []);
  assert.match(String(findObstacles('headlines')), /not run on the synthetic/);
});
