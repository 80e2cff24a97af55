import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userError } from '../../testing/folders';
import { checkChannelName, checkName, checkTuningName, uniqueName } from './names';

test('a name that SageMaker accepts passes, and any other value is named in the error', () => {
  const checks = [checkName, checkTuningName, checkChannelName];
  for (const check of checks) {
    for (const name of ['a', 'A1', 'a--b', 'x'.repeat(32)]) check(name);
    for (const name of ['', '-a', 'a b', 'é', 'a/b', '..', 'a\n', 'x'.repeat(65), undefined, null, 5]) {
      assert.throws(() => check(name as string), userError(`"${name}" is not a valid`, 'use 1 to'));
    }
  }
  checkName('x'.repeat(63));
  checkChannelName('a.b_c');
  assert.throws(() => checkName('x'.repeat(64)), userError('1 to 63'));
  assert.throws(() => checkTuningName('x'.repeat(33)), userError('1 to 32'));
});

test('uniqueName() is valid for every kind of job', () => {
  const names = Array.from({ length: 20 }, () => uniqueName('tuning'));
  for (const name of names) checkTuningName(name);
});
