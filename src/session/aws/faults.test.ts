// What goes wrong between here and AWS: nothing is lost or doubled, and nothing billed is left behind.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { parseEpoch } from '../../model/training/metrics';
import { projectFolder } from '../../platform/paths';
import { listLeft } from '../../rehearsal/leftovers';
import type { Fault } from '../../rehearsal/server';
import { type LocalAws, ledgerFolder, startAws } from '../../testing/aws';
import {
  setEnvironment,
  startProgram,
  temporaryFolder,
  uploadCorpus,
  userError,
} from '../../testing/folders';
import { whySlow } from '../../testing/slow';
import type { Channel, Session } from '../contract/session';
import { whileRoleIsNew } from './account/clients';
import { createContext } from './account/context';
import { waitForTraining } from './jobs/trainingWait';

const limits = { timeout: 120_000 };
const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;

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

/** Breaks every request of these operations but each n-th. */
function mostOf(operations: RegExp, n: number, fault: FaultOf): LocalAws['fault'] {
  let seen = 0;
  return (operation) => {
    if (!operations.test(operation)) return undefined;
    seen += 1;
    if (seen % n === 0) return undefined;
    return typeof fault === 'function' ? fault(operation) : fault;
  };
}

/** The same for every request, or not. */
type FaultOf = Fault | ((operation: string) => Fault);

/** S3 has its own word for it. */
const throttle = (operation: string): Fault =>
  /^[A-Z]+ \/sagemaker-/.test(operation)
    ? { status: 503, type: 'SlowDown' }
    : { status: 400, type: 'ThrottlingException' };

const faults: [string, FaultOf][] = [
  ['throttled', throttle],
  ['answered with 500', { status: 500, type: 'InternalFailure' }],
  ['cut off', 'cut'],
];

