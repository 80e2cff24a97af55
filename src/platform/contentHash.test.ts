import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/folders';
import { contentHash } from './contentHash';

test('contentHash() is that of names and contents in order, the same for a file and a folder that holds it alone', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'a.csv'), 'one');
  const expected = createHash('sha256').update('a.csv\0one').digest('hex').slice(0, 16);
  assert.equal(await contentHash(join(folder, 'a.csv')), expected);
  assert.equal(await contentHash(folder), expected);
  await mkdir(join(folder, 'part'));
  await writeFile(join(folder, 'part', 'b.csv'), 'two');
  const both = createHash('sha256').update('a.csv\0onepart/b.csv\0two').digest('hex').slice(0, 16);
  assert.equal(await contentHash(folder), both);
});
