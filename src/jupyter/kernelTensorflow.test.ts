import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectFolder } from '../platform/paths';
import { temporaryFolder } from '../testing/folders';

/** Runs cells, as it were, in a project whose set-up has not made TensorFlow yet; `setUp` is what it does when asked to. */
async function runEarly(t: TestContext, setUp: string): Promise<{ stdout: string; stderr: string }> {
  const project = await temporaryFolder(t);
  await mkdir(join(project, 'src'));
  await writeFile(join(project, 'src', 'setup.mjs'), setUp);
  for (const folder of ['platform', 'jupyter']) {
    await cp(join(projectFolder, 'dist', folder), join(project, 'dist', folder), { recursive: true });
  }
  await mkdir(join(project, 'node_modules', '@tensorflow', 'tfjs-node'), { recursive: true });
  const script = `
    const { waitForTensorflow } = require(${JSON.stringify(join(project, 'dist/jupyter/kernelTensorflow.js'))});
    require(${JSON.stringify(join(project, 'dist/platform/quietTensorflow.js'))});
    waitForTensorflow();
    const { DataFrame } = require('danfojs-node');
    const frame = new DataFrame([[1, 2], [3, 4]], { columns: ['a', 'b'] });
    console.log('sums', frame.sum({ axis: 0 }).values, 'means', frame.mean({ axis: 0 }).values);
    console.log('backend', frame.tensor.dataSync(), require('@tensorflow/tfjs').getBackend());
    const tf = require('@tensorflow/tfjs-node');
    console.log('then', tf.getBackend(), tf.tensor1d([1, 2]).add(1).arraySync(), frame.tensor.sum().arraySync());
  `;
  // Node's modules are those of this project, whose TensorFlow is ready.
  const { stdout, stderr } = spawnSync(process.execPath, ['--no-deprecation', '--eval', script], {
    cwd: projectFolder,
    encoding: 'utf8',
  });
  return { stdout, stderr };
}

test('before TensorFlow is set up danfo works, and a cell that imports TensorFlow waits for it', async (t) => {
  const setUp = `
    import { writeFileSync } from 'node:fs';
    if (process.argv[2] !== 'tensorflow') process.exit(1);
    console.log('Set-up: making it');
    writeFileSync(new URL('../node_modules/@tensorflow/tfjs-node/.setup', import.meta.url), '');`;
  const { stdout, stderr } = await runEarly(t, setUp);
  assert.equal(stderr, 'Set-up: making it\n');
  assert.deepEqual(stdout.trim().split('\n').slice(-4), [
    'sums [ 4, 6 ] means [ 2, 3 ]',
    'backend Float32Array(4) [ 1, 2, 3, 4 ] cpu',
    'TensorFlow is still being set up. This goes on when it is ready, in about a minute.',
    'then tensorflow [ 2, 3 ] 10',
  ]);
});

test('where TensorFlow cannot be set up, a cell that imports it says why', async (t) => {
  const setUp = `console.error('Set-up: A C++ compiler is missing: get one'); process.exitCode = 1;`;
  const { stdout, stderr } = await runEarly(t, setUp);
  assert.match(stdout, /sums \[ 4, 6 \]/);
  assert.match(
    stderr,
    /This needs TensorFlow, which is not set up\.\nSet-up: A C\+\+ compiler is missing: get one/,
  );
});
