import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ZipFile } from 'yazl';
import { UserError } from '../platform/errors';
import { atEnd, findFreePort, setEnvironment, temporaryFolder, userError } from '../testing/folders';
import { loadDataset } from './dataset';
import { writeHeadlines } from './headlines';
import { generateHeadlines } from './synthetic';

test('loadDataset() reads the file that it is given, and does not call it synthetic', async (t) => {
  const path = join(await temporaryFolder(t), 'some.csv');
  const rows = generateHeadlines({ rows: 7 });
  await writeHeadlines(path, rows);
  const dataset = await loadDataset({ path });
  assert.deepEqual(dataset.headlines, rows);
  assert.equal(dataset.synthetic, false);
  assert.match(dataset.description, /^7 headlines of .*some\.csv\.$/);
});

test('loadDataset() reads a folder, and gives each headline without a story a story of its own', async (t) => {
  const folder = await temporaryFolder(t);
  const rows = generateHeadlines({ rows: 40 });
  const lonely = rows.map((row, at) => (at % 2 ? { ...row, story: '' } : row));
  await writeHeadlines(join(folder, 'a.csv'), lonely.slice(0, 20));
  await writeHeadlines(join(folder, 'b.csv'), lonely.slice(20));
  await writeHeadlines(join(folder, '.ipynb_checkpoints', 'a-checkpoint.csv'), rows);
  const { headlines, description } = await loadDataset({ path: folder });
  assert.deepEqual(
    headlines.map(({ title }) => title),
    rows.map(({ title }) => title),
  );
  assert.equal(new Set(headlines.filter((_, at) => at % 2).map(({ story }) => story)).size, 20);
  assert.match(description, /^40 headlines of .*Skipped: \.ipynb_checkpoints\/ \(hidden\)\.$/);
  await assert.rejects(loadDataset({ path: await temporaryFolder(t) }), userError('contains no file'));
});

test('loadDataset() tries HEADLINES, then its folder, then invents headlines and says so', async (t) => {
  const folder = await temporaryFolder(t);
  setEnvironment(t, { HEADLINES: undefined });
  const invented = await loadDataset({ folder, download: false });
  assert.equal(invented.synthetic, true);
  assert.match(invented.description, /^6,000 synthetic headlines, .* this machine has no dataset\. Figures/);

  await writeHeadlines(join(folder, 'newsCorpora.csv'), generateHeadlines({ rows: 5 }));
  assert.deepEqual((await loadDataset({ folder })).headlines.length, 5);

  process.env.HEADLINES = join(folder, 'other.csv');
  await writeHeadlines(process.env.HEADLINES, generateHeadlines({ rows: 9 }));
  const named = await loadDataset({ folder });
  assert.deepEqual([named.headlines.length, named.synthetic], [9, false]);

  process.env.HEADLINES = 'synthetic';
  const asked = await loadDataset({ folder });
  assert.deepEqual([asked.headlines.length, asked.synthetic], [6000, true]);
});

test('loadDataset() downloads the dataset where there is none', async (t) => {
  const folder = await temporaryFolder(t);
  setEnvironment(t, { HEADLINES: undefined });
  const source = join(folder, 'source.csv');
  await writeHeadlines(source, generateHeadlines({ rows: 8 }));
  const archive = new ZipFile();
  archive.addFile(source, 'newsCorpora.csv');
  archive.end();
  const server = createServer((_, response) => void archive.outputStream.pipe(response)).listen(
    0,
    '127.0.0.1',
  );
  atEnd(t, () => server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.zip`;
  const lines: string[] = [];
  const download = { url, onProgress: (line: string) => lines.push(line), limits: { rows: 8 } };
  const dataset = await loadDataset({ folder, download });
  assert.deepEqual([dataset.headlines.length, dataset.synthetic], [8, false]);
  assert.ok(lines.length > 0);
  assert.ok(existsSync(join(folder, 'newsCorpora.csv')));
});

test('loadDataset() invents headlines if the download fails, and gives the reason', async (t) => {
  const folder = await temporaryFolder(t);
  setEnvironment(t, { HEADLINES: undefined });
  const url = `http://127.0.0.1:${await findFreePort()}/a.zip`;
  const { synthetic, description } = await loadDataset({ folder, download: { url, onProgress() {} } });
  assert.equal(synthetic, true);
  assert.match(
    description,
    /^6,000 synthetic headlines, .*127\.0\.0\.1.* cannot be reached; is this machine offline/,
  );
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

test('loadDataset() rejects a path that cannot be read instead of inventing headlines', async () => {
  await assert.rejects(loadDataset({ path: 'no/such/file.csv' }), (error) => {
    return error instanceof UserError && error.message.includes('no/such/file.csv');
  });
});
