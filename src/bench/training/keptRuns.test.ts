import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../testing/folders';
import type { TrainingRun } from './figures';
import { openRuns } from './keptRuns';

const run = { name: 'ensemble', seed: 1, rights: [true, false], stories: ['a', 'b'] } as TrainingRun;
const key = { name: 'ensemble', seed: 1, fold: 2 };

test('a benchmark finds the runs of one that was cut off, on the same rows only', async (t) => {
  const path = join(await temporaryFolder(t), 'runs.json');
  await (await openRuns(path, 'rows')).add(key, run);
  const again = await openRuns(path, 'rows');
  assert.deepEqual(again.find(key), run);
  for (const other of [{ name: 'mlp' }, { seed: 2 }, { fold: 1 }]) {
    assert.equal(again.find({ ...key, ...other }), undefined);
  }
  assert.equal((await openRuns(path, 'other rows')).find(key), undefined);
  await again.end();
  assert.equal(existsSync(path), false);
});
