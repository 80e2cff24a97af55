import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
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

test('loadDataset() looks at HEADLINES, then for the download, then invents headlines and says so', async (t) => {
  const folder = await temporaryFolder(t);
  const before = process.env.HEADLINES;
  t.after(() => {
    if (before === undefined) delete process.env.HEADLINES;
    else process.env.HEADLINES = before;
  });
  delete process.env.HEADLINES;
  const invented = await loadDataset({ folder });
  assert.equal(invented.synthetic, true);
  assert.match(invented.description, /^6,000 synthetic headlines/);

  await writeHeadlines(join(folder, 'newsCorpora.csv'), generateHeadlines({ rows: 5 }));
  assert.deepEqual((await loadDataset({ folder })).headlines.length, 5);

  process.env.HEADLINES = join(folder, 'other.csv');
  await writeHeadlines(process.env.HEADLINES, generateHeadlines({ rows: 9 }));
  const named = await loadDataset({ folder });
  assert.deepEqual([named.headlines.length, named.synthetic], [9, false]);
});

test('loadDataset() tells which lines were skipped', async (t) => {
  const path = join(await temporaryFolder(t), 'some.csv');
  await writeHeadlines(path, generateHeadlines({ rows: 30 }));
  await appendFile(path, 'broken\n');
  assert.match(
    (await loadDataset({ path })).description,
    /1 malformed lines were skipped:\nline 31: 1 column/,
  );
});

test('loadDataset() refuses a path that cannot be read instead of inventing headlines', async () => {
  await assert.rejects(loadDataset({ path: 'no/such/file.csv' }), (error) => {
    return error instanceof UserError && error.message.includes('no/such/file.csv');
  });
});
