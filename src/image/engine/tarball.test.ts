// The archives beside tar's own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { temporaryFolder } from '../../testing/folders';
import { findFile, listFiles, packFiles } from './tarball';

test('packFiles() makes an archive that tar reads, with the owner asked for', async () => {
  const input = await buffer(packFiles({ 'model/': '', 'input/data/words.txt': 'Größe\n' }, 10001));
  const list = spawnSync('tar', ['--list', '--verbose', '--numeric-owner'], {
    input,
    encoding: 'utf8',
  }).stdout;
  assert.match(list, /^drwxr-xr-x 10001\/10001 .* model\/$/m);
  assert.match(list, /^-rw-r--r-- 10001\/10001 +8 .* input\/data\/words\.txt$/m);
  const extract = ['--extract', '--to-stdout', 'input/data/words.txt'];
  assert.equal(spawnSync('tar', extract, { input, encoding: 'utf8' }).stdout, 'Größe\n');
});

/** What tar makes of a folder with a program, a large file and a link to it. */
async function tarOf(folder: string): Promise<Buffer> {
  await mkdir(join(folder, 'model', 'empty'), { recursive: true });
  await writeFile(join(folder, 'model', 'train'), '#!/bin/sh\n');
  await chmod(join(folder, 'model', 'train'), 0o755);
  await writeFile(join(folder, 'model', 'weights'), 'w'.repeat(100_000));
  await symlink('weights', join(folder, 'model', 'link'));
  return spawnSync('tar', ['--create', '--sort=name', '--directory', folder, 'model']).stdout;
}

test('listFiles() tells files, folders, links and programs apart, with how files begin', async (t) => {
  const files = await listFiles(Readable.from([await tarOf(await temporaryFolder(t))]));
  const kinds = files.map(({ path, isFolder, isSymbolicLink, isExecutable, size }) => [
    path,
    isFolder ? 'folder' : isSymbolicLink ? 'link' : isExecutable ? 'program' : 'file',
    size,
  ]);
  assert.deepEqual(kinds, [
    ['model/', 'folder', 0],
    ['model/empty/', 'folder', 0],
    ['model/link', 'link', 0],
    ['model/train', 'program', 10],
    ['model/weights', 'file', 100_000],
  ]);
  assert.deepEqual(
    files.slice(3).map(({ head }) => head),
    ['#!/bin/sh\n', 'w'.repeat(1024)],
  );
});

test('findFile() names the first file, or none, and reads no further', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = await tarOf(folder);
  async function* endless() {
    yield archive;
    await new Promise(() => undefined);
  }
  assert.equal(await findFile(Readable.from(endless())), 'model/link');
  const folders = spawnSync('tar', ['--create', '--directory', folder, 'model/empty']).stdout;
  assert.equal(await findFile(Readable.from([folders])), undefined);
});
