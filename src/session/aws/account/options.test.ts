import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import {
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateNotebookInstanceCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
  ListModelsCommand,
  ListTagsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { listLeft } from '../../../rehearsal/leftovers';
import { ledgerFolder, startAws } from '../../../testing/aws';
import { setEnvironment, temporaryFolder, uploadCorpus, userError } from '../../../testing/folders';
import { openAwsSession } from '../session';
import { openLedger } from './ledger';
import type { AwsSessionOptions } from './options';

const limits = { timeout: 90_000 };
const quick = { epochs: 1 };

async function prepare(t: TestContext, options: AwsSessionOptions = {}) {
  const aws = await startAws(t);
  const folder = await ledgerFolder(t);
  const session = aws.open(folder, options);
  return { aws, folder, session, channels: await uploadCorpus(t, session), sagemaker: new SageMakerClient() };
}

test(
  'network, key, time limits and spot machines reach the job; capture and key reach the endpoint',
  limits,
  async (t) => {
    const vpc = { subnets: ['subnet-1'], securityGroups: ['sg-1'] };
    const { aws, session, channels, sagemaker } = await prepare(t, {
      vpc,
      endpointInstance: 'ml.m5.large',
      networkIsolation: true,
      kmsKey: 'key-1',
      spot: true,
      maxRuntimeMinutes: 10,
      maxWaitMinutes: 15,
      dataCapturePercent: 50,
    });
    const job = await session.train({ channels, hyperparameters: quick, instanceType: 'ml.m5.large' });
    const { modelArtifact = '' } = await job.wait();
    const said = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: job.name }));
    assert.deepEqual(said.VpcConfig, { Subnets: vpc.subnets, SecurityGroupIds: vpc.securityGroups });
    assert.equal(said.EnableNetworkIsolation, true);
    assert.equal(said.OutputDataConfig?.KmsKeyId, 'key-1');
    assert.equal(said.ResourceConfig?.VolumeKmsKeyId, 'key-1');
    assert.equal(said.ResourceConfig?.InstanceType, 'ml.m5.large');
    assert.deepEqual(said.StoppingCondition, { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 900 });
    assert.equal(said.EnableManagedSpotTraining, true);
    assert.match(said.CheckpointConfig?.S3Uri ?? '', /^s3:\/\/sagemaker-us-east-1-123456789012\//);
    assert.match(aws.told.join('\n'), /s of ml\.m5\.large billed, \$0\.\d+; the spot instance saved \d\d%/);

    await session.deploy(modelArtifact, { name: 'captured' });
    const command = new DescribeEndpointConfigCommand({ EndpointConfigName: 'captured' });
    const { DataCaptureConfig, KmsKeyId, ProductionVariants } = await sagemaker.send(command);
    assert.equal(DataCaptureConfig?.InitialSamplingPercentage, 50);
    assert.equal(KmsKeyId, 'key-1');
    assert.equal(ProductionVariants?.[0]?.InstanceType, 'ml.m5.large');

    // An update changes the artifact alone.
    const endpoint = await session.attachEndpoint('captured');
    await endpoint.update(modelArtifact);
    const { EndpointConfigName } = await sagemaker.send(
      new DescribeEndpointCommand({ EndpointName: 'captured' }),
    );
    assert.notEqual(EndpointConfigName, 'captured');
    const updated = await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName }));
    assert.deepEqual(updated.DataCaptureConfig, DataCaptureConfig);
    assert.equal(updated.KmsKeyId, 'key-1');
    assert.equal(updated.ProductionVariants?.[0]?.InstanceType, 'ml.m5.large');
    const [model] = (await sagemaker.send(new ListModelsCommand({}))).Models ?? [];
    const next = await sagemaker.send(new DescribeModelCommand({ ModelName: model?.ModelName }));
    assert.deepEqual(next.VpcConfig, said.VpcConfig);
    assert.equal(next.EnableNetworkIsolation, true);
    await session.cleanUp();
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