for (const [what, fault] of faults) {
  test(`while half of all requests are ${what}, nothing is lost, doubled or left behind`, {
    ...limits,
    skip: what === 'throttled' && whySlow('it takes a minute'),
  }, async (t) => {
    const aws = await startAws(t);
    const session = aws.open(await ledgerFolder(t));
    aws.fault = mostOf(/./, 2, fault);
    const channels = await uploadCorpus(t, session);
    const job = await session.train({ channels, hyperparameters: { epochs: 3 } });
    const lines: string[] = [];
    const { metrics, modelArtifact = '' } = await job.wait({ onLog: (line) => lines.push(line) });
    assert.deepEqual(
      lines.flatMap((line) => parseEpoch(line)?.epoch ?? []),
      [1, 2, 3],
    );
    assert.equal(metrics.length, 3);
    assert.equal(new Set(lines).size, lines.length);
    assert.match(lines[0] ?? '', /^Hyperparameters: /);
    assert.equal(lines.at(-1), 'The model artifact is written.');
    assert.deepEqual(await session.trainingJobs(), [job.name]);
    const endpoint = await session.deploy(modelArtifact);
    assert.equal((await endpoint.predict(['bank', 'film'])).length, 2);
    assert.equal((await session.cleanUp()).length, 1);
    aws.fault = () => undefined;
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  });
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
  'parts of an upload that are cut off in their middle are sent again, and all bytes arrive',
  limits,
  async (t) => {
    const aws = await startAws(t);
    const session = aws.open(await ledgerFolder(t));
    const source = join(await temporaryFolder(t), 'some.bin');
    const bytes = randomBytes(20_000_000);
    await writeFile(source, bytes);
    let cuts = 0;
    const cutHalf = mostOf(/^PUT .*some\.bin$/, 2, 'cut');
    aws.fault = (operation, headers) => {
      const fault = cutHalf(operation, headers);
      if (fault) cuts += 1;
      return fault;
    };
    const { uri } = await session.upload(source, 'training');
    assert.ok(cuts >= 3, `${cuts} of three parts at the least`);
    const { host: Bucket, pathname } = new URL(`${uri}some.bin`);
    const command = new GetObjectCommand({ Bucket, Key: pathname.slice(1), ChecksumMode: 'ENABLED' });
    const { Body } = await new S3Client({ forcePathStyle: true }).send(command);
    assert.ok(bytes.equals((await Body?.transformToByteArray()) ?? Buffer.alloc(0)));
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
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

test(
  'credentials that are put in the place of expired ones are taken up in the middle of a wait',
  limits,
  async (t) => {
    const { aws, channels } = await prepare(t);
    const file = join(await temporaryFolder(t), 'credentials');
    const write = async (id: string) =>
      await writeFile(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = s\n`);
    await write('FIRST');
    setEnvironment(t, {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_SHARED_CREDENTIALS_FILE: file,
    });
    const session = aws.open(await ledgerFolder(t));
    const job = await session.train({ channels, hyperparameters: { epochs: 3 } });
    let isExpired = false;
    const used = new Set<string>();
    aws.fault = (_operation, { authorization = '' }) => {
      const [, id = ''] = /Credential=(\w+)/.exec(authorization) ?? [];
      if (id === 'rehearsal') return undefined;
      used.add(id);
      return isExpired && id === 'FIRST' ? { status: 400, type: 'ExpiredTokenException' } : undefined;
    };
    const renewed: Promise<void>[] = [];
    const lines: string[] = [];
    const { metrics } = await job.wait({
      onLog: (line) => {
        if (lines.push(line) > 1) return;
        renewed.push(write('SECOND'));
        isExpired = true;
      },
    });
    await Promise.all(renewed);
    assert.equal(metrics.length, 3);
    assert.equal(new Set(lines).size, lines.length);
    assert.deepEqual([...used], ['FIRST', 'SECOND']);
  },
);

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

test(
  'an endpoint that never becomes healthy is deleted, and says what its container said',
  limits,
  async (t) => {
    const script = join(await temporaryFolder(t), 'silent.js');
    await writeFile(script, "console.log('Waiting for what never comes.'); setInterval(() => {}, 1000);");
    const aws = await startAws(t, {
      program: (command) =>
        command === 'serve'
          ? { script, startUpSeconds: 2 }
          : { script: join(projectFolder, 'container', command) },
    });
    const session = aws.open(await ledgerFolder(t));
    const channels = await uploadCorpus(t, session);
    const { modelArtifact = '' } = await (
      await session.train({ channels, hyperparameters: { epochs: 1 } })
    ).wait();
    await assert.rejects(
      session.deploy(modelArtifact, { name: 'silent' }),
      userError('silent', 'did not pass the ping health check', 'Waiting for what never comes.', 'GET /ping'),
    );
    const waiting =
      /^Endpoint silent: Creating, its container says: Waiting for what never comes\.(, \d+ s)?$/;
    assert.ok(
      aws.shown.some((text) => waiting.test(text)),
      aws.shown.join('\n'),
    );
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
    assert.deepEqual(await session.whatIsRunning(), []);
  },
);

test('a start waits until SageMaker can assume a new role', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const message =
    "Could not assume role arn:aws:iam::1:role/new. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.";
  let asked = 0;
  aws.fault = (operation) =>
    operation === 'SageMaker.CreateTrainingJob' && asked++ === 0
      ? { status: 400, type: 'ValidationException', message }
      : undefined;
  const job = await session.train({ channels, hyperparameters: long });
  assert.equal(asked, 2);
  await job.delete();
});

test('a role that SageMaker cannot assume within a minute ends the start with the remedy', async () => {
  const pauses: number[] = [];
  const refused = new Error('Could not assume role arn:aws:iam::1:role/new.');
  const send = () => Promise.reject(refused);
  const pause = async (milliseconds: number) => pauses.push(milliseconds);
  await assert.rejects(whileRoleIsNew(send, pause), refused);
  assert.equal(
    pauses.reduce((sum, one) => sum + one, 0),
    60_000,
  );
});

test('a spot job that waited in vain ends as stopped, and says what to do', limits, async (t) => {
  await startAws(t);
  const told: string[] = [];
  const context = await createContext(
    { pollSeconds: 0.01, ledger: join(await ledgerFolder(t), 'ledger.jsonl') },
    { tell: (sentence) => told.push(sentence), live: () => () => undefined },
  );
  const answer = {
    TrainingJobName: 'patient',
    TrainingJobStatus: 'Stopped',
    SecondaryStatus: 'MaxWaitTimeExceeded',
  };
  context.clients.sagemaker.send = (async () => answer) as never;
  const { status } = await waitForTraining(context, 'patient');
  assert.equal(status, 'Stopped');
  assert.match(told.join(' '), /patient stopped \(MaxWaitTimeExceeded\)\. .*maxWaitMinutes.*spot: false/);
});

const logFaults: [string, Fault][] = [
  ['may not be read', { status: 400, type: 'AccessDeniedException' }],
  ['are throttled', { status: 400, type: 'ThrottlingException' }],
];

for (const [what, fault] of logFaults) {
  test(`logs that ${what} neither end a wait nor hide why an endpoint failed`, limits, async (t) => {
    const script = join(await temporaryFolder(t), 'silent.js');
    await writeFile(script, 'setInterval(() => {}, 1000);');
    const aws = await startAws(t, {
      program: (command) =>
        command === 'serve'
          ? { script, startUpSeconds: 2 }
          : { script: join(projectFolder, 'container', command) },
    });
    const session = aws.open(await ledgerFolder(t));
    const channels = await uploadCorpus(t, session);
    aws.fault = (operation) => (/^Logs_/.test(operation) ? fault : undefined);
    const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
    const { status, modelArtifact = '', metrics } = await job.wait();
    assert.equal(status, 'Completed');
    // From the artifact.
    assert.deepEqual(
      metrics.map(({ epoch }) => epoch),
      [1],
    );
    assert.equal(aws.told.filter((sentence) => /TrainingJobs cannot be read/.test(sentence)).length, 1);
    await assert.rejects(
      session.deploy(modelArtifact, { name: 'silent' }),
      userError('silent', 'did not pass the ping health check', 'was deleted'),
    );
    assert.equal(aws.told.filter((sentence) => /Endpoints\/silent cannot be read/.test(sentence)).length, 1);
    await job.delete();
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  });
}

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

test(
  'a deployment that is refused says why, also where its clean-up and its look are refused',
  limits,
  async (t) => {
    const { aws, session, channels } = await prepare(t);
    const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
    const { modelArtifact = '' } = await job.wait();
    let isRefusing = false;
    aws.fault = (operation) => {
      isRefusing ||= operation === 'SageMaker.CreateEndpoint';
      if (operation === 'SageMaker.CreateEndpoint') {
        return { status: 400, type: 'ResourceLimitExceeded', message: 'no such quota' };
      }
      const isLater = /^SageMaker\.(Delete|Describe)/.test(operation);
      return isRefusing && isLater
        ? { status: 400, type: 'AccessDeniedException', message: `no ${operation}` }
        : undefined;
    };
    await assert.rejects(
      session.deploy(modelArtifact, { name: 'refused' }),
      userError(
        'no such quota',
        'Service Quotas',
        'Cleaning up failed as well',
        'no SageMaker.Delete',
        'cleanUp()',
      ),
    );
    aws.fault = () => undefined;
    await session.cleanUp();
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test('an update that is refused says why, also where its clean-up is refused', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  const { modelArtifact = '' } = await job.wait();
  const endpoint = await session.deploy(modelArtifact, { name: 'stays' });
  aws.fault = (operation) => {
    if (operation === 'SageMaker.UpdateEndpoint') {
      return { status: 400, type: 'ResourceLimitExceeded', message: 'no such quota' };
    }
    return operation.startsWith('SageMaker.Delete')
      ? { status: 400, type: 'AccessDeniedException', message: `no ${operation}` }
      : undefined;
  };
  await assert.rejects(
    endpoint.update(modelArtifact),
    userError('no such quota', 'Cleaning up failed as well', 'no SageMaker.Delete', 'cleanUp()'),
  );
  assert.ok((await endpoint.predict('bank')).result);
  aws.fault = () => undefined;
  await endpoint.delete();
  await session.cleanUp();
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

test('a deployment of which every first answer is lost succeeds all the same', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  const { modelArtifact = '' } = await job.wait();
  const lost = new Set<string>();
  aws.fault = (operation) => {
    if (!/^SageMaker\.(Create|Update|Delete)/.test(operation) || lost.has(operation)) return undefined;
    lost.add(operation);
    return 'lost';
  };
  const endpoint = await session.deploy(modelArtifact, { name: 'kept' });
  assert.ok((await endpoint.predict('bank')).result);
  await endpoint.update(modelArtifact);
  assert.ok((await endpoint.predict('bank')).result);
  await endpoint.delete();
  assert.equal(lost.size, 7);
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

for (const step of ['CreateModel', 'CreateEndpointConfig', 'UpdateEndpoint']) {
  test(`an update that is refused at ${step} leaves the endpoint as it was`, limits, async (t) => {
    const { aws, session, channels } = await prepare(t);
    const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
    const { modelArtifact = '' } = await job.wait();
    const endpoint = await session.deploy(modelArtifact, { name: 'same' });
    const before = await listLeft(aws.rehearsal.url);
    aws.fault = (operation) =>
      operation === `SageMaker.${step}` ? { status: 400, type: 'ResourceLimitExceeded' } : undefined;
    await assert.rejects(endpoint.update(modelArtifact), userError('quota', 'injected'));
    aws.fault = () => undefined;
    assert.deepEqual(await listLeft(aws.rehearsal.url), before);
    assert.ok((await endpoint.predict('bank')).result);
  });
}

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
  await assert.rejects(
    session.deploy(modelArtifact, { name: 'theirs' }),
    userError('"theirs" is taken', 'Cannot create already existing model', '(request '),
  );
  assert.deepEqual(await listLeft(aws.rehearsal.url), ['model theirs']);
});

test(
  'a clean-up that fails half-way ends what it can, and is finished by the next one',
  limits,
  async (t) => {
    const { aws, session, channels } = await prepare(t);
    const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
    const { modelArtifact = '' } = await job.wait();
    await session.deploy(modelArtifact, { name: 'left' });
    await session.deploy(modelArtifact, { name: 'other' });
    const running = await session.train({ channels, hyperparameters: long });
    aws.fault = (operation) =>
      operation === 'SageMaker.DeleteEndpointConfig'
        ? { status: 400, type: 'AccessDeniedException' }
        : undefined;
    await assert.rejects(
      session.cleanUp(),
      userError(
        '4 of 7 resources could not be deleted',
        'endpoint left: injected',
        'endpoint configuration other: injected',
        `Ended: training job ${running.name}, model left, model other.`,
      ),
    );
    aws.fault = () => undefined;
    assert.equal((await running.describe()).status, 'Stopped');
    const left = await session.cleanUp({ dryRun: true });
    assert.deepEqual(
      left.map(({ kind }) => kind),
      ['endpoint configuration', 'endpoint configuration'],
    );
    assert.deepEqual(
      left.map(({ dollarsPerHour }) => dollarsPerHour),
      [0, 0],
    );
    assert.equal((await listLeft(aws.rehearsal.url)).length, 2);
    assert.equal((await session.cleanUp()).length, 2);
    assert.deepEqual(await session.cleanUp(), []);
    assert.deepEqual(await listLeft(aws.rehearsal.url), []);
  },
);

test('what has gone meanwhile, by another hand, does not disturb a clean-up', limits, async (t) => {
  const { aws, session, channels } = await prepare(t);
  const { modelArtifact = '' } = await (
    await session.train({ channels, hyperparameters: { epochs: 1 } })
  ).wait();
  await session.deploy(modelArtifact, { name: 'shared' });
  const sagemaker = new SageMakerClient();
  let deleted: Promise<unknown> | undefined;
  aws.fault = (operation) => {
    // In the middle of the clean-up, before its first deletion.
    if (operation !== 'SageMaker.DeleteEndpoint' || deleted) return undefined;
    deleted = Promise.allSettled([
      sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'shared' })),
      sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'shared' })),
      sagemaker.send(new DeleteModelCommand({ ModelName: 'shared' })),
    ]);
    return { status: 500, type: 'InternalFailure' };
  };
  await session.cleanUp();
  await deleted;
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

const steps: [string, RegExp][] = [
  ['an upload', /^PUT .*big\.bin$/],
  ['CreateSchedule', /\.CreateSchedule$/],
  ['CreateModel', /\.CreateModel$/],
  ['CreateEndpointConfig', /\.CreateEndpointConfig$/],
  ['CreateEndpoint', /\.CreateEndpoint$/],
  ['UpdateEndpoint', /\.UpdateEndpoint$/],
  ['CreateTrainingJob', /\.CreateTrainingJob$/],
  ['a wait', /\.GetLogEvents$/],
];

for (const [step, operations] of steps) {
  test(
    `what a kernel that was killed at ${step} has left is attached to, and cleaned up by a later one`,
    limits,
    async (t) => {
      const { aws, session, folder, channels } = await prepare(t);
      const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
      const { modelArtifact = '' } = await job.wait();
      const file = join(await temporaryFolder(t), 'big.bin');
      await writeFile(file, Buffer.alloc(20_000_000, 'b'));
      let kernel: Kernel | undefined;
      let seen = 0;
      // Killed after a request has been done and its answer was lost, when the kernel asks again; of several, not the first.
      let isDone = false;
      // The wait for the endpoint, which comes first, reads a log, too.
      let isTraining = step !== 'a wait';
      aws.fault = (operation) => {
        isTraining ||= /\.CreateTrainingJob$/.test(operation);
        if (!isTraining || !operations.test(operation)) return undefined;
        if (/^PUT|GetLogEvents/.test(operation) && ++seen < 3) return undefined;
        if (!isDone) {
          isDone = true;
          return 'lost';
        }
        kernel?.child.kill('SIGKILL');
        return { status: 500, type: 'InternalFailure' };
      };
      kernel = startKernel(t, { folder, file, channels, hyperparameters: long, modelArtifact });
      assert.equal(await kernel.ended, 'SIGKILL', kernel.output());
      aws.fault = () => undefined;
      assert.notDeepEqual(await listLeft(aws.rehearsal.url), [], 'something is left');

      const later = aws.open(folder);
      if (step === 'CreateTrainingJob' || step === 'a wait') await goOn(later);
      const planned = await later.cleanUp({ dryRun: true });
      assert.ok(planned.length > 0);
      // An update that comes to its end meanwhile leaves its endpoint's earlier parts, too.
      const ended = (await later.cleanUp()).map(({ kind, name }) => `${kind} ${name}`);
      for (const { kind, name } of planned) assert.ok(ended.includes(`${kind} ${name}`), `${kind} ${name}`);
      assert.deepEqual(await listLeft(aws.rehearsal.url), []);
      assert.deepEqual(await later.whatIsRunning(), []);
    },
  );
}

/** Attaches to the job that runs, and hears its log from the beginning. */
async function goOn(session: Session): Promise<void> {
  const [running] = (await session.whatIsRunning()).filter(({ kind }) => kind === 'training job');
  assert.ok((await session.trainingJobs()).includes(running?.name ?? ''));
  const attached = await session.attachTrainingJob(running?.name ?? '');
  const enough = new AbortController();
  const epochs: number[] = [];
  const onEpoch = ({ epoch }: { epoch: number }) => {
    if (epochs.push(epoch) >= 5) enough.abort(new Error('enough'));
  };
  await assert.rejects(attached.wait({ onEpoch, signal: enough.signal }), /enough/);
  assert.deepEqual(
    epochs,
    epochs.map((_, index) => index + 1),
  );
}

type Kernel = ReturnType<typeof startProgram>;

interface Given {
  folder: string;
  channels: Channel[];
  hyperparameters: object;
  /** Of the training job alone where these are missing. */
  file?: string;
  modelArtifact?: string;
}

/** Another process that works on the ledger in that folder. */
function startKernel(t: TestContext, given: Given): Kernel {
  const session = JSON.stringify(join(__dirname, 'session'));
  const script = `(${workAsKernel})(require(${session}), ${JSON.stringify(given)})`;
  const environment = { SAGEMAKER_ROLE: process.env.SAGEMAKER_ROLE as string };
  return startProgram(t, [process.execPath, '--eval', script], { environment });
}

/** Runs in the kernel, from its source text, so it uses nothing but its parameters. */
async function workAsKernel(
  { openAwsSession }: typeof import('./session'),
  { folder, file, channels, hyperparameters, modelArtifact }: Given,
): Promise<void> {
  const session = openAwsSession(
    { budget: 1000, pollSeconds: 0.1, ledger: `${folder}/ledger.jsonl` },
    { tell: () => undefined, live: () => () => undefined },
  );
  if (file) await session.upload(file, 'training');
  if (modelArtifact) await (await session.deploy(modelArtifact)).update(modelArtifact);
  const job = await session.train({ channels, hyperparameters });
  console.log(`The job is ${job.name}.`);
  if (file) await job.wait();
}

test('two kernels that start the same at once start one job', limits, async (t) => {
  const { aws, folder, channels, session } = await prepare(t);
  const kernels = [1, 2].map(() => startKernel(t, { folder, channels, hyperparameters: long }));
  for (const kernel of kernels) assert.equal(await kernel.ended, 0, kernel.output());
  const names = kernels.map((kernel) => /The job is (\S+)\./.exec(kernel.output())?.[1]);
  assert.equal(names[0], names[1]);
  assert.deepEqual(
    (await session.cleanUp()).map(({ name }) => name),
    [names[0]],
  );
  assert.deepEqual(await listLeft(aws.rehearsal.url), []);
});

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
