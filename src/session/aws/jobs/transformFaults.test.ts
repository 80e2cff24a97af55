// Faults of batch transforms on AWS: machines that are lost, budgets, kernels that are killed, answers that are lost.
import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { saveArtifact } from '../../../model/artifact';
import { projectFolder } from '../../../platform/paths';
import { listLeft } from '../../../rehearsal/leftovers';
import { realClock } from '../../../rehearsal/runs/clock';
import { openStage } from '../../../rehearsal/runs/stage';
import type { Fault, RehearsalOptions } from '../../../rehearsal/server';
import { type LocalAws, ledgerFolder, startAws } from '../../../testing/aws';
import { atEnd, eventually, temporaryFolder, trainOnCorpus, userError } from '../../../testing/folders';
import type { Channel, Session, TransformJob } from '../../contract/session';

const limits = { timeout: 120_000 };
const trained = trainOnCorpus();
const titles = ['bank profit', 'film singer', 'doctor vaccine'];
const [partCount, perPart] = [5, 6];

test('of a job that has lost a machine, only what is missing is done again', limits, async (t) => {
  const { aws, session, request } = await open(t, { losesInstance: (job) => job === 'lost' });
  const job = await session.transform({ ...request, name: 'lost', instanceCount: 2 });
  await assert.rejects(
    job.wait(),
    userError(
      'lost',
      'InternalServerError',
      `4 of ${partCount} parts`,
      'resume()',
      `only the missing 1 of ${partCount} parts`,
    ),
  );
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  const before = await listOutputs(aws, 'lost');
  assert.equal(before.size, 4);
  await assert.rejects(readAll(job), userError('part-3.jsonl'));

  await job.resume();
  assert.deepEqual(
    (await session.whatIsRunning()).map(({ kind, name }) => [kind, name]),
    [['transform job', 'lost-r1']],
  );
  assert.equal((await job.wait()).partsDone, partCount);
  await assertComplete(job);
  const after = await listOutputs(aws, 'lost');
  for (const [key, time] of before) assert.equal(after.get(key), time, `${key} is not done twice`);
  const attached = await aws.open(await ledgerFolder(t)).attachTransformJob('lost');
  assert.equal((await attached.describe()).status, 'Completed');
  await assertComplete(attached);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'the price of all machines is said first, and what the budget does not cover is not started',
  limits,
  async (t) => {
    const { aws, request } = await open(t);
    const poor = aws.open(await ledgerFolder(t), { budget: 1 });
    await assert.rejects(
      poor.transform({ ...request, instanceCount: 2 }),
      userError('costs $2.00 an hour (2 × ml.c5.xlarge)', 'at most $2.00 for 60 minutes', 'budget: 2'),
    );
    assert.ok(!aws.rehearsal.requests.some((one) => /Create(Model|TransformJob)$/.test(one)));
    const job = await poor.transform({ ...request, instanceCount: 2, maxRuntimeMinutes: 30 });
    assert.match(aws.told.join('\n'), /at most \$1\.00 for 30 minutes/);
    assert.match(aws.told.join('\n'), /SageMaker has no time limit .* wait\(\) stops it after 30 minutes/);
    const { billableSeconds, seconds } = await job.wait();
    assert.ok(Math.abs(billableSeconds - 2 * seconds) < 0.001);
    // What is not used of it can be spent again.
    await (await poor.transform({ ...request, maxRuntimeMinutes: 50 })).wait();
  },
);

test('what is not data in S3 is passed over and not sent to SageMaker', limits, async (t) => {
  const { aws, session, request } = await open(t);
  const { pathname } = new URL(request.input.uri);
  const put = (name: string, Body: string) => putObject(aws, pathname.slice(1) + name, Body);
  await put('', '');
  await put('README.md', 'about the parts');
  await put('.ipynb_checkpoints/part-0-checkpoint.jsonl', 'not JSON');
  const job = await session.transform({ ...request, name: 'cluttered' });
  assert.equal((await job.wait()).parts, partCount);
  await assertComplete(job);
  assert.match(aws.told.join('\n'), /Skipped: \.ipynb_checkpoints\/ \(hidden\), README\.md \(not data\)\./);
});

test('more machines than parts are refused', limits, async (t) => {
  const { session, request } = await open(t);
  await assert.rejects(
    session.transform({ ...request, instanceCount: 6 }),
    userError('5 parts', 'billed as well'),
  );
  for (const instanceCount of [0, 1.5, 101]) {
    await assert.rejects(
      session.transform({ ...request, instanceCount }),
      userError(`instanceCount is ${instanceCount}`),
    );
  }
  await assert.rejects(
    session.transform({ ...request, maxRuntimeMinutes: 0 }),
    userError('maxRuntimeMinutes is 0'),
  );
  await assert.rejects(session.transform({ ...request, name: 'x'.repeat(60) }), userError('59'));
});

test('records are checked before anything is billed, in what was uploaded or in S3', limits, async (t) => {
  const { aws, session, request } = await open(t);
  const fixture = join(projectFolder, 'src', 'testing', 'fixtures', 'transform-short-row', 'a.csv');
  const source = join(await temporaryFolder(t), 'table');
  await mkdir(source);
  await cp(fixture, join(source, 'a.csv'));
  const table = { ...request, input: await session.upload(source, 'table'), column: 1 };
  const single = { ...request, input: await session.upload(fixture, 'single'), column: 1 };
  const invalid = userError('Nothing was started', 'a.csv, line 2', '1 column, and line 1 has 2');
  await assert.rejects(session.transform(table), invalid);
  await assert.rejects(session.transform(single), invalid);
  assert.ok(!aws.told.some((sentence) => sentence.includes('read from S3')));
  await writeFile(join(source, 'a.csv'), '1,goal for team\n');
  await assert.rejects(session.transform(table), invalid);
  assert.ok(aws.told.some((sentence) => sentence.includes('read from S3')));
  assert.ok(!aws.rehearsal.requests.some((one) => /Create(Model|TransformJob)$/.test(one)));
  await assert.rejects(
    session.transform({ ...request, modelArtifact: 'model.tar.gz' }),
    userError('model.tar.gz is not in S3', "kind: 'process'"),
  );
  await (await session.transform({ ...table, input: await session.upload(source, 'table') })).wait();
});

test('an input that cannot be read, and a check that is interrupted, start nothing', limits, async (t) => {
  const { aws, session, request } = await open(t);
  const folder = 'sagemaker-text-classification/my parts, größe 100%/';
  const odd = { ...request, input: { name: 'odd', uri: `s3://${Bucket}/${folder}` } };
  const parts: [string, string][] = [
    ['a b+c.jsonl', '{"input": "bank profit"}\n'],
    ['d?#é.jsonl', '{"input": "film singer"}\nno record\n'],
  ];
  for (const [name, body] of parts) await putObject(aws, folder + name, body);
  await assert.rejects(
    session.transform(odd),
    userError('a record is invalid', 'd?#é.jsonl, line 2', 'not JSON'),
  );
  const unreadable: [LocalAws['fault'], string[]][] = [
    [onPart({ status: 403, type: 'AccessDenied' }), ['a b+c.jsonl cannot be read', 'injected']],
    [onPart({ status: 404, type: 'NoSuchKey' }), ['a b+c.jsonl cannot be read', 'injected']],
    [
      onPart({ status: 400, type: 'ExpiredToken' }),
      ['a b+c.jsonl cannot be read', 'credentials have expired'],
    ],
  ];
  for (const [fault, words] of unreadable) {
    aws.fault = fault;
    await assert.rejects(session.transform(odd), userError('Nothing was started', ...words));
  }
  aws.fault = (operation) => {
    if (isGetPart(operation)) process.emit('SIGINT', 'SIGINT');
    return undefined;
  };
  await assert.rejects(session.transform(odd), userError('Interrupted: nothing was started'));
  assert.ok(!aws.rehearsal.requests.some((one) => /Create(Model|TransformJob)$/.test(one)));
});

const isGetPart = (operation: string) => /^GET .*a%20b/.test(operation);

function onPart(fault: Exclude<Fault, string>): LocalAws['fault'] {
  return (operation) => (isGetPart(operation) ? fault : undefined);
}

test('a model artifact is found at an address with any characters', limits, async (t) => {
  const { aws, session, request } = await open(t);
  const { Body } = await client(aws).send(
    new GetObjectCommand({ Bucket, Key: request.modelArtifact.slice(`s3://${Bucket}/`.length) }),
  );
  const key = 'größe 100%/a//b?#+/output/model.tar.gz';
  await putObject(aws, key, Buffer.from(await (Body?.transformToByteArray() ?? [])));
  aws.fault = (operation) => (operation.endsWith('CreateModel') ? { status: 400, type: 'Stop' } : undefined);
  await assert.rejects(session.transform({ ...request, modelArtifact: `s3://${Bucket}/${key}` }), /injected/);
  await assert.rejects(
    session.transform({ ...request, modelArtifact: `s3://${Bucket}/${key}x` }),
    userError('There is no model artifact at'),
  );
});

test('whoever waits stops what takes longer than was planned', limits, async (t) => {
  // Two seconds in which the job cannot end by itself.
  const { aws, session, request } = await open(t, { clock: realClock, stepSeconds: 2 });
  const job = await session.transform({ ...request, maxRuntimeMinutes: 0.0001 });
  assert.equal((await job.wait()).status, 'Stopped');
  assert.match(aws.told.join('\n'), /has run for 0\.0001 minutes and is being stopped/);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('whoever waits asks to stop again if AWS has not heard it', limits, async (t) => {
  const { aws, session, request } = await open(t, { clock: realClock, stepSeconds: 20 });
  // As often as the SDK asks for one call.
  let refused = 0;
  aws.fault = (operation) =>
    operation === 'SageMaker.StopTransformJob' && ++refused <= 8
      ? { status: 500, type: 'InternalFailure' }
      : undefined;
  const job = await session.transform({ ...request, maxRuntimeMinutes: 0.0001 });
  assert.equal((await job.wait()).status, 'Stopped');
  assert.equal(aws.told.filter((line) => line.includes('is being stopped')).length, 1);
});

test('what cannot be created leaves nothing behind', limits, async (t) => {
  const { aws, session, request } = await open(t);
  aws.fault = (operation) =>
    operation === 'SageMaker.CreateTransformJob'
      ? { status: 400, type: 'ResourceLimitExceeded', message: 'The account-level service limit … is 0' }
      : undefined;
  await assert.rejects(session.transform({ ...request, name: 'first' }), userError('service limit'));
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  assert.deepEqual(await session.cleanUp(), []);
  aws.fault = () => undefined;
  await (await session.transform({ ...request, name: 'first' })).wait();
});

test('an answer that is lost does not start a second one', limits, async (t) => {
  const { aws, session, request } = await open(t);
  let asked = 0;
  aws.fault = (operation) =>
    operation === 'SageMaker.CreateTransformJob' && asked++ === 0 ? 'lost' : undefined;
  const job = await session.transform(request);
  await job.wait();
  await assertComplete(job);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test(
  'what a killed kernel has left is found by cleanUp, be it a job or only its model',
  limits,
  async (t) => {
    const { aws, session, request } = await open(t);
    const job = await session.transform({ ...request, name: 'unwatched' });
    await eventually(async () => (await job.describe()).status === 'Completed');
    const later = aws.open(await ledgerFolder(t));
    assert.deepEqual(
      (await later.cleanUp()).map(({ kind, name }) => [kind, name]),
      [['model', 'unwatched']],
    );
    await session.transform({ ...request, name: 'left' });
    assert.deepEqual(
      (await later.cleanUp()).map(({ kind, name }) => [kind, name]),
      [['transform job', 'left']],
    );
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

interface Bench {
  aws: LocalAws;
  session: Session;
  request: { input: Channel; modelArtifact: string };
}

async function open(t: TestContext, options: RehearsalOptions = {}): Promise<Bench> {
  const aws = await startAws(t, options);
  const session = aws.open(await ledgerFolder(t));
  atEnd(t, () => {
    aws.fault = () => undefined;
  });
  const folder = await temporaryFolder(t);
  const source = join(folder, 'parts');
  await mkdir(source);
  for (let part = 0; part < partCount; part++) {
    const lines = Array.from({ length: perPart }, (_, row) => JSON.stringify(recordOf(part, row)));
    await writeFile(join(source, `part-${part}.jsonl`), `${lines.join('\n')}\n`);
  }
  const input = await session.upload(source, 'headlines');
  const artifact = join(folder, 'artifact');
  await saveArtifact(await trained, artifact);
  const modelArtifact = `${input.uri.replace(/channels.*/, 'jobs/own')}/model.tar.gz`;
  const stage = openStage(aws.moto, folder, () => ({ script: '' }));
  await stage.uploadArchive(artifact, modelArtifact);
  return { aws, session, request: { input, modelArtifact } };
}

function recordOf(part: number, row: number) {
  return { id: `${part}-${row}`, input: titles[(part + row) % titles.length] as string };
}

const Bucket = 'sagemaker-us-east-1-123456789012';

function client({ moto }: LocalAws): S3Client {
  return new S3Client({ endpoint: moto, forcePathStyle: true });
}

async function putObject(aws: LocalAws, Key: string, Body: string | Buffer): Promise<void> {
  await client(aws).send(new PutObjectCommand({ Bucket, Key, Body }));
}

/** When each result was written. */
async function listOutputs(aws: LocalAws, name: string): Promise<Map<string, number>> {
  const { Contents = [] } = await client(aws).send(
    new ListObjectsV2Command({
      Bucket,
      Prefix: `sagemaker-text-classification/transforms/${name}/output/`,
    }),
  );
  return new Map(Contents.map(({ Key = '', LastModified }) => [Key, LastModified?.getTime() ?? 0]));
}

async function readAll(job: TransformJob): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of job.lines()) lines.push(line);
  return lines;
}

async function assertComplete(job: TransformJob): Promise<void> {
  const records = Array.from({ length: partCount * perPart }, (_, row) =>
    recordOf(Math.floor(row / perPart), row % perPart),
  );
  const predictions = (await trained).predict(records.map(({ input }) => input));
  const found = (await readAll(job)).map((line) => JSON.parse(line));
  assert.deepEqual(
    found.map(({ id, input, SageMakerOutput }) => [id, input, SageMakerOutput.result]),
    records.map(({ id, input }, row) => [id, input, predictions[row]?.result]),
  );
}
