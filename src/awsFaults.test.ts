// What goes wrong between here and AWS: nothing is lost or doubled, and nothing billed is left behind.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateModelCommand, SageMakerClient, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { writeHeadlines } from './headlines';
import { parseEpoch } from './metrics';
import { listLeft } from './rehearsalLeft';
import type { Fault } from './rehearsalServer';
import type { Channel, Session } from './session';
import { createCorpus, startProgram, temporaryFolder, userError, writeTopicVectors } from './testing';
import { type LocalAws, ledgerFolder, startAws } from './testingAws';

const limits = { timeout: 120_000 };
const long = { epochs: 1000, batch_size: 4 };

interface Bench {
  aws: LocalAws;
  session: Session;
  /** The ledger's. */
  folder: string;
  channels: Channel[];
}

async function prepare(t: TestContext): Promise<Bench> {
  const aws = await startAws(t);
  const folder = await ledgerFolder(t);
  const session = aws.open(folder);
  return { aws, session, folder, channels: await uploadCorpus(t, session) };
}

async function uploadCorpus(t: TestContext, session: Session): Promise<Channel[]> {
  const source = await temporaryFolder(t);
  await writeHeadlines(join(source, 'headlines.tsv'), createCorpus());
  return [
    await session.upload(join(source, 'headlines.tsv'), 'training'),
    await session.upload(await writeTopicVectors(join(source, 'vectors')), 'embeddings'),
  ];
}

/** Breaks every request of these operations but each n-th. */
function mostOf(operations: RegExp, n: number, fault: Fault): LocalAws['fault'] {
  let seen = 0;
  return (operation) => {
    if (!operations.test(operation)) return undefined;
    seen += 1;
    return seen % n === 0 ? undefined : fault;
  };
}

const faults: [string, Fault][] = [
  ['throttled', { status: 400, type: 'ThrottlingException' }],
  ['answered with 500', { status: 500, type: 'InternalFailure' }],
  ['cut off', 'cut'],
];

for (const [what, fault] of faults) {
  test(
    `while half of all requests are ${what}, a job is watched without a line lost or doubled`,
    limits,
    async (t) => {
      const { aws, session, channels } = await prepare(t);
      aws.fault = mostOf(/DescribeTrainingJob|DescribeLogStreams|GetLogEvents|CreateTrainingJob/, 2, fault);
      const job = await session.train({ channels, hyperparameters: { epochs: 3 } });
      const lines: string[] = [];
      const { metrics } = await job.wait({ onLog: (line) => lines.push(line) });
      assert.deepEqual(
        lines.flatMap((line) => parseEpoch(line)?.epoch ?? []),
        [1, 2, 3],
      );
      assert.equal(metrics.length, 3);
      assert.equal(new Set(lines).size, lines.length);
      assert.match(lines[0] ?? '', /^Hyperparameters: /);
      assert.equal(lines.at(-1), 'The model artifact is written.');
    },
  );
}

test(
  'an answer to a start that is lost does not start a second job, nor lose the first',
  limits,
  async (t) => {
    const { aws, session, channels } = await prepare(t);
    let lost = 0;
    aws.fault = (operation) => {
      if (operation !== 'SageMaker.CreateTrainingJob' || lost > 0) return undefined;
      lost += 1;
      return 'lost';
    };
    const job = await session.train({ channels, hyperparameters: long });
    assert.equal(lost, 1);
    assert.deepEqual(
      (await session.whatIsRunning()).map(({ name }) => name),
      [job.name],
    );
    await job.delete();
  },
);

