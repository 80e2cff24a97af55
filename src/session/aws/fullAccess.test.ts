import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listLeft } from '../../rehearsal/leftovers';
import { ledgerFolder, startAws } from '../../testing/aws';
import { temporaryFolder, uploadCorpus } from '../../testing/folders';
import { allows, enforce, managedPolicy } from '../../testing/iam';
import { optionalActions, userActions } from './policies';

const quick = { epochs: 1 };

test('AmazonSageMakerFullAccess is enough from the upload to the clean-up', {
  timeout: 180_000,
}, async (t) => {
  const aws = await startAws(t);
  const denied = enforce(aws, [managedPolicy('AmazonSageMakerFullAccess')]);
  const folder = await ledgerFolder(t);
  const session = aws.open(folder, {
    unknownPrice: 'allow',
    switchOff: 'none',
    dataCapturePercent: 10,
  });

  const checks = await session.preflight();
  assert.deepEqual(
    checks.filter(({ result }) => result === 'fails'),
    [],
  );
  const channels = await uploadCorpus(t, session);
  const large = await temporaryFolder(t);
  writeFileSync(join(large, 'large.bin'), Buffer.alloc(20_000_000, 'a'));
  await session.upload(large, 'large');
  const job = await session.train({ channels, hyperparameters: quick, keepAlive: 60 });
  const { modelArtifact = '' } = await job.wait();
  const tuning = await session.tune({
    channels,
    trials: 1,
    hyperparameters: quick,
    ranges: { batch_size: [8, 16] },
  });
  await tuning.wait();
  const endpoint = await session.deploy(modelArtifact, { alarms: {}, logDays: 7 });
  await endpoint.predict('bank profit');
  await endpoint.scale({ to: 2 });
  await endpoint.update(modelArtifact, {});
  const registered = await session.register(modelArtifact, { group: 'news' });
  await registered.approve();
  await (await session.deploy(registered)).delete();
  await registered.delete();
  const parts = await temporaryFolder(t);
  mkdirSync(join(parts, 'parts'));
  writeFileSync(join(parts, 'parts', 'one.csv'), 'bank profit\n');
  const input = await session.upload(join(parts, 'parts'), 'parts');
  const transform = await session.transform({ input, modelArtifact });
  await transform.wait();
  assert.equal((await session.whatIsRunning()).length, 1);
  await session.lineage((await endpoint.predict('bank profit')).model ?? '');
  await tuning.delete();
  await job.delete();
  await session.cleanUp();
  aws.authorize = () => undefined;
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);

  // The test denies something, and a sentence tells of each thing that is done otherwise.
  const told = aws.told.join('\n');
  for (const action of [
    's3:PutObjectTagging',
    's3:PutBucketTagging',
    's3:PutBucketPublicAccessBlock',
    's3:PutEncryptionConfiguration',
    's3:ListBucketMultipartUploads',
    'logs:DeleteLogStream',
  ]) {
    assert.ok(denied.has(action), action);
    assert.ok(told.includes(action), `${action} in:\n${told}`);
  }
  assert.equal(told.split('s3:PutObjectTagging').length, 2, 'told once');
});

test('what AmazonSageMakerFullAccess lacks is optional, and nothing else is', () => {
  const fullAccess = managedPolicy('AmazonSageMakerFullAccess');
  const isAllowed = (action: string) =>
    resourceOf(action).some((resource) =>
      allows([fullAccess], {
        action,
        resource,
        context: {
          'iam:PassedToService': 'sagemaker.amazonaws.com',
          'iam:AWSServiceName': 'sagemaker.application-autoscaling.amazonaws.com',
        },
      }),
    );
  const lacking = userActions().filter((action) => !isAllowed(action));
  assert.deepEqual(lacking, Object.keys(optionalActions).sort());
});

function resourceOf(action: string): string[] {
  const [service] = action.split(':');
  if (service === 's3') return ['arn:aws:s3:::sagemaker-us-east-1-123456789012/one'];
  if (service === 'iam') {
    const linked = 'aws-service-role/sagemaker.application-autoscaling.amazonaws.com';
    return [
      'arn:aws:iam::123456789012:role/Worker',
      `arn:aws:iam::123456789012:role/${linked}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
    ];
  }
  return [`arn:aws:${service}:us-east-1:123456789012:repository/sagemaker-text-classification`];
}
