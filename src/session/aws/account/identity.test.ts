import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  GetBucketEncryptionCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateNotebookInstanceCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { startAws } from '../../../testing/aws';
import { setEnvironment, temporaryFolder, userError } from '../../../testing/folders';
import { openBucket } from './bucket';
import { createClients } from './clients';
import { withDefaults } from './defaults';
import { callerArn, expectRole, findPlace, findRegion } from './identity';

const limits = { timeout: 60_000 };
const arn = (role: string) => `arn:aws:iam::123456789012:role/${role}`;

before(() => {
  // Whatever the person who tests has configured.
  process.env.AWS_CONFIG_FILE = '/dev/null';
});

test('the region comes from the option, the environment or the profile, and says from where', async (t) => {
  setEnvironment(t, { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-2' });
  assert.deepEqual(await findRegion('eu-west-3'), { value: 'eu-west-3', from: 'the option region' });
  assert.deepEqual(await findRegion(), { value: 'eu-west-1', from: 'AWS_REGION' });
  setEnvironment(t, { AWS_REGION: undefined });
  assert.deepEqual(await findRegion(), { value: 'eu-west-2', from: 'AWS_DEFAULT_REGION' });
  setEnvironment(t, { AWS_DEFAULT_REGION: undefined });
  const config = join(await temporaryFolder(t), 'config');
  await writeFile(config, '[profile other]\nregion = eu-north-1\n');
  setEnvironment(t, { AWS_CONFIG_FILE: config, AWS_PROFILE: 'other' });
  assert.deepEqual(await findRegion(), { value: 'eu-north-1', from: 'the AWS profile other' });
  setEnvironment(t, { AWS_CONFIG_FILE: '/dev/null', AWS_PROFILE: undefined });
  await assert.rejects(findRegion(), userError('No AWS region', 'openSession({ region:', 'AWS_REGION'));
});

test('on SageMaker, the region also comes from REGION_NAME or the metadata', async (t) => {
  setEnvironment(t, {
    AWS_REGION: undefined,
    AWS_DEFAULT_REGION: undefined,
    AWS_PROFILE: undefined,
    REGION_NAME: undefined,
  });
  const folder = await temporaryFolder(t);
  const describe = async (kind: string) => {
    const path = join(folder, `${kind}.json`);
    const ResourceArn = `arn:aws:sagemaker:eu-west-1:123456789012:${kind}/one`;
    await writeFile(path, JSON.stringify({ ResourceArn, ResourceName: 'one' }));
    return path;
  };
  const space = await describe('app');
  assert.deepEqual(await findRegion(undefined, space), { value: 'eu-west-1', from: 'the Studio space' });
  const instance = await describe('notebook-instance');
  const ofInstance = { value: 'eu-west-1', from: 'the notebook instance' };
  assert.deepEqual(await findRegion(undefined, instance), ofInstance);
  setEnvironment(t, { REGION_NAME: 'eu-west-2' });
  assert.deepEqual(await findRegion(undefined, space), { value: 'eu-west-2', from: 'REGION_NAME' });
  setEnvironment(t, { AWS_DEFAULT_REGION: 'eu-west-3' });
  assert.equal((await findRegion(undefined, space)).value, 'eu-west-3');
  setEnvironment(t, { AWS_DEFAULT_REGION: undefined });
  // Elsewhere it may be anything.
  await assert.rejects(findRegion(), userError('No AWS region'));
});

test('in a project of Unified Studio, bucket and folder are the project’s unless a bucket is set', async (t) => {
  const metadata = join(await temporaryFolder(t), 'metadata.json');
  const defaultsFor = async (ProjectS3Path: unknown, options = {}) => {
    await writeFile(metadata, JSON.stringify({ AdditionalMetadata: { ProjectS3Path } }));
    return withDefaults(options, metadata);
  };
  setEnvironment(t, { WORKSHOP_DEFAULTS: '' });
  const ours = { bucket: 'amazon-sagemaker-1-eu-west-1-2', bucketPrefix: 'dzd_1/project/dev' };
  const address = 's3://amazon-sagemaker-1-eu-west-1-2/dzd_1/project/dev';
  for (const path of [address, `${address}/`]) assert.deepEqual(await defaultsFor(path), ours);
  assert.deepEqual(await defaultsFor('s3://bucket/'), { bucket: 'bucket' });
  for (const path of [undefined, null, '']) assert.deepEqual(await defaultsFor(path), {});
  assert.deepEqual(await defaultsFor(address, { bucket: 'mine' }), { bucket: 'mine' });
  assert.deepEqual(await defaultsFor(address, { bucket: undefined, bucketPrefix: 'mine' }), {
    bucket: ours.bucket,
    bucketPrefix: 'mine',
  });
  const defaults = `${metadata}.defaults`;
  await writeFile(defaults, '{ "bucket": "of-the-file" }');
  setEnvironment(t, { WORKSHOP_DEFAULTS: defaults });
  assert.deepEqual(await defaultsFor(address), { bucket: 'of-the-file' });
  // Neither a notebook instance nor another machine belongs to a project.
  await writeFile(metadata, '{}');
  setEnvironment(t, { WORKSHOP_DEFAULTS: '' });
  assert.deepEqual(withDefaults({}, metadata), {});
  assert.deepEqual(withDefaults({}, `${metadata}.none`), {});
});

test(
  'the role comes from the option, the notebook, the credentials or the environment, in this order',
  limits,
  async (t) => {
    await startAws(t);
    const region = await findRegion();
    const folder = await temporaryFolder(t);
    const metadata = join(folder, 'studio.json');
    await writeFile(metadata, JSON.stringify({ ExecutionRoleArn: arn('of-the-space') }));
    const placeOf = (options: object) => findPlace(createClients('us-east-1'), region, options);
    const roleOf = async (options: object) => (await placeOf(options)).role;

    setEnvironment(t, { SAGEMAKER_ROLE: 'named' });
    assert.deepEqual(await roleOf({ role: 'mine', metadata }), {
      value: arn('mine'),
      from: 'the option role',
    });
    assert.deepEqual(await roleOf({ metadata }), { value: arn('of-the-space'), from: 'the Studio space' });
    const instance = join(folder, 'instance.json');
    const name = 'workshop';
    const ResourceArn = `arn:aws:sagemaker:us-east-1:123456789012:notebook-instance/${name}`;
    await writeFile(instance, JSON.stringify({ ResourceArn, ResourceName: name }));
    // Where it cannot be asked, the next source counts.
    assert.deepEqual(await roleOf({ metadata: instance }), { value: arn('named'), from: 'SAGEMAKER_ROLE' });
    await new SageMakerClient().send(
      new CreateNotebookInstanceCommand({
        NotebookInstanceName: name,
        InstanceType: 'ml.t3.medium',
        RoleArn: arn('of-the-instance'),
      }),
    );
    assert.deepEqual(await roleOf({ role: 'mine', metadata: instance }), {
      value: arn('mine'),
      from: 'the option role',
    });
    assert.deepEqual(await roleOf({ metadata: instance }), {
      value: arn('of-the-instance'),
      from: `the notebook instance ${name}`,
    });
    assert.equal((await placeOf({ metadata: instance })).notebook, name);
    assert.equal((await placeOf({})).credentials, 'environment variables');
    assert.deepEqual(await roleOf({}), { value: arn('named'), from: 'SAGEMAKER_ROLE' });

    const { Credentials } = await new STSClient().send(
      new AssumeRoleCommand({ RoleArn: arn('rehearsal-execution-role'), RoleSessionName: 'notebook' }),
    );
    setEnvironment(t, {
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials?.SessionToken,
    });
    assert.deepEqual(await roleOf({}), {
      value: arn('rehearsal-execution-role'),
      from: 'the role behind the credentials',
    });
    assert.equal((await roleOf({ metadata: instance }))?.value, arn('of-the-instance'));
  },
);

test('a role given by name has the path that IAM knows, wherever the name comes from', limits, async (t) => {
  const aws = await startAws(t);
  const region = await findRegion();
  const create = async (RoleName: string) =>
    await new IAMClient().send(
      new CreateRoleCommand({ RoleName, Path: '/service-role/', AssumeRolePolicyDocument: '{}' }),
    );
  await create('Worker');
  await create('AWSReservedSSO_Admin_1');
  const worker = arn('service-role/Worker');
  const placeOf = (options: object = {}) => findPlace(createClients('us-east-1'), region, options);
  for (const role of ['Worker', 'service-role/Worker', 'wrong/Worker', worker]) {
    assert.equal((await placeOf({ role })).role?.value, worker, role);
  }
  setEnvironment(t, { SAGEMAKER_ROLE: 'Worker' });
  assert.equal((await placeOf()).role?.value, worker);
  const signIn = async (role: string) => {
    const { Credentials } = await new STSClient().send(
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'notebook' }),
    );
    setEnvironment(t, {
      AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials?.SessionToken,
    });
  };
  for (const role of [worker, arn('service-role/AWSReservedSSO_Admin_1')]) {
    await signIn(role);
    const clients = createClients('us-east-1');
    assert.equal(await callerArn(clients, await placeOf()), role);
  }
  // Without permission to ask.
  aws.fault = (_operation, headers) =>
    /\/iam\//.test(headers.authorization ?? '') ? { status: 403, type: 'AccessDenied' } : undefined;
  assert.equal((await placeOf({ role: 'Worker' })).role?.value, arn('Worker'));
  const made = 'AmazonSageMaker-ExecutionRole-20240101T000000';
  assert.equal((await placeOf({ role: made })).role?.value, arn(`service-role/${made}`));
});

