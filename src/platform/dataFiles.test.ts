import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import test, { type TestContext } from 'node:test';
import { temporaryFolder, userError } from '../testing/folders';
import { contentHash } from './contentHash';
import { dataFiles, dataToUpload, describePassedOver, reasonToPassOver } from './dataFiles';

/** A folder with these files, a line in each but the empty ones. */
async function folderOf(t: TestContext, files: readonly string[], empty: readonly string[] = []) {
  const folder = await temporaryFolder(t);
  for (const file of [...files, ...empty]) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), empty.includes(file) ? '' : 'a line\n');
  }
  return folder;
}

const data = [
  'train.csv',
  'part-00000-1a2b.c000.csv.gz',
  'label=sports/part-0.csv',
  'label=__HIVE_DEFAULT_PARTITION__/part-0.csv',
  'two words/läb 日本.tsv',
  'no-extension',
  'readme_texts.csv',
  'readmes/a.csv',
  'licensed.csv',
  'train_.csv',
  '_train.csv',
  'a.b.c',
];

const other = [
  '.DS_Store',
  '._train.csv',
  '.train.csv.crc',
  '.~lock.train.csv#',
  '.ipynb_checkpoints/train-checkpoint.csv',
  'deep/.git/objects/aa',
  '__MACOSX/._train.csv',
  '__MACOSX/train.csv',
  '__pycache__/x.pyc',
  '_SUCCESS',
  '_committed_123',
  '_delta_log/0.json',
  '_temporary/0/part-0.csv',
  'README',
  'README.md',
  'readme.txt',
  'README.en.md',
  'README_DATA.txt',
  'deep/ReadMe.rst',
  'LICENSE',
  'licence.txt',
  'Thumbs.db',
  'deep/desktop.ini',
  '~$table.xlsx',
  'train.csv~',
  '#train.csv#',
  'train.csv.bak',
  'train.csv.swp',
  'train.csv.crc',
  'train.csv.sha256',
];

test('dataFiles() lists data in all folders and passes over the rest', async (t) => {
  const folder = await folderOf(t, [...data, ...other], ['empty.csv', 'deep/part-1.csv']);
  const { files, passedOver } = await dataFiles(relative(process.cwd(), folder));
  assert.deepEqual(files, data.map((name) => join(folder, name)).sort());
  const named = passedOver.map((one) => one.replace(/ \((hidden|empty|not data)\)$/, ''));
  for (const path of [...other, 'empty.csv', 'deep/part-1.csv']) {
    assert.equal(
      named.filter((name) => path === name || (name.endsWith('/') && path.startsWith(name))).length,
      1,
      path,
    );
  }
  assert.ok(passedOver.includes('.ipynb_checkpoints/ (hidden)'));
  assert.ok(passedOver.includes('deep/part-1.csv (empty)'));
});

test('reasonToPassOver() judges keys of S3 as dataFiles() judges files', () => {
  for (const path of data) assert.equal(reasonToPassOver(path, 1), undefined, path);
  for (const path of other) assert.match(reasonToPassOver(path, 1) ?? '', /\((hidden|not data)\)$/, path);
  assert.equal(reasonToPassOver('part-0.csv', 0), 'part-0.csv (empty)');
  assert.equal(reasonToPassOver('a/.b/c/.d', 0), 'a/.b/ (hidden)');
});

test('dataFiles() takes a path that is not a folder as it is, and follows links to files', async (t) => {
  const folder = await folderOf(t, ['README.md', 'data/a.csv']);
  const readme = join(folder, 'README.md');
  assert.deepEqual(await dataFiles(readme), { files: [readme], passedOver: [] });
  await symlink(readme, join(folder, 'data', 'b.csv'));
  assert.equal((await dataFiles(join(folder, 'data'))).files.length, 2);
});

test('dataFiles() rejects a link to a folder and one that leads nowhere', async (t) => {
  for (const target of ['data', 'nowhere']) {
    const folder = await folderOf(t, ['data/a.csv']);
    await symlink(join(folder, target), join(folder, 'link'));
    await assert.rejects(dataFiles(folder), userError(join(folder, 'link'), 'link'));
  }
});

test('dataFiles() names what was passed over where nothing is left', async (t) => {
  const folder = await folderOf(t, ['.hidden', 'README'], ['part-0.csv']);
  await assert.rejects(
    dataFiles(folder),
    userError(folder, 'contains no data', '.hidden (hidden), README (not data), part-0.csv (empty)'),
  );
  assert.deepEqual(await dataFiles(await temporaryFolder(t)), { files: [], passedOver: [] });
});

test('dataToUpload() tells once what is not uploaded, and rejects an empty folder', async (t) => {
  const folder = await folderOf(t, ['a.csv', '.b'], ['c']);
  const told: string[] = [];
  assert.deepEqual(await dataToUpload(folder, (line) => told.push(line)), [join(folder, 'a.csv')]);
  assert.deepEqual(told, [`${folder}: Skipped: .b (hidden), c (empty).`]);
  await assert.rejects(dataToUpload(await temporaryFolder(t), assert.fail), userError('contains no file'));
});

test('contentHash() does not change with what is passed over', async (t) => {
  const clean = await folderOf(t, ['a.csv', 'b/c.csv']);
  const cluttered = await folderOf(t, ['a.csv', 'b/c.csv', '.ipynb_checkpoints/a.csv', 'README.md'], ['x']);
  assert.equal(await contentHash(clean), await contentHash(cluttered));
  assert.notEqual(await contentHash(clean), await contentHash(await folderOf(t, ['a.csv', 'c.csv'])));
});

test('describePassedOver() cuts a long list', () => {
  assert.equal(describePassedOver(['a', 'b', 'c'], 2), 'Skipped: a, b and 1 more.');
});

test('dataToUpload() rejects a pipe or a device, given or in a folder, without waiting for it', async (t) => {
  const folder = await folderOf(t, ['a.csv']);
  const pipe = join(folder, 'pipe.csv');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  for (const [source, file] of [
    [pipe, pipe],
    [folder, pipe],
    ['/dev/zero', '/dev/zero'],
  ] as const) {
    await assert.rejects(
      dataToUpload(source, assert.fail),
      userError(file, 'pipe or a device', 'upload that'),
    );
  }
});
