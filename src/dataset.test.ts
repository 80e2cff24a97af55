import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadDataset } from './dataset';
import { UserError } from './errors';
import { writeHeadlines } from './headlines';
import { generateHeadlines } from './synthetic';
import { temporaryFolder } from './testing';

test('loadDataset() reads the file that it is given, and does not call it synthetic', async (t) => {
  const path = join(await temporaryFolder(t), 'some.csv');
  const rows = generateHeadlines({ rows: 7 });
  await writeHeadlines(path, rows);
  const dataset = await loadDataset({ path });
  assert.deepEqual(dataset.headlines, rows);
  assert.equal(dataset.synthetic, false);
  assert.match(dataset.description, /^7 headlines of .*some\.csv\.$/);
});

test('loadDataset() refuses a path that cannot be read instead of inventing headlines', async () => {
  await assert.rejects(loadDataset({ path: 'no/such/file.csv' }), (error) => {
    return error instanceof UserError && error.message.includes('no/such/file.csv');
  });
});
