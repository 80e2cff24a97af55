import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, userError } from '../testing/folders';
import { replaceFolder, writeInto, writeTogether, writeWhole, writeWholeSync } from './files';

const contents = Array.from({ length: 40 }, (_, index) => `${index}`.repeat(10_000));

test('of many writers of one path at once each succeeds, and one whole file is left', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'deep', 'file');
  await Promise.all(contents.map((content) => writeWhole(path, content)));
  for (const content of contents) writeWholeSync(path, content);
  await Promise.all(contents.map((content) => writeTogether({ [path]: content })));
  assert.ok(contents.includes(await readFile(path, 'utf8')));
  assert.deepEqual(await readdir(join(folder, 'deep')), ['file']);
});

test('of many who replace a folder at once each succeeds, and one whole folder is left', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'parts');
  await mkdir(path);
  await writeFile(join(path, 'old'), '');
  const replace = (content: string) =>
    replaceFolder(path, async (part) => {
      for (const name of ['a', 'b']) await writeFile(join(part, name), content);
    });
  await Promise.all(contents.map(replace));
  assert.deepEqual(await readdir(folder), ['parts']);
  assert.deepEqual(await readdir(path), ['a', 'b']);
  assert.equal(await readFile(join(path, 'a'), 'utf8'), await readFile(join(path, 'b'), 'utf8'));
});

test('a failed write leaves the existing file and folder intact, and nothing partial', async (t) => {
  const folder = await temporaryFolder(t);
  const [file, parts, taken] = ['file', 'parts', 'taken'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeWhole(file, 'old');
  await mkdir(taken);
  await mkdir(parts);
  await writeFile(join(parts, 'old'), '');
  await assert.rejects(writeTogether({ [join(folder, 'gone', 'x')]: '', [file]: 'new' }), { code: 'ENOENT' });
  await assert.rejects(writeWhole(taken, 'new'), userError('Cannot write into', folder));
  await assert.rejects(
    replaceFolder(parts, () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await readFile(file, 'utf8'), 'old');
  assert.deepEqual((await readdir(folder)).sort(), ['file', 'parts', 'taken']);
  assert.deepEqual(await readdir(parts), ['old']);
});

test('writeInto() names the file that cannot be read, and the folder only for writing', async (t) => {
  const folder = await temporaryFolder(t);
  const elsewhere = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  await symlink(join(folder, 'nowhere'), join(elsewhere, 'link'));
  const [target, missing] = [join(folder, 'target'), join(elsewhere, 'missing')];
  const readers: [string, string, () => Promise<unknown>][] = [
    ['readFile', missing, () => readFile(missing)],
    ['cp', missing, () => cp(missing, target, { recursive: true })],
    ['readdir', missing, () => readdir(missing)],
    ['inside the folder', join(folder, 'missing'), () => readFile(join(folder, 'missing'))],
    ['cp inside the folder', join(folder, 'missing'), () => cp(join(folder, 'missing'), target)],
    ['a link to nowhere', join(elsewhere, 'link'), () => readFile(join(elsewhere, 'link'))],
    ['a folder that is a file', join(folder, 'file'), () => readdir(join(folder, 'file'))],
  ];
  for (const [what, path, read] of readers) {
    await assert.rejects(writeInto(folder, read), userError(`Cannot read ${path} (`), what);
  }
  const writers: [string, () => Promise<unknown>][] = [
    ['below a folder that is missing', () => writeFile(join(folder, 'no', 'such', 'x'), '')],
    ['below a file', () => mkdir(join(folder, 'file', 'x'))],
    ['in the place of a folder', () => writeFile(folder, '')],
    ['of a name that is too long', () => writeFile(join(folder, 'x'.repeat(300)), '')],
    ['without a path', () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))],
  ];
  for (const [what, write] of writers) {
    await assert.rejects(writeInto(folder, write), userError(`Cannot write into ${folder} (`), what);
  }
  const others = [new Error('other'), Object.assign(new Error('x'), { code: 'EIO', path: missing })];
  for (const other of others)
    await assert.rejects(
      writeInto(folder, () => Promise.reject(other)),
      other,
    );
  const spawn = Object.assign(new Error('spawn tar ENOENT'), {
    code: 'ENOENT',
    path: 'tar',
    syscall: 'spawn tar',
  });
  await assert.rejects(
    writeInto(folder, () => Promise.reject(spawn)),
    spawn,
  );
});