test('without any role, the error says how to name one', limits, async (t) => {
  await startAws(t);
  setEnvironment(t, { SAGEMAKER_ROLE: undefined });
  const place = await findPlace(createClients('us-east-1'), await findRegion());
  assert.throws(() => expectRole(place), userError('user/moto', 'openSession({ role:', 'SAGEMAKER_ROLE'));
});

test('the default bucket is created once, in the region, encrypted, closed and tagged', limits, async (t) => {
  await startAws(t);
  const tags = [{ Key: 'project', Value: 'one' }];
  const created: string[] = [];
  const options = { onCreate: (name: string) => created.push(name), tell: () => undefined };
  for (const region of ['us-east-1', 'eu-central-1']) {
    const clients = createClients(region);
    const place = await findPlace(clients, { value: region, from: 'the test' });
    const Bucket = await openBucket(clients, place, tags, options);
    assert.equal(Bucket, `sagemaker-${region}-123456789012`);
    assert.equal(await openBucket(clients, place, tags, options), Bucket);
    const s3 = new S3Client({ region, forcePathStyle: true });
    const { PublicAccessBlockConfiguration } = await s3.send(new GetPublicAccessBlockCommand({ Bucket }));
    assert.deepEqual(Object.values(PublicAccessBlockConfiguration ?? {}), [true, true, true, true]);
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
    assert.equal(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256');
    assert.deepEqual((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, tags);
  }
  assert.equal(created.length, 2);
});

test('a bucket of another account is refused', limits, async (t) => {
  const aws = await startAws(t);
  const owners: unknown[] = [];
  aws.fault = (operation, headers) => {
    owners.push(headers['x-amz-expected-bucket-owner']);
    return operation.startsWith('HEAD /') ? { status: 403, type: 'Forbidden' } : undefined;
  };
  const clients = createClients('us-east-1');
  const place = await findPlace(clients, await findRegion());
  await assert.rejects(
    openBucket(clients, place, [], { onCreate: () => assert.fail('creates nothing'), tell: () => undefined }),
    userError('sagemaker-us-east-1-123456789012', 'belongs to another account', 'openSession({ bucket:'),
  );
  assert.ok(owners.includes('123456789012'));
});

test('of another region’s bucket, the error says where it lies and what to do', limits, async (t) => {
  await startAws(t);
  const clients = createClients('us-east-1');
  const options = { bucket: 'elsewhere', onCreate: () => undefined, tell: () => undefined };
  const place = await findPlace(clients, await findRegion());
  await openBucket(
    createClients('eu-central-1'),
    { ...place, region: { value: 'eu-central-1', from: '' } },
    [],
    options,
  );
  await assert.rejects(
    openBucket(clients, place, [], options),
    userError('elsewhere', 'eu-central-1', 'region:'),
  );
});
