import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { saveArtifact } from '../../model/artifact';
import { createPredictor } from '../../session/contract/predictor';
import { findFreePort, startProgram, temporaryFolder, trainOnCorpus, userError } from '../../testing/folders';
import { bundle } from './bundle';

test('a bundle runs without installed packages', async (t) => {
  const folder = await temporaryFolder(t);
  await bundle(['container/entry.js'], join(folder, 'dist', 'container'));
  const script = `require('./dist/container/entry').start([process.argv[1]])`;
  const start = (word: string, base: string) =>
    spawnSync(process.execPath, ['-e', script, word], {
      cwd: folder,
      encoding: 'utf8',
      env: { SAGEMAKER_BASE_DIR: base },
    });
  const training = start('train', join(folder, 'ml'));
  assert.equal(training.status, 1);
  assert.match(training.stderr, /No training data/);
  assert.match(start('other', folder).stderr, /one word, train or serve, not with "other"/);
});

test('a bundle that another one loads is a file of its own: an mlp is served without TensorFlow’s', async (t) => {
  const folder = await temporaryFolder(t);
  const dist = join(folder, 'dist', 'container');
  await bundle(['container/entry.js', 'model/networks/tfjsNode.js'], dist);
  await rm(join(dist, 'tfjsNode.js'));
  await saveArtifact(await trainOnCorpus(), join(folder, 'ml', 'model'));
  const port = await findFreePort();
  const script = `require(${JSON.stringify(join(dist, 'entry'))}).start(['serve'])`;
  const environment = { SAGEMAKER_BASE_DIR: join(folder, 'ml'), SAGEMAKER_BIND_TO_PORT: String(port) };
  const server = startProgram(t, [process.execPath, '-e', script], { environment });
  await server.until(/The model is loaded\./);
  const { result } = await createPredictor(`http://127.0.0.1:${port}`).predict('doctor vaccine clinic');
  assert.equal(result, 'Health');
});

test('a bundle with a package of development is rejected by its name', async (t) => {
  await assert.rejects(
    bundle(['display/display.js'], await temporaryFolder(t)),
    userError('tslab', 'devDependency'),
  );
});
