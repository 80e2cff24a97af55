import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { codeNotebook, temporaryFolder } from '../testing/folders';
import type { Notebook } from './format';
import { takeOwnCopy } from './ownCopy';

async function createOriginal(t: TestContext, sources: readonly string[] = ['1 + 1']) {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'workshop.ipynb');
  await writeSources(path, sources);
  return { folder, path };
}

/** Writes a notebook with outputs. */
async function writeSources(path: string, sources: readonly string[], text = '2'): Promise<void> {
  const notebook = codeNotebook(sources);
  const outputs = [{ output_type: 'stream', name: 'stdout', text }];
  const cells = notebook.cells.map((cell) => ({ ...cell, outputs, execution_count: 1 }));
  await writeFile(path, JSON.stringify({ ...notebook, cells }));
}

const read = async (path: string) => JSON.parse(await readFile(path, 'utf8')) as Notebook;

test('takeOwnCopy() makes a copy without outputs beside the original, which stays as it is', async (t) => {
  const { folder, path } = await createOriginal(t);
  const before = await readFile(path, 'utf8');
  const copy = await takeOwnCopy(path);
  assert.deepEqual(copy, { path: join(folder, 'workshop.local.ipynb'), remarks: [] });
  const { cells, metadata } = await read(copy.path);
  const [cell] = cells;
  assert.deepEqual([cell?.source, cell?.outputs, cell?.execution_count], ['1 + 1', [], null]);
  assert.ok(metadata.kernelspec, 'the kernel is the same');
  assert.equal(await readFile(path, 'utf8'), before);
});

test('takeOwnCopy() keeps the reader’s work, also when only the original’s outputs change', async (t) => {
  const { path } = await createOriginal(t);
  const copy = await takeOwnCopy(path);
  const mine = await read(copy.path);
  await writeFile(copy.path, JSON.stringify({ ...mine, cells: [{ cell_type: 'code', source: 'mine' }] }));
  const work = await readFile(copy.path, 'utf8');
  await writeSources(path, ['1 + 1'], 'other output');
  assert.deepEqual(await takeOwnCopy(path), copy);
  assert.equal(await readFile(copy.path, 'utf8'), work);
});

test('takeOwnCopy() mentions a new version of the original, and changes nothing', async (t) => {
  const { path } = await createOriginal(t);
  const copy = await takeOwnCopy(path);
  const work = await readFile(copy.path, 'utf8');
  await writeSources(path, ['1 + 2']);
  const { remarks } = await takeOwnCopy(path);
  assert.equal(remarks.length, 1);
  assert.match(remarks[0] ?? '', /^workshop\.ipynb has changed .+ npm run lab, or npm run copies\.$/s);
  assert.equal(await readFile(copy.path, 'utf8'), work);
  const { remarks: none } = await takeOwnCopy(path, { reset: true }).then(() => takeOwnCopy(path));
  assert.deepEqual(none, [], 'the new copy is of the new version');
});

test('takeOwnCopy() starts again when asked, and keeps each earlier copy', async (t) => {
  const { folder, path } = await createOriginal(t);
  const { path: copy } = await takeOwnCopy(path);
  for (const work of ['first', 'second']) {
    // Whatever it holds, even what is no notebook.
    await writeFile(copy, work);
    assert.deepEqual((await takeOwnCopy(path)).remarks, []);
    const { remarks } = await takeOwnCopy(path, { reset: true });
    const [, backup = ''] = /Your previous copy: (.+)$/.exec(remarks[0] ?? '') ?? [];
    assert.equal(await readFile(backup, 'utf8'), work);
    assert.match(basename(backup), /^workshop\.\d{8}-\d{6}-\d{3}\.local\.ipynb$/, 'git ignores it, too');
    assert.equal((await read(copy)).cells[0]?.source, '1 + 1');
  }
  assert.equal(readdirSync(folder).length, 4);
});

test('takeOwnCopy() without a copy to start again makes the first one', async (t) => {
  const { path } = await createOriginal(t);
  assert.deepEqual((await takeOwnCopy(path, { reset: true })).remarks, []);
});
