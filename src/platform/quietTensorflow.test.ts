import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('tfjs-node works without the function that Node 23 removed, and starts silently', async () => {
  const code = `
    delete require('node:util').isNullOrUndefined;
    require(${JSON.stringify(join(__dirname, 'quietTensorflow'))});
    require('@tensorflow/tfjs-node').tensor1d([1, 2]).print();`;
  const { TF_CPP_MIN_LOG_LEVEL: _, ...env } = process.env;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', code], {
    cwd: __dirname,
    env,
  });
  assert.match(stdout, /\[1, 2\]/);
  assert.equal(stderr, '');
});