test(
  'an upload that is cut off goes on with the files that are missing, and leaves no part behind',
  limits,
  async (t) => {
    const { aws, session } = await prepare(t);
    const source = await temporaryFolder(t);
    await writeFile(join(source, 'a.bin'), Buffer.alloc(1000, 'a'));
    await writeFile(join(source, 'b.bin'), Buffer.alloc(20_000_000, 'b'));
    // The big file's parts are refused, from its second request on.
    let puts = 0;
    aws.fault = (operation) =>
      /^PUT .*b\.bin$/.test(operation) && puts++ > 0 ? { status: 403, type: 'AccessDenied' } : undefined;
    await assert.rejects(session.upload(source, 'training'));
    assert.ok(puts > 1);
    const s3 = new S3Client({ forcePathStyle: true });
    const { Uploads = [] } = await s3.send(
      new ListMultipartUploadsCommand({ Bucket: 'sagemaker-us-east-1-123456789012' }),
    );
    assert.deepEqual(Uploads, []);

    aws.fault = () => undefined;
    aws.rehearsal.requests.length = 0;
    await session.upload(source, 'training');
    const again = aws.rehearsal.requests.filter((request) => request.startsWith('PUT '));
    assert.ok(again.some((request) => request.endsWith('b.bin')));
    assert.ok(!again.some((request) => request.endsWith('a.bin')));
    aws.rehearsal.requests.length = 0;
    await session.upload(source, 'training');
    assert.ok(!aws.rehearsal.requests.some((request) => /^(PUT|POST) \/sagemaker/.test(request)));
  },
);

test('credentials that expire during a wait end it with what to do; the job goes on', limits, async (t) => {
  const { aws, session, folder, channels } = await prepare(t);
  const job = await session.train({ channels, hyperparameters: long });
  const expire = () => {
    aws.fault = (operation) =>
      operation === 'SageMaker.DescribeTrainingJob'
        ? { status: 400, type: 'ExpiredTokenException' }
        : undefined;
  };
  await assert.rejects(
    job.wait({ onEpoch: expire }),
    userError('have expired', 'Sign in again', job.name, 'attachTrainingJob'),
  );
  aws.fault = () => undefined;
  const attached = await aws.open(folder).attachTrainingJob(job.name);
  assert.equal((await attached.describe()).status, 'InProgress');
  await attached.delete();
});

test('a job that is stopped from outside ends the wait as stopped', limits, async (t) => {
  const { session, channels } = await prepare(t);
  const job = await session.train({ channels, hyperparameters: long });
  const stop = new StopTrainingJobCommand({ TrainingJobName: job.name });
  let asked: Promise<unknown> | undefined;
  const { status, modelArtifact } = await job.wait({
    onEpoch: () => {
      asked ??= new SageMakerClient().send(stop);
    },
  });
  await asked;
  assert.equal(status, 'Stopped');
  assert.match(modelArtifact ?? '', /^s3:.*model\.tar\.gz$/);
});

test(
  'a job that runs longer than it may is ended by SageMaker and keeps what it has learnt',
  limits,
  async (t) => {
    const { aws, folder, channels } = await prepare(t);
    const job = await aws
      .open(folder, { maxRuntimeMinutes: 0.05 })
      .train({ channels, hyperparameters: long });
    const { status, billableSeconds } = await job.wait();
    assert.equal(status, 'Stopped');
    assert.ok(billableSeconds < 30);
  },
);

for (const step of ['CreateModel', 'CreateEndpointConfig', 'CreateEndpoint']) {
  test(`a deployment that is refused at ${step} leaves nothing behind`, limits, async (t) => {
    const { aws, session, channels } = await prepare(t);
    const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
    const { modelArtifact = '' } = await job.wait();
    aws.fault = (operation) =>
      operation === `SageMaker.${step}` ? { status: 400, type: 'ResourceLimitExceeded' } : undefined;
    await assert.rejects(session.deploy(modelArtifact, { name: 'refused' }));
    aws.fault = () => undefined;
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    const endpoint = await session.deploy(modelArtifact, { name: 'refused' });
    assert.ok((await endpoint.predict('bank')).result);
  });
}