for (const [what, options, ...parts] of [
  ['a time limit of nothing', { maxRuntimeMinutes: 0 }, 'maxRuntimeMinutes is 0'],
  ['a wait shorter than the job', { maxWaitMinutes: 10, maxRuntimeMinutes: 20 }, 'from 20 to'],
  ['more than all requests', { dataCapturePercent: 101 }, 'dataCapturePercent is 101', 'from 0 to 100'],
  ['odd memory', { serverless: { memoryMegabytes: 1500, concurrency: 1 } }, 'a multiple of 1024'],
  [
    'a network for what has none',
    { serverless: { memoryMegabytes: 2048, concurrency: 1 }, networkIsolation: true },
    'networkIsolation',
    'leave out serverless',
  ],
] as const) {
  test(`${what} is refused before AWS is asked`, async () => {
    const session = openAwsSession(options, { tell: () => undefined, live: () => () => undefined });
    await assert.rejects(session.whatIsRunning(), userError(...parts));
  });
}

test('every status of a job is told, also those shorter than a look at it', limits, async (t) => {
  const { session, channels } = await prepare(t, { pollSeconds: 0.5 });
  const statuses: string[] = [];
  const job = await session.train({ channels, hyperparameters: quick });
  await job.wait({ onStatus: (status) => statuses.push(status) });
  const names = statuses.map((status) => status.split(':')[0]);
  assert.deepEqual([...new Set(names)], ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']);
  assert.equal(statuses.length, 5);
});

test(
  'the notebook instances of the project are listed with their price, and never ended',
  limits,
  async (t) => {
    const { aws, session, sagemaker } = await prepare(t);
    const create = async (NotebookInstanceName: string, Tags: { Key: string; Value: string }[]) =>
      await sagemaker.send(
        new CreateNotebookInstanceCommand({
          NotebookInstanceName,
          InstanceType: 'ml.t3.medium',
          RoleArn: 'arn:aws:iam::123456789012:role/rehearsal-execution-role',
          Tags,
        }),
      );
    await create('ours', [{ Key: 'project', Value: 'sagemaker-text-classification' }]);
    await create('theirs', [{ Key: 'project', Value: 'another' }]);
    const [notebook, ...others] = await session.whatIsRunning();
    assert.deepEqual(others, []);
    assert.deepEqual([notebook?.kind, notebook?.name], ['notebook instance', 'ours']);
    assert.equal(notebook?.dollarsPerHour, 1);
    assert.ok(Number(notebook?.dollarsSoFar) >= 0);
    assert.deepEqual(await session.cleanUp(), []);
    assert.equal((await session.whatIsRunning()).length, 1);
    assert.ok(!aws.rehearsal.requests.some((request) => /(Stop|Delete)NotebookInstance/.test(request)));
  },
);

test('every request to the bucket names its owner', limits, async (t) => {
  const aws = await startAws(t);
  const session = aws.open(await ledgerFolder(t));
  const unowned: string[] = [];
  aws.fault = (operation, headers) => {
    const isOurs =
      headers.authorization?.includes('Credential=rehearsal/') && /^[A-Z]+ \/sagemaker-/.test(operation);
    if (isOurs && headers['x-amz-expected-bucket-owner'] !== '123456789012') unowned.push(operation);
    return undefined;
  };
  const source = await temporaryFolder(t);
  await writeFile(join(source, 'big.bin'), Buffer.alloc(20_000_000));
  await session.upload(source, 'training');
  await session.cleanUp();
  // There is no owner of what does not exist yet.
  assert.deepEqual(unowned, ['PUT /sagemaker-us-east-1-123456789012/']);
});

test('no secret reaches a sentence, an error or the ledger', limits, async (t) => {
  const secrets = { AWS_SECRET_ACCESS_KEY: 'theSecretKey', AWS_SESSION_TOKEN: 'theSessionToken+/=' };
  const { aws, folder, session, channels } = await prepare(t);
  setEnvironment(t, secrets);
  const said: string[] = [];
  const again = aws.open(folder);
  const job = await again.train({ channels, hyperparameters: quick });
  await job.wait({ onLog: (line) => said.push(line), onStatus: (status) => said.push(status) });
  said.push(JSON.stringify(await again.preflight()));
  // AWS repeats the headers that it was sent.
  const message = `The Canonical String should have been 'POST\nx-amz-security-token:${secrets.AWS_SESSION_TOKEN}\n'`;
  aws.fault = () => ({ status: 403, type: 'SignatureDoesNotMatch', message });
  for (const attempt of [
    () => again.whatIsRunning(),
    () => again.upload(folder, 'other'),
    () => session.preflight(),
  ]) {
    // As DEBUG=1 prints it, with stacks and causes.
    const show = (error: Error) => inspect(error, { customInspect: false, depth: 10 });
    said.push(String(await attempt().catch(show)));
  }
  assert.match(said.join('\n'), /does not accept these credentials.*x-amz-security-token:…/s);
  const all = [...said, ...aws.told, await readFile(join(folder, 'ledger.jsonl'), 'utf8')].join('\n');
  for (const secret of Object.values(secrets)) assert.ok(!all.includes(secret), secret);
});

test('a serverless endpoint has memory and concurrency instead of a machine', limits, async (t) => {
  const serverless = { memoryMegabytes: 2048, concurrency: 5 };
  const { session, channels, sagemaker } = await prepare(t, { serverless });
  const { modelArtifact = '' } = await (await session.train({ channels, hyperparameters: quick })).wait();
  const endpoint = await session.deploy(modelArtifact, { name: 'serverless' });
  assert.ok((await endpoint.predict('bank')).result);
  const command = new DescribeEndpointConfigCommand({ EndpointConfigName: 'serverless' });
  const [variant] = (await sagemaker.send(command)).ProductionVariants ?? [];
  assert.deepEqual(variant?.ServerlessConfig, { MemorySizeInMB: 2048, MaxConcurrency: 5 });
  assert.equal(variant?.InstanceType, undefined);
});

test('nothing billed is started without a budget, and what costs says its price first', limits, async (t) => {
  const { aws, folder, session, channels } = await prepare(t, { budget: 0 });
  await assert.rejects(
    session.train({ channels, hyperparameters: quick }),
    userError('at most $0.5000 for 30 minutes', 'openSession({ budget: 0.5 })'),
  );
  assert.ok(!aws.rehearsal.requests.includes('SageMaker.CreateTrainingJob'));

  const rich = aws.open(folder, { budget: 2 });
  const job = await rich.train({ channels, hyperparameters: quick });
  const { modelArtifact = '' } = await job.wait();
  assert.match(aws.told.join('\n'), /\$1\.00 an hour \(ml\.c5\.2xlarge\), at most \$0\.5000/);
  assert.match(aws.told.join('\n'), / s of ml\.c5\.2xlarge billed, \$0\.0\d+/);
  await assert.rejects(session.deploy(modelArtifact), userError('at most $1.00 for 60 minutes'));
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);

  await rich.deploy(modelArtifact, { name: 'priced' });
  const [running] = await rich.whatIsRunning();
  assert.equal(running?.dollarsPerHour, 1);
  assert.ok(Number(running?.dollarsSoFar) < 0.1);
});

