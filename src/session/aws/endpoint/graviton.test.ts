// Endpoints on Graviton instances: the image that you name must be for linux/arm64.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTrained } from '../../../testing/aws';
import { userError } from '../../../testing/folders';

test('an image for another platform is rejected before an endpoint is created', {
  timeout: 120_000,
}, async (t) => {
  const { aws, session, modelArtifact } = await startTrained(t);
  aws.calls.clear();
  await assert.rejects(
    session.deploy(modelArtifact, { instanceType: 'ml.m6g.large' }),
    userError('Graviton', 'linux/arm64', 'is for linux/amd64', 'ml.m5.large', 'leave out the image'),
  );
  assert.deepEqual(
    [...aws.calls].filter((call) => call.includes('sagemaker Create')),
    [],
  );
});