test('a deployment of which every first answer is lost succeeds all the same', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  const { modelArtifact = '' } = await job.wait();
  const lost = new Set<string>();
  aws.fault = (operation) => {
    if (!/^SageMaker\.(Create|Delete)/.test(operation) || lost.has(operation)) return undefined;
    lost.add(operation);
    return 'lost';
  };
  const endpoint = await session.deploy(modelArtifact, { name: 'kept' });
  assert.ok((await endpoint.predict('bank')).result);
  await endpoint.delete();
  assert.equal(lost.size, 6);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a model of somebody else’s under that name is not touched', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const { modelArtifact = '' } = await (
    await session.train({ channels, hyperparameters: { epochs: 1 } })
  ).wait();
  const sagemaker = new SageMakerClient();
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: 'theirs',
      PrimaryContainer: { Image: process.env.IMAGE_URI as string, ModelDataUrl: modelArtifact },
      ExecutionRoleArn: 'arn:aws:iam::123456789012:role/rehearsal-execution-role',
    }),
  );
  await assert.rejects(session.deploy(modelArtifact, { name: 'theirs' }), userError('"theirs" is taken'));
  assert.deepEqual(await listLeft(aws.rehearsal.url), ['model theirs']);
});

test('a clean-up that fails half-way is finished by the next one', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  await session.deploy((await job.wait()).modelArtifact ?? '', { name: 'left' });
  aws.fault = (operation) =>
    operation === 'SageMaker.DeleteEndpointConfig'
      ? { status: 400, type: 'AccessDeniedException' }
      : undefined;
  await assert.rejects(session.cleanUp());
  aws.fault = () => undefined;
  assert.deepEqual(await session.cleanUp(), []);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

for (const step of ['CreateTrainingJob', 'CreateModel', 'CreateEndpointConfig', 'CreateEndpoint']) {
  test(
    `what a kernel that was killed at ${step} has left is attached to, and cleaned up by a later one`,
    limits,
    async (t) => {
      const { aws, session, folder, channels } = await prepare(t);
      const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
      const { modelArtifact = '' } = await job.wait();
      const given = JSON.stringify({ folder, channels, hyperparameters: long, modelArtifact });
      const script = `(${workAsKernel})(require(${JSON.stringify(join(__dirname, 'awsSession'))}), ${given})`;
      let kernel: ReturnType<typeof startProgram> | undefined;
      // Killed when the request has been done and before its answer arrives.
      aws.fault = (operation) => {
        if (operation !== `SageMaker.${step}`) return undefined;
        kernel?.child.kill('SIGKILL');
        return 'lost';
      };
      const environment = { SAGEMAKER_ROLE: process.env.SAGEMAKER_ROLE as string };
      kernel = startProgram(t, [process.execPath, '--eval', script], { environment });
      assert.equal(await kernel.ended, 'SIGKILL', kernel.output());
      aws.fault = () => undefined;

      const later = aws.open(folder);
      if (step === 'CreateTrainingJob') {
        const [running] = await later.whatIsRunning();
        const attached = await later.attachTrainingJob(running?.name ?? '');
        assert.equal((await attached.describe()).status, 'InProgress');
      }
      await later.cleanUp();
      assert.deepEqual(await listLeft(aws.rehearsal.url), []);
      assert.deepEqual(await later.whatIsRunning(), []);
    },
  );
}

/** Runs in the kernel, from its source text, so it uses nothing but its parameters. */
async function workAsKernel(
  { openAwsSession }: typeof import('./awsSession'),
  given: { folder: string; channels: Channel[]; hyperparameters: object; modelArtifact: string },
): Promise<void> {
  const { folder, channels, hyperparameters, modelArtifact } = given;
  const session = openAwsSession(
    { budget: 1000, pollSeconds: 0.1, ledger: `${folder}/ledger.jsonl` },
    { tell: () => undefined, live: () => () => undefined },
  );
  await session.deploy(modelArtifact);
  await session.train({ channels, hyperparameters });
}

test(
  'two kernels at once on one ledger see and end each other’s work, and tear no line',
  limits,
  async (t) => {
    const { aws, session, folder, channels } = await prepare(t);
    const other = aws.open(folder);
    const jobs = await Promise.all(
      [session, other, session, other].map((one, seed) =>
        one.train({ channels, hyperparameters: { ...long, seed } }),
      ),
    );
    const names = jobs.map(({ name }) => name).sort();
    assert.equal(new Set(names).size, 4);
    assert.deepEqual((await other.whatIsRunning()).map(({ name }) => name).sort(), names);
    await Promise.all([session.cleanUp(), other.cleanUp()]);
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);
