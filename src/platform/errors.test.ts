import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { setEnvironment } from '../testing/folders';
import { afterFailure, bothErrors, describeError, UserError, withCleanUp } from './errors';

const nothing = async () => undefined;
const fail = (error: Error) => async () => {
  throw error;
};
const [first, second] = [new UserError('The job failed.'), new Error('It is still there.')];

test('withCleanUp() returns the work’s result after the clean-up', async () => {
  const order: string[] = [];
  const value = await withCleanUp(
    async () => order.push('work'),
    async () => order.push('clean-up'),
  );
  assert.deepEqual([value, order], [1, ['work', 'clean-up']]);
  await assert.rejects(withCleanUp(nothing, fail(second)), second);
  await assert.rejects(withCleanUp(fail(first), nothing), first);
});

test('an error is never hidden by that of the clean-up after it', async () => {
  await assert.rejects(withCleanUp(fail(first), fail(second)), {
    name: 'UserError',
    message: 'The job failed. Cleaning up failed as well: It is still there.',
    cause: first,
  });
  const both = bothErrors(second, first, 'Do this.') as AggregateError;
  assert.deepEqual(both.errors, [second, first]);
  assert.equal(both.message, 'It is still there. Cleaning up failed as well: The job failed. Do this.');
  assert.equal(await afterFailure(second, nothing), second);
});

test('a UserError is printed as its sentence, and with DEBUG=1 with stacks and causes', (t) => {
  const cause = new Error('EACCES: permission denied', { cause: new TypeError('the first of all') });
  const error = new UserError('Cannot read a file.', { cause });
  setEnvironment(t, { DEBUG: undefined });
  assert.equal(describeError(error), 'Cannot read a file.');
  assert.equal(inspect(error), 'UserError: Cannot read a file.');
  assert.equal(inspect({ error }), '{ error: UserError: Cannot read a file. }');
  assert.equal(describeError('thrown'), 'thrown');
  assert.match(describeError(cause), /^Error: EACCES: permission denied\n +at /);
  setEnvironment(t, { DEBUG: '1' });
  for (const text of [describeError(error), inspect(error)]) {
    assert.match(text, /^UserError: Cannot read a file\.\n +at .+errors\.test/);
    assert.match(
      text,
      /cause\]: Error: EACCES: permission denied\n.+cause\]: TypeError: the first of all\n +at /s,
    );
  }
});
