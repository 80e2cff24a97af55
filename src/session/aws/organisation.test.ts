import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  GetBucketEncryptionCommand,
  GetBucketTaggingCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { DescribeEndpointConfigCommand, ListTagsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../rehearsal/leftovers';
import { authorizeInOrganisation, demandedOptions } from '../../rehearsal/organisation';
import { ledgerFolder, startAws } from '../../testing/aws';
import { setEnvironment, temporaryFolder, uploadCorpus, userError } from '../../testing/folders';
import { volumeKey } from './account/keys';
import type { AwsSessionOptions } from './account/options';
import { openAwsSession } from './session';

const limits = { timeout: 120_000 };
const quick = { epochs: 1 };
const bucketPrefix = 'projects/news';

async function prepare(t: TestContext, options: AwsSessionOptions) {
  const aws = await startAws(t);
  aws.authorize = authorizeInOrganisation;
  const session = aws.open(await ledgerFolder(t), options);
  return { aws, session };
}

async function uploadPart(t: TestContext, session: ReturnType<typeof openAwsSession>) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'one.csv'), 'bank profit\n');
  return await session.upload(folder, 'parts');
}

test('the whole walk fulfils an organisation’s policy, with its options in a file', limits, async (t) => {
  const defaults = join(await temporaryFolder(t), 'defaults.json');
  await writeFile(defaults, JSON.stringify({ ...demandedOptions, bucketPrefix, dataCapturePercent: 10 }));
  const { aws } = await prepare(t, {});
  setEnvironment(t, { WORKSHOP_DEFAULTS: defaults });
  const session = aws.open(await ledgerFolder(t), { dataCapturePercent: 20 });
  const channels = await uploadCorpus(t, session);
  const { modelArtifact = '' } = await (await session.train({ channels, hyperparameters: quick })).wait();
  const tuning = await session.tune({
    channels,
    trials: 1,
    hyperparameters: quick,
    ranges: { batch_size: [8, 16] },
  });
  await tuning.wait();
  const endpoint = await session.deploy(modelArtifact, { name: 'demanded' });
  await endpoint.update(modelArtifact);
  const transform = await session.transform({ input: await uploadPart(t, session), modelArtifact });
  await transform.wait();

  const { kmsKey, outputKmsKey, tags } = demandedOptions;
  const s3 = new S3Client({ forcePathStyle: true });
  const Bucket = 'sagemaker-us-east-1-123456789012';
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
  const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
  assert.equal(rule?.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID, kmsKey);
  const own = { Key: 'cost-center', Value: tags['cost-center'] };
  const hasOwn = (found: { Key?: string | undefined; Value?: string | undefined }[] = []) =>
    assert.deepEqual(
      found.find(({ Key }) => Key === own.Key),
      own,
    );
  hasOwn((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const outside = Contents.filter(({ Key = '' }) => !Key.startsWith(`${bucketPrefix}/`));
  assert.deepEqual(outside, []);
  const data = Contents.find(({ Key = '' }) => Key.includes('/channels/'));
  hasOwn((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: data?.Key ?? '' }))).TagSet);

  const sagemaker = new SageMakerClient();
  const ResourceArn = 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/demanded';
  hasOwn((await sagemaker.send(new ListTagsCommand({ ResourceArn }))).Tags);
  const [{ item } = { item: undefined }] = aws.rehearsal.account.endpointConfigs.entries();
  const EndpointConfigName = item?.request.EndpointConfigName;
  const { DataCaptureConfig, KmsKeyId } = await sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName }),
  );
  assert.equal(KmsKeyId, kmsKey);
  assert.equal(DataCaptureConfig?.KmsKeyId, outputKmsKey);
  // What a cell gives counts more than the file.
  assert.equal(DataCaptureConfig?.InitialSamplingPercentage, 20);
  assert.match(DataCaptureConfig?.DestinationS3Uri ?? '', /\/projects\/news\//);
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

for (const left of ['vpc', 'networkIsolation', 'interContainerEncryption', 'tags'] as const) {
  test(
    `without ${left}, the organisation denies the job, and the error says what to set`,
    limits,
    async (t) => {
      const { [left]: _, ...options } = demandedOptions;
      const { aws, session } = await prepare(t, options);
      const channels = await uploadCorpus(t, session);
      await assert.rejects(
        session.train({ channels, hyperparameters: quick }),
        userError('sagemaker:CreateTrainingJob', 'Your organisation forbids this', left, 'aws-defaults.json'),
      );
      assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    },
  );
}

test('without a key, the organisation denies the upload', limits, async (t) => {
  const { kmsKey: _, outputKmsKey: __, ...options } = demandedOptions;
  const { session } = await prepare(t, options);
  await assert.rejects(uploadCorpus(t, session), userError('s3:PutObject', 'kmsKey'));
});

test('a user of one folder of a bucket works without the permission to list the rest', limits, async (t) => {
  const { aws, session } = await prepare(t, { ...demandedOptions, bucketPrefix });
  await uploadCorpus(t, session);
  const another = aws.open(await ledgerFolder(t), { ...demandedOptions, bucketPrefix });
  aws.authorize = ({ operation, query }) => {
    const isBucket = /^(HEAD|GET) \/[^/]+\/?$/.test(operation) && operation !== 'HEAD /';
    const isInside = query.get('prefix')?.startsWith(`${bucketPrefix}/`);
    return isBucket && !isInside ? 'Access Denied' : undefined;
  };
  const bucket = (await another.preflight()).find(({ check }) => check === 'bucket');
  assert.equal(bucket?.result, 'ok');
  assert.equal((await uploadCorpus(t, another)).length, 2);
});

for (const type of ['ml.g4dn.xlarge', 'ml.g5.xlarge', 'ml.r5d.large', 'ml.p3dn.24xlarge', 'ml.p5.4xlarge']) {
  test(`${type} has disks of its own, for which SageMaker rejects a key`, () => {
    assert.equal(volumeKey({ kmsKey: 'one' }, type), undefined);
  });
}

for (const type of ['ml.m5.large', 'ml.c6g.large', 'ml.p3.2xlarge', 'ml.c5n.xlarge', 'ml.m7i-flex.large']) {
  test(`the volume of ${type} gets the key`, () => {
    assert.equal(volumeKey({ kmsKey: 'one' }, type), 'one');
  });
}

for (const [what, text, ...parts] of [
  ['is missing', undefined, 'cannot be read'],
  ['is not JSON', '{', 'cannot be read'],
  ['is a list', '[]', 'must be a JSON object'],
  ['names no option', '{"vpcs": 1}', 'no option "vpcs"', 'networkIsolation'],
  ['has a text for a number', '{"budget": "2"}', 'budget must be a JSON number'],
] as const) {
  test(`a file of defaults that ${what} is refused`, async (t) => {
    const path = join(await temporaryFolder(t), 'defaults.json');
    if (text !== undefined) await writeFile(path, text);
    setEnvironment(t, { WORKSHOP_DEFAULTS: path });
    assert.throws(
      () => openAwsSession({}, { tell: () => undefined, live: () => () => undefined }),
      userError(path, ...parts),
    );
  });
}

for (const [what, options, part] of [
  ['a tag of the workshop', { tags: { project: 'mine' } }, 'sets the tag "project" itself'],
  ['a tag of AWS', { tags: { 'aws:name': 'mine' } }, 'does not start with aws:'],
  ['a tag that S3 rejects', { tags: { team: 'a&b' } }, 'letters, digits'],
  ['nine tags', { tags: Object.fromEntries([...'abcdefghi'].map((key) => [key, ''])) }, '8 is the most'],
  ['a folder with a slash at its end', { bucketPrefix: 'news/' }, 'without a slash'],
] as const) {
  test(`${what} is refused before AWS is asked`, async () => {
    const session = openAwsSession(options, { tell: () => undefined, live: () => () => undefined });
    await assert.rejects(session.whatIsRunning(), userError(part));
  });
}
