// Cleaning up with permissions missing and requests throttled: what is billed goes first, and what is not seen is named.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { BatchGetImageCommand, ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { ListBucketsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DeleteEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { listLeft } from '../../rehearsal/leftovers';
import type { Fault } from '../../rehearsal/server';
import { ledgerFolder, startAws, startTrained } from '../../testing/aws';
import { uploadCorpus, userError } from '../../testing/folders';
import { whySlow } from '../../testing/slow';
import { openLedger } from './account/ledger';

const limits = { timeout: 240_000 };
const long = { architecture: 'mlp', epochs: 1000, batch_size: 1 } as const;

const denied: Fault = { status: 403, type: 'AccessDeniedException', message: 'no permission' };
const throttled: Fault = { status: 400, type: 'ThrottlingException', message: 'Rate exceeded' };

const cases: { calls: RegExp; fault: Fault; named: string[]; left: RegExp | undefined }[] = [
  {
    calls: /\.ListTrainingJobs$/,
    fault: denied,
    named: ['training jobs: no permission'],
    left: /^training job /,
  },
  { calls: /\.ListTrainingJobs$/, fault: throttled, named: ['training jobs:'], left: /^training job / },
  { calls: /\.ListTransformJobs$/, fault: denied, named: ['transform jobs:'], left: undefined },
  { calls: /\.ListHyperParameterTuningJobs$/, fault: denied, named: ['tuning jobs:'], left: undefined },
  {
    calls: /\.ListEndpoints$/,
    fault: denied,
    named: ['endpoints:', 'unused models:'],
    left: /^(endpoint|model|schedule)/,
  },
  { calls: /\.ListEndpointConfigs$/, fault: denied, named: ['endpoint configurations:'], left: undefined },
  { calls: /\.ListModels$/, fault: denied, named: ['models:'], left: undefined },
  {
    calls: /^[A-Z]+ \/sagemaker-/,
    fault: { status: 400, type: 'InvalidRequest' },
    named: ['unfinished uploads:'],
    left: undefined,
  },
  { calls: /\.DescribeEndpointConfig$/, fault: denied, named: ['endpoint left:'], left: undefined },
  {
    calls: /\.ListTags$/,
    fault: denied,
    named: ['training job headlines-', 'endpoint left (tags)'],
    left: /./,
  },
];

test('a clean-up that may not make a call ends all that it can see, and names the rest', {
  ...limits,
  skip: whySlow('it takes a minute'),
}, async (t) => {
  const { aws, session, channels, modelArtifact } = await startTrained(t);
  for (const { calls, fault, named, left } of cases) {
    await t.test(`${calls.source} ${typeof fault === 'string' ? fault : fault.type}`, async () => {
      await session.deploy(modelArtifact, { name: 'left' });
      await session.train({ channels, hyperparameters: long, again: true });
      aws.fault = (operation) => (calls.test(operation) ? fault : undefined);
      await assert.rejects(session.cleanUp(), userError(...named, 'cleanUp()'));
      aws.fault = () => undefined;
      const rest = (await listLeft(aws.rehearsal.url)).filter((one) => !left?.test(one));
      assert.deepEqual(rest, []);
      if (left && fault === denied)
        assert.notDeepEqual(await session.whatIsRunning(), [], 'it still runs, and was named');
      await session.cleanUp();
      assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    });
  }
});

