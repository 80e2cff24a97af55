import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { describeEnd } from './processEnd';

test('describeEnd() tells an exit code from a signal, as the system reports them', () => {
  for (const [script, expected] of [
    ['process.exit(3)', 'ended with exit code 3'],
    ['process.exit(127)', 'ended with exit code 127'],
    ["process.kill(process.pid, 'SIGKILL')", 'was killed, as when memory runs out'],
    ['process.abort()', 'was killed, as when memory runs out'],
    ["process.kill(process.pid, 'SIGTERM')", 'was ended by signal SIGTERM'],
  ] as const) {
    const { status, signal } = spawnSync('sh', [
      '-c',
      'ulimit -c 0; exec "$0" -e "$1"',
      process.execPath,
      script,
    ]);
    assert.equal(describeEnd({ exitCode: status ?? undefined, signal: signal ?? undefined }), expected);
  }
});

test('describeEnd() reads Python’s negative exit codes, the exit codes of containers, and names the limit of memory', () => {
  assert.equal(describeEnd({ exitCode: -9 }, '2 GB here'), 'was killed, as when memory runs out: 2 GB here');
  assert.equal(describeEnd({ exitCode: -11 }, '2 GB here'), 'was ended by signal SIGSEGV');
  assert.equal(describeEnd({}), 'was killed, as when memory runs out');
  assert.equal(describeEnd({ exitCode: 137 }, '2 GB here'), 'ended with exit code 137, as after SIGKILL');
  assert.equal(describeEnd({ exitCode: 255 }), 'ended with exit code 255');
  assert.equal(describeEnd({ exitCode: 0 }, '2 GB here'), 'ended with exit code 0');
});
