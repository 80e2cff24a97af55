// Cleaning up.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { userError } from '../folders';
import { cleanUp, firstTrained, long, running, type Walk } from './walk';

export async function testCleanUp(t: TestContext, walk: Walk): Promise<void> {
  const { session, reopen, channels } = walk;
  const { modelArtifact = '' } = await firstTrained(walk);
  await t.test('cleanUp ends what any kernel has started, keeps the jobs, and can be repeated', async () => {
    const job = await session.train({ name: 'left-behind', channels, hyperparameters: long });
    const endpoint = await session.deploy(modelArtifact, { name: 'left-behind' });
    const left = [
      { kind: 'training job', name: 'left-behind' },
      { kind: 'endpoint', name: 'left-behind' },
    ];
    const later = reopen();
    assert.deepEqual(await running(later), left);
    assert.deepEqual(await cleanUp(later, { dryRun: true }), left);
    assert.deepEqual(await cleanUp(later, { olderThan: 3600 }), []);
    assert.deepEqual(await running(later), left);
    assert.deepEqual(await cleanUp(later), left);
    assert.deepEqual(await running(later), []);
    assert.deepEqual(await session.cleanUp(), []);
    assert.equal((await job.wait()).status, 'Stopped');
    await assert.rejects(endpoint.predict('bank'), userError('Deploy it again'));
    assert.equal((await (await session.attachTrainingJob('first-job')).describe()).status, 'Completed');
  });
}
