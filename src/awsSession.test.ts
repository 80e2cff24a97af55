import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import test from 'node:test';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { calls } from './awsPolicies';
import { testSessionContract } from './session.contract';
import { startAws } from './testingAws';

test('the session on AWS keeps the contract of every session', { timeout: 300_000 }, async (t) => {
  const aws = await startAws(t);
  await testSessionContract(
    t,
    (folder) => {
      mkdirSync(folder, { recursive: true });
      return aws.open(folder);
    },
    { damage: damageObject },
  );
  // Of the calls in the policies, these belong to cases that the contract does not meet.
  const elsewhere = [
    'S3 CreateMultipartUpload',
    'S3 UploadPart',
    'S3 CompleteMultipartUpload',
    'S3 AbortMultipartUpload',
    'SageMaker DescribeNotebookInstance',
  ];
  assert.deepEqual([...aws.calls, ...elsewhere].sort(), Object.keys(calls).sort());
});

/** The artifact with a part of its weights, beside it in the same bucket. */
async function damageObject(modelArtifact: string, folder: string): Promise<string> {
  const s3 = new S3Client({ forcePathStyle: true });
  const { host: Bucket, pathname } = new URL(modelArtifact);
  const archive = join(folder, 'damaged.tar.gz');
  const contents = join(folder, 'damaged');
  mkdirSync(contents);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: pathname.slice(1) }));
  await pipeline(Body as Readable, createWriteStream(archive));
  execFileSync('tar', ['-xzf', archive, '-C', contents]);
  truncateSync(join(contents, 'weights.bin'), 100);
  execFileSync('tar', ['-czf', archive, '-C', contents, '.']);
  const Key = 'damaged/model.tar.gz';
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: createReadStream(archive) }));
  return `s3://${Bucket}/${Key}`;
}
