import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test, { type TestContext } from 'node:test';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalAws, ledgerFolder, startAws } from '../../testing/aws';
import { temporaryFolder } from '../../testing/folders';
import { enforce } from '../../testing/iam';
import { testSessionContract } from '../../testing/sessionContract';
import { createClients } from './account/clients';
import { findPlace, findRegion } from './account/identity';
import { calls, fill, userPolicy } from './policies';

test('the session on AWS keeps the contract of every session', { timeout: 300_000 }, async (t) => {
  const aws = await startAws(t);
  addForeignSchedule(aws);
  const filled = fill(userPolicy(), {
    PARTITION: 'aws',
    REGION: 'us-east-1',
    ACCOUNT: '123456789012',
    ROLE: 'rehearsal-execution-role',
  });
  const denied = enforce(aws, [filled]);
  await testSessionContract(
    t,
    (folder) => {
      mkdirSync(folder, { recursive: true });
      return aws.open(folder);
    },
    { damage: damageObject, fetch: fetchObject },
  );
  // The policy goes by tags, and what is gone has none.
  const ofGone = ['sagemaker:DeleteEndpointConfig', 'sagemaker:DeleteModel', 'sagemaker:InvokeEndpoint'];
  assert.deepEqual([...denied].sort(), ofGone);
  await uploadInParts(t, aws);
  await deleteStored(t, aws);
  const metadata = join(await temporaryFolder(t), 'metadata.json');
  const ResourceArn = 'arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/mine';
  writeFileSync(metadata, JSON.stringify({ ResourceArn, ResourceName: 'mine' }));
  const observe = (service: string, operation: string) => aws.calls.add(`${service} ${operation}`);
  await findPlace(createClients('us-east-1', observe), await findRegion(), { metadata });

  assert.deepEqual([...aws.calls].sort(), Object.keys(calls).sort(), 'the policies list what was called');
});

/** A schedule without an endpoint, which every clean-up looks at and leaves. */
function addForeignSchedule({ rehearsal: { account } }: LocalAws): void {
  const Name = 'sagemaker-workshop-of-another';
  account.schedules.set(Name, {
    Name,
    ScheduleExpression: 'at(2099-01-01T00:00:00)',
    Target: { Arn: '', RoleArn: '', Input: '{"EndpointName":"of-another"}' },
    CreationDate: 0,
  });
}

/** A file that arrives in parts, and one whose parts are refused. */
async function uploadInParts(t: TestContext, aws: LocalAws): Promise<void> {
  const source = await temporaryFolder(t);
  const session = aws.open(await ledgerFolder(t));
  writeFileSync(join(source, 'big.bin'), Buffer.alloc(20_000_000, 'a'));
  await session.upload(source, 'training');
  writeFileSync(join(source, 'big.bin'), Buffer.alloc(20_000_000, 'b'));
  let puts = 0;
  aws.fault = (operation) =>
    /^PUT .*big\.bin$/.test(operation) && puts++ > 0 ? { status: 403, type: 'AccessDenied' } : undefined;
  await assert.rejects(session.upload(source, 'training'));
  aws.fault = () => undefined;
}

/** Data, and an image in a repository that the ledger has. */
async function deleteStored(t: TestContext, aws: LocalAws): Promise<void> {
  const folder = await ledgerFolder(t);
  const entry = { action: 'create', kind: 'repository', name: 'sagemaker-text-classification' };
  const place = { account: '123456789012', region: 'us-east-1' };
  writeFileSync(join(folder, 'ledger.jsonl'), `${JSON.stringify({ ...entry, ...place })}\n`);
  await aws.open(folder).cleanUp({ data: true });
}

/** The artifact's archive, unpacked. */
async function fetchObject(modelArtifact: string, folder: string): Promise<string> {
  const { host: Bucket, pathname } = new URL(modelArtifact);
  const archive = join(folder, 'fetched.tar.gz');
  const contents = mkdtempSync(join(folder, 'fetched-'));
  const s3 = new S3Client({ forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: pathname.slice(1) }));
  await pipeline(Body as Readable, createWriteStream(archive));
  execFileSync('tar', ['-xzf', archive, '-C', contents]);
  return contents;
}

/** The artifact with a part of its weights, beside it in the same bucket. */
async function damageObject(modelArtifact: string, folder: string): Promise<string> {
  const { host: Bucket } = new URL(modelArtifact);
  const archive = join(folder, 'damaged.tar.gz');
  const contents = await fetchObject(modelArtifact, folder);
  truncateSync(join(contents, 'weights.bin'), 100);
  execFileSync('tar', ['-czf', archive, '-C', contents, '.']);
  const Key = 'damaged/model.tar.gz';
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: createReadStream(archive) }));
  return `s3://${Bucket}/${Key}`;
}