test('the same request again is the same job, unless another is asked for', limits, async (t) => {
  const { aws, folder, session, channels } = await prepare(t);
  const request = { channels, hyperparameters: quick };
  const job = await session.train(request);
  assert.equal((await aws.open(folder).train(request)).name, job.name);
  await job.wait();
  assert.equal((await session.train(request)).name, job.name);
  assert.match(
    aws.told.at(-1) ?? '',
    /An identical job, .*, has completed, so no new one was started.*again: true/,
  );
  const again = await session.train({ ...request, again: true });
  const other = await session.train({ ...request, hyperparameters: { ...quick, seed: 2 } });
  assert.equal(new Set([job.name, again.name, other.name]).size, 3);
  assert.deepEqual((await session.trainingJobs()).sort(), [job.name, again.name, other.name].sort());
});

test('the ledger knows each resource before it is created, and that it has ended', limits, async (t) => {
  const { aws, folder, session, channels, sagemaker } = await prepare(t);
  const ledger = openLedger(join(folder, 'ledger.jsonl'));
  const known: Record<string, boolean> = {};
  const kinds = { CreateTrainingJob: 'training job', CreateModel: 'model', CreateEndpoint: 'endpoint' };
  aws.fault = (operation) => {
    const kind = kinds[operation.replace('SageMaker.', '') as keyof typeof kinds];
    if (kind) known[kind] = ledger.read().some((entry) => entry.kind === kind && entry.action === 'create');
    return undefined;
  };
  const { modelArtifact = '' } = await (await session.train({ channels, hyperparameters: quick })).wait();
  const endpoint = await session.deploy(modelArtifact, { name: 'expiring' });
  const ResourceArn = 'arn:aws:sagemaker:us-east-1:123456789012:endpoint/expiring';
  const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn }));
  const expires = Tags.find(({ Key }) => Key === 'expires')?.Value ?? '';
  assert.ok(Math.abs(Date.parse(expires) - Date.now() - 3_600_000) < 60_000, expires);
  await endpoint.delete();
  assert.deepEqual(known, { 'training job': true, model: true, endpoint: true });
  const open = ledger.open({ account: '123456789012', region: 'us-east-1' }).map(({ kind }) => kind);
  assert.deepEqual([...new Set(open)].sort(), ['bucket', 'upload']);
});