test(
  'a clean-up that may not list unfinished uploads ends the rest, and says what it lacks',
  limits,
  async (t) => {
    const { aws, session, modelArtifact } = await startTrained(t);
    await session.deploy(modelArtifact, { name: 'left' });
    aws.fault = (operation) => (/^[A-Z]+ \/sagemaker-/.test(operation) ? denied : undefined);
    assert.ok((await session.cleanUp()).some(({ name }) => name === 'left'));
    assert.match(aws.told.at(-1) ?? '', /Uploads .* may be left.*s3:ListBucketMultipartUploads/);
    aws.fault = () => undefined;
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test(
  'a list of what runs shows what it can, tells the rest, and does not need the price',
  limits,
  async (t) => {
    const { aws, session, modelArtifact } = await startTrained(t);
    await session.deploy(modelArtifact, { name: 'left' });
    aws.fault = (operation) =>
      /\.(ListTrainingJobs|ListNotebookInstances|DescribeEndpoint)$/.test(operation) ? denied : undefined;
    const shown = (await session.whatIsRunning()).map(({ name, dollarsPerHour }) => [name, dollarsPerHour]);
    assert.deepEqual(shown, [['left', 'unknown']]);
    assert.match(
      aws.told.at(-1) ?? '',
      /may run and be billed:\n- training jobs: .*\n- warm pools: .*\n- notebook instances: /,
    );
    const planned = await session.cleanUp({ dryRun: true });
    assert.deepEqual(
      planned.map(({ name }) => name),
      ['left'],
    );
    assert.match(aws.told.at(-1) ?? '', /training jobs: /);
    aws.fault = () => denied;
    await assert.rejects(
      session.whatIsRunning(),
      userError('could not be listed', 'endpoints: no permission'),
    );
    aws.fault = () => undefined;
    await session.cleanUp();
  },
);

test('in an account without a bucket, only an upload makes one', limits, async (t) => {
  const aws = await startAws(t);
  const session = aws.open(await ledgerFolder(t));
  assert.deepEqual(await session.whatIsRunning(), []);
  assert.deepEqual(await session.trainingJobs(), []);
  assert.deepEqual(await session.cleanUp(), []);
  await assert.rejects(session.attachEndpoint('none'), userError('no endpoint "none"'));
  const buckets = async () =>
    (await new S3Client({ forcePathStyle: true }).send(new ListBucketsCommand())).Buckets;
  assert.deepEqual((await buckets()) ?? [], []);
  await uploadCorpus(t, session);
  assert.equal((await buckets())?.length, 1);
});

test('other people’s models cost a clean-up few requests, and their tags decide', limits, async (t) => {
  const { aws, session, modelArtifact } = await startTrained(t);
  const { models, behaviour } = aws.rehearsal.account;
  const addModel = (ModelName: string) =>
    models.add(ModelName, { request: { ModelName } as never, CreationTime: behaviour.clock.now() }, []);
  for (let index = 0; index < 200; index += 1) addModel(`another-${index}`);
  addModel('headlines-of-somebody');
  await session.deploy(modelArtifact, { name: 'mine' });
  await new SageMakerClient().send(new DeleteEndpointCommand({ EndpointName: 'mine' }));
  while ((await session.whatIsRunning()).length > 0);
  aws.rehearsal.requests.length = 0;
  const ended = await session.cleanUp();
  assert.deepEqual(
    ended.map(({ kind, name }) => `${kind} ${name}`),
    ['schedule mine', 'endpoint configuration mine', 'model mine'],
  );
  const { requests } = aws.rehearsal;
  assert.ok(requests.filter((one) => one.endsWith('.ListTags')).length <= 20, requests.join());
  assert.ok(requests.length < 40, `${requests.length} requests`);
  assert.ok(models.find('headlines-of-somebody'), 'a name alone is no proof');
});

test('cleanUp({ data: true }) deletes what this project has stored, and nothing else', limits, async (t) => {
  const { aws, session, folder, channels } = await startTrained(t);
  const s3 = new S3Client({ forcePathStyle: true });
  const Bucket = 'sagemaker-us-east-1-123456789012';
  const theirs = 'sagemaker-text-classification/channels/of-somebody/one.csv';
  const keys = async () =>
    ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);
  await s3.send(new PutObjectCommand({ Bucket, Key: theirs, Body: 'theirs' }));
  const place = { account: '123456789012', region: 'us-east-1' };
  const repository = { action: 'create', kind: 'repository', name: 'sagemaker-text-classification' } as const;
  openLedger(join(folder, 'ledger.jsonl')).add({ ...repository, ...place });
  const ecr = new ECRClient();
  const inEcr = { repositoryName: repository.name };
  const found = await ecr.send(new BatchGetImageCommand({ ...inEcr, imageIds: [{ imageTag: 'rehearsal' }] }));
  const imageManifest = found.images?.[0]?.imageManifest;
  const before = await keys();
  assert.ok(before.length > 2);

  const planned = await session.cleanUp({ data: true, dryRun: true });
  const stored = planned.map(({ kind, name }) => `${kind} ${name}`);
  assert.match(
    stored.join('\n'),
    /^stored data s3:\/\/.*\/channels\/training-\w+\/ \(\d+ files, 0\.0 MB\)$/m,
  );
  assert.match(stored.join('\n'), /^stored data s3:\/\/.*\/jobs\/headlines-[\w-]+\/ /m);
  assert.match(stored.join('\n'), /^images sagemaker-text-classification in ECR \(1\)$/m);
  assert.deepEqual(await keys(), before);
  assert.deepEqual(await session.cleanUp(), [], 'without data, it stays');

  await session.cleanUp({ data: true });
  assert.deepEqual(await keys(), [theirs]);
  assert.match(aws.told.join('\n'), /1 more files are below .* may be somebody else’s, and stay/);
  assert.deepEqual(await session.cleanUp({ data: true }), []);
  await ecr.send(new PutImageCommand({ ...inEcr, imageTag: 'again', imageManifest }));
  await uploadCorpus(t, session);
  const again = await session.train({ channels, hyperparameters: { epochs: 1 } });
  assert.equal((await again.wait()).status, 'Completed');
  assert.ok(
    (await keys()).some((key) => key?.includes(again.name)),
    'not the job whose artifact was deleted',
  );
  await session.cleanUp({ data: true });
});
