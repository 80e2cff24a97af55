import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterFailure, bothErrors, UserError, withCleanUp } from './errors';

const nothing = async () => undefined;
const fail = (error: Error) => async () => {
  throw error;
};
const [first, second] = [new UserError('The job failed.'), new Error('It is still there.')];

test('withCleanUp() gives what the work gives, after the clean-up', async () => {
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
    stack: 'UserError: The job failed. Cleaning up failed as well: It is still there.',
    cause: first,
  });
  const both = bothErrors(second, first, 'Do this.') as AggregateError;
  assert.deepEqual(both.errors, [second, first]);
  assert.equal(both.message, 'It is still there. Cleaning up failed as well: The job failed. Do this.');
  assert.equal(await afterFailure(second, nothing), second);
});