test(
  'what somebody else has created under the same project is neither listed nor ended',
  limits,
  async (t) => {
    const { session, sagemaker } = await prepare(t);
    const Tags = [
      { Key: 'project', Value: 'sagemaker-text-classification' },
      { Key: 'owner', Value: 'arn:aws:iam::123456789012:user/somebody' },
    ];
    const PrimaryContainer = {
      Image: process.env.IMAGE_URI as string,
      ModelDataUrl: 's3://bucket/model.tar.gz',
    };
    const ExecutionRoleArn = 'arn:aws:iam::123456789012:role/rehearsal-execution-role';
    await sagemaker.send(
      new CreateModelCommand({ ModelName: 'theirs', PrimaryContainer, ExecutionRoleArn, Tags }),
    );
    const ProductionVariants = [
      {
        VariantName: 'one',
        ModelName: 'theirs',
        InstanceType: 'ml.m5.large' as const,
        InitialInstanceCount: 1,
      },
    ];
    await sagemaker.send(
      new CreateEndpointConfigCommand({ EndpointConfigName: 'theirs', ProductionVariants, Tags }),
    );
    assert.deepEqual(await session.cleanUp(), []);
    assert.equal((await sagemaker.send(new ListModelsCommand({}))).Models?.length, 1);
  },
);

test('what this folder has started is found again under other credentials', limits, async (t) => {
  const { aws, folder, session, channels } = await prepare(t);
  const job = await session.train({
    channels,
    hyperparameters: { architecture: 'mlp', epochs: 1000, batch_size: 4 },
  });
  const arn = 'arn:aws:iam::123456789012:role/rehearsal-execution-role';
  const assume = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'another' });
  const { Credentials } = await new STSClient().send(assume);
  setEnvironment(t, {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials?.SessionToken,
  });
  assert.deepEqual(await aws.open(await ledgerFolder(t)).whatIsRunning(), []);
  const [running] = await aws.open(folder).cleanUp();
  assert.equal(running?.name, job.name);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'an interruption of the cell that deploys leaves the endpoint, and says how to go on',
  limits,
  async (t) => {
    const { aws, session, channels } = await prepare(t);
    const { modelArtifact = '' } = await (await session.train({ channels, hyperparameters: quick })).wait();
    // Another listener, as the kernel has one: without any, the signal would end this process.
    const kernel = () => {};
    process.on('SIGINT', kernel);
    t.after(() => process.off('SIGINT', kernel));
    let asked = 0;
    aws.fault = (operation) => {
      if (operation === 'SageMaker.DescribeEndpoint' && ++asked === 2) process.kill(process.pid, 'SIGINT');
      return undefined;
    };
    await assert.rejects(
      session.deploy(modelArtifact, { name: 'left' }),
      userError('continues with the endpoint left', "attachEndpoint('left')", 'session.cleanUp()'),
    );
    assert.deepEqual(
      (await session.cleanUp()).map(({ name }) => name),
      ['left'],
    );
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);
