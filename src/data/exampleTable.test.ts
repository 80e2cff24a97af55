import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, userError } from '../testing/folders';
import { writeExampleTable } from './exampleTable';
import { readTable } from './table';

for (const labels of [2, 20]) {
  test(`writeExampleTable() writes a table with ${labels} labels that readTable() reads`, async (t) => {
    const path = join(await temporaryFolder(t), 'new folder', 'table.csv');
    await writeExampleTable(path, { labels, rows: 500 });
    const { rows, skipped } = await readTable(path, { text: 'message', label: 'topic', group: 'thread' });
    assert.equal(rows.length, 500);
    assert.deepEqual(skipped, []);
    assert.equal(new Set(rows.map(({ category }) => category)).size, labels);
    assert.ok(new Set(rows.map(({ story }) => story)).size < 400);
    const first = await readFile(path, 'utf8');
    await writeExampleTable(path, { labels, rows: 500 });
    assert.equal(await readFile(path, 'utf8'), first);
  });
}

test('writeExampleTable() names the range of labels', async () => {
  for (const labels of [1, 21, 2.5])
    await assert.rejects(writeExampleTable('x', { labels }), userError('2 to 20'));
});
