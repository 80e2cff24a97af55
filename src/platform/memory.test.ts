import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { startProgram } from '../testing/folders';
import { UserError } from './errors';
import { asMemoryError, checkMemory } from './memory';

for (const message of [
  'Array buffer allocation failed',
  'WebAssembly.Memory(): could not allocate memory',
  'Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[16,4,400]',
  'Worker terminated due to reaching memory limit: JS heap out of memory',
]) {
  test(`"${message.split('\n')[0]}" is explained as a lack of memory`, () => {
    const cause = new RangeError(message);
    const explained = asMemoryError(cause) as UserError;
    assert.ok(explained instanceof UserError);
    assert.match(
      explained.message,
      /^Memory ran out during training \(.+\): this process may use .+ [GM]B\. Allow it more, or/,
    );
    assert.doesNotMatch(explained.message, /\n|diverged/);
    assert.equal(explained.cause, cause);
  });
}

test('other errors stay what they are', () => {
  for (const error of [new UserError('no memory'), new TypeError('x is undefined'), 'text', undefined]) {
    assert.equal(asMemoryError(error), error);
  }
});

test('checkMemory() tells whether the system gives more memory', async (t) => {
  checkMemory();
  if (spawnSync('prlimit', ['--version']).status !== 0) return t.skip('prlimit is not installed');
  const script = `
    const { checkMemory, memoryHint } = require(${JSON.stringify(join(__dirname, 'memory'))});
    const allow = (bytes) => {
      const pages = Number(require('node:fs').readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
      const limit = '--as=' + (pages * 4096 + bytes);
      require('node:child_process').spawnSync('prlimit', ['--pid', process.pid, limit]);
    };
    console.log(JSON.stringify(memoryHint()));
    allow(2e8);
    checkMemory();
    console.log(memoryHint());
    allow(5e6);
    try { checkMemory(); } catch ({ name, message }) { console.log(name, message); }`;
  const program = startProgram(t, [process.execPath, '-e', script]);
  await program.ended;
  assert.match(
    program.output(),
    /^""\n Or memory ran short: ulimit -v allows .+B\.\nUserError Memory ran out during training \(no address space is left\)/,
  );
});
