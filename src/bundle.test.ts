import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundle } from './bundle';
import { temporaryFolder, userError } from './testing';

test('a bundle runs where there are no packages', async (t) => {
  const folder = await temporaryFolder(t);
  await bundle(['containerEntry.js'], join(folder, 'dist'));
  const script = `require('./dist/containerEntry').start([process.argv[1]])`;
  const start = (word: string, base: string) =>
    spawnSync(process.execPath, ['-e', script, word], {
      cwd: folder,
      encoding: 'utf8',
      env: { SAGEMAKER_BASE_DIR: base },
    });
  const training = start('train', join(folder, 'ml'));
  assert.equal(training.status, 1);
  assert.match(training.stderr, /There is no training data/);
  assert.match(start('other', folder).stderr, /one word, train or serve, not with "other"/);
});

test('a bundle with a package of development is refused by its name', async (t) => {
  await assert.rejects(bundle(['display.js'], await temporaryFolder(t)), userError('tslab', 'devDependency'));
});
