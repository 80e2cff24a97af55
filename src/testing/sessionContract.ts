// The contract of every session: one walk through all its methods, run over each adapter by that adapter's test file. Tiny
// invented rows; a training job takes about a second.
import assert from 'node:assert/strict';
import { cp, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { writeHeadlines } from '../data/headlines';
import { loadArtifact } from '../model/artifact';
import type { Prediction } from '../model/training/classifier';
import { type EpochMetrics, parseEpoch, parseNote } from '../model/training/metrics';
import type {
  Channel,
  CleanUpOptions,
  RunningResource,
  Session,
  TrainingJobDescription,
  TransformProgress,
} from '../session/contract/session';
import type { Trial, TuningRequest } from '../session/contract/tuning';
import {
  assertClose,
  createCorpus,
  createHeadlines,
  eventually,
  temporaryFolder,
  userError,
  writeTopicVectors,
} from './folders';

export interface ContractOptions {
  /** Makes a damaged copy of a model artifact below `folder` and returns its path. @default copies a local folder */
  damage?: (modelArtifact: string, folder: string) => Promise<string>;
  /** Copies a model artifact into a folder below `folder`. @default returns it as it is */
  fetch?: (modelArtifact: string, folder: string) => Promise<string>;
}

/** State shared by the steps of the walk. */
interface Walk {
  /** Another session over the same folder, as a later kernel would open it. */
  reopen(): Session;
  session: Session;
  folder: string;
  channels: readonly Channel[];
  damage(modelArtifact: string): Promise<string>;
  fetch(modelArtifact: string): Promise<string>;
}

/** Longer than any test waits, in many steps, so that a test can stop it in the middle. */
const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;

/**
 * Runs the contract over an adapter, as steps of one test that may take some minutes.
 * @param open opens a session that keeps all its records in that folder
 */
export async function testSessionContract(
  t: TestContext,
  open: (folder: string) => Session,
  { damage = damageFolder, fetch = async (modelArtifact) => modelArtifact }: ContractOptions = {},
): Promise<void> {
  const folder = await temporaryFolder(t);
  const reopen = () => open(join(folder, 'session'));
  const session = reopen();
  try {
    const channels = await testUpload(t, session, folder);
    const walk = {
      reopen,
      session,
      folder,
      channels,
      damage: (artifact: string) => damage(artifact, folder),
      fetch: (artifact: string) => fetch(artifact, folder),
    };
    await t.test('preflight finds nothing that would fail, and changes nothing', async () => {
      const checks = await session.preflight();
      assert.ok(checks.length >= 2);
      assert.deepEqual(
        checks.filter(({ result }) => result === 'fails'),
        [],
      );
    });
    await t.test('publishImage names an image', async () =>
      assert.notEqual(await session.publishImage(), ''),
    );
    const trained = await testTraining(t, walk);
    await testRefusals(t, walk, trained[0]);
    await testFailure(t, walk);
    await testStop(t, walk);
    await testEndpoints(t, walk, trained);
    await testUnfitArtifacts(t, walk, trained[0]);
    await testTransform(t, walk, trained[0]);
    await testTuning(t, walk);
    await testTuningFaults(t, walk);
    await testCleanUp(t, walk, trained[0]);
  } finally {
    await session.cleanUp();
  }
}

async function testUpload(t: TestContext, session: Session, folder: string): Promise<Channel[]> {
  const rows = createCorpus();
  const source = join(folder, 'source');
  await mkdir(join(source, 'training', 'second half'), { recursive: true });
  await writeHeadlines(join(source, 'training', 'first.tsv'), rows.slice(0, 30));
  await writeHeadlines(join(source, 'training', 'second half', 'second.tsv'), rows.slice(30));
  await writeHeadlines(join(source, 'validation.tsv'), createHeadlines(9, 3));
  await writeTopicVectors(join(source, 'vectors'));
  const clutter = await writeClutter(join(source, 'training'));

  const channels: Channel[] = [];
  await t.test('upload makes channels of folders and files', async () => {
    channels.push(await session.upload(join(source, 'training'), 'training'));
    channels.push(await session.upload(join(source, 'validation.tsv'), 'validation'));
    channels.push(await session.upload(join(source, 'vectors'), 'embeddings'));
    assert.deepEqual(
      channels.map(({ name }) => name),
      ['training', 'validation', 'embeddings'],
    );
    for (const { uri } of channels) assert.match(uri, /^(file|s3):\/\//);
    await rm(clutter, { recursive: true });
    assert.deepEqual(await session.upload(join(source, 'training'), 'training'), channels[0]);
    // What is uploaded does not depend on its source any more.
    await rm(source, { recursive: true });
  });

  await t.test('upload of what does not exist, or under an unfit name, is refused', async () => {
    await assert.rejects(session.upload(join(folder, 'nowhere.csv'), 'training'), userError('nowhere.csv'));
    for (const name of ['', 'a/b', '../training', '..']) {
      await assert.rejects(session.upload(folder, name), userError(`"${name}"`));
    }
  });
  return channels;
}

/** Two trained jobs that answer differently. */
async function testTraining(
  t: TestContext,
  { session, reopen, channels }: Walk,
): Promise<[TrainingJobDescription, TrainingJobDescription]> {
  const log: string[] = [];
  const statuses: string[] = [];
  const epochs: EpochMetrics[] = [];
  const descriptions: TrainingJobDescription[] = [];

  await t.test('a training job tells each line of its log once and in order, and each epoch', async () => {
    const hyperparameters = { epochs: 3, batch_size: 16 };
    const job = await session.train({ name: 'first-job', channels, hyperparameters });
    assert.equal(job.name, 'first-job');
    const started = await job.describe();
    assert.deepEqual([started.name, started.status], ['first-job', 'InProgress']);
    assert.equal(started.modelArtifact, undefined);
    assert.deepEqual(await running(session), [{ kind: 'training job', name: 'first-job' }]);

    const description = await job.wait({
      onLog: (line) => log.push(line),
      onEpoch: (metrics) => epochs.push(metrics),
      onStatus: (status) => statuses.push(status),
    });
    descriptions.push(description);
    assert.ok(statuses.length >= 2, statuses.join());
    assert.match(statuses.at(-1) ?? '', /Completed/);
    assert.equal(description.status, 'Completed');
    assert.ok(description.billableSeconds <= Math.ceil(description.seconds));
    assert.equal(description.failureReason, undefined);
    assert.ok(description.modelArtifact);
    assert.ok(description.seconds > 0);
    assert.deepEqual(description.metrics, epochs);
    assert.ok(description.notes.length > 0);
    assert.deepEqual(
      log.flatMap((line) => parseNote(line) ?? []),
      description.notes,
    );
    assert.deepEqual(
      epochs.map(({ epoch }) => epoch),
      [1, 2, 3],
    );
    assert.deepEqual(
      log.flatMap((line) => parseEpoch(line) ?? []),
      epochs,
    );
    assert.ok(log.includes('Rows: 64 for training, 9 for validation'), log.join('\n'));
    assert.match(log[0] ?? '', /^Hyperparameters: /);
    assert.match(log.at(-1) ?? '', /^The model artifact is written\.$/);
    assert.deepEqual(await job.describe(), description);
    assert.deepEqual(await running(session), []);
  });

  await t.test('a signal ends the waiting, and the job continues', async () => {
    const job = await session.train({ channels, hyperparameters: long });
    const waiting = new AbortController();
    const onEpoch = () => waiting.abort(new Error('enough'));
    await assert.rejects(job.wait({ onEpoch, signal: waiting.signal }), /enough/);
    assert.equal((await job.describe()).status, 'InProgress');
    await job.delete();
  });

  await t.test('attaching to a finished job gives the same description, log and epochs', async () => {
    const attached = await reopen().attachTrainingJob('first-job');
    const again: string[] = [];
    const epochsAgain: EpochMetrics[] = [];
    const description = await attached.wait({
      onLog: (line) => again.push(line),
      onEpoch: (metrics) => epochsAgain.push(metrics),
    });
    assert.deepEqual(description, descriptions[0]);
    assert.equal((await reopen().trainingJobs()).at(-1), 'first-job');
    assert.deepEqual(again, log);
    assert.deepEqual(epochsAgain, epochs);
  });

  await t.test('a job without a name is given one', async () => {
    const hyperparameters = { epochs: 2, batch_size: 4, learning_rate: 0.01, seed: 2 };
    const job = await session.train({ channels, hyperparameters });
    assert.match(job.name, /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
    const description = await job.wait();
    assert.equal(description.metrics.length, 2);
    descriptions.push(description);
  });
  return descriptions as [TrainingJobDescription, TrainingJobDescription];
}

async function testRefusals(
  t: TestContext,
  { session, channels }: Walk,
  trained: TrainingJobDescription,
): Promise<void> {
  const unfit = ['', 'under_score', '-first', 'last-', 'a b', '../job', 'x'.repeat(64)];

  await t.test('wrong hyperparameters are refused before anything starts', async () => {
    const hyperparameters = { epochs: 0, epoch: 3 };
    await assert.rejects(
      session.train({ name: 'refused', channels, hyperparameters }),
      userError('epochs is 0', 'unknown hyperparameter "epoch"'),
    );
    assert.deepEqual(await running(session), []);
    await assert.rejects(session.attachTrainingJob('refused'), userError('refused'));
  });

  await t.test('two channels of one name are refused before anything starts', async () => {
    const twice = [...channels, ...channels.slice(0, 1)];
    await assert.rejects(session.train({ name: 'refused', channels: twice }), userError('"training"'));
    assert.deepEqual(await running(session), []);
  });

  await t.test('a name that is taken or unfit is refused before anything starts', async () => {
    await assert.rejects(
      session.train({ name: trained.name, channels }),
      userError(`"${trained.name}" is taken`),
    );
    for (const name of unfit) {
      await assert.rejects(session.train({ name, channels }), userError(`"${name}"`, 'hyphens'));
      await assert.rejects(
        session.deploy(trained.modelArtifact ?? '', { name }),
        userError(`"${name}"`, 'hyphens'),
      );
    }
    assert.deepEqual(await running(session), []);
  });

  await t.test('what was never started cannot be attached to', async () => {
    await assert.rejects(session.attachTrainingJob('unknown'), userError('unknown'));
    await assert.rejects(session.attachEndpoint('unknown'), userError('unknown'));
    for (const name of ['', '.', '..', '../training-jobs/first-job']) {
      await assert.rejects(session.attachTrainingJob(name), userError());
    }
  });
}

async function testFailure(t: TestContext, { session, folder, channels }: Walk): Promise<void> {
  await t.test('a job that fails reports the reason of its container', async () => {
    const file = join(folder, 'wrong.tsv');
    const category = 'z'.repeat(2000);
    await writeFile(
      file,
      `1\tBank\thttp://www.example.com\tThe Example\t${category}\ts\twww.example.com\t1\n`,
    );
    const training = await session.upload(file, 'training');
    const job = await session.train({
      channels: [training, ...channels.filter(({ name }) => name !== 'training')],
    });
    await assert.rejects(job.wait(), userError(job.name, 'wrong.tsv', 'line 1', 'unknown category "zzz'));
    const { status, failureReason, modelArtifact } = await job.describe();
    assert.equal(status, 'Failed');
    assert.equal(modelArtifact, undefined);
    assert.equal(failureReason?.length, 1024, 'the failure file is longer, and cut');
    await job.stop();
    assert.equal((await job.describe()).status, 'Failed');
  });

  await t.test('a job without training data fails with a sentence', async () => {
    const embeddings = channels.filter(({ name }) => name === 'embeddings');
    await assert.rejects(async () => {
      const job = await session.train({ channels: embeddings });
      await job.wait();
    }, userError('training'));
  });
}

async function testStop(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  await t.test('stopping, even twice, keeps what the job has learnt; waiting for it resolves', async () => {
    const job = await session.train({ channels, hyperparameters: long });
    let stopped: Promise<unknown> | undefined;
    const description = await job.wait({
      onEpoch({ epoch }) {
        if (epoch === 2) stopped = Promise.all([job.stop(), job.stop()]);
      },
    });
    await stopped;
    assert.equal(description.status, 'Stopped');
    assert.ok(description.modelArtifact);
    assert.ok(description.metrics.length >= 2 && description.metrics.length < long.epochs);
    await job.stop();
    assert.deepEqual(await job.describe(), description);
    assert.deepEqual(await (await reopen().attachTrainingJob(job.name)).describe(), description);
    assert.deepEqual(await running(session), []);
    const endpoint = await session.deploy(description.modelArtifact);
    assert.ok((await endpoint.predict('bank')).result);
    await endpoint.delete();
  });

  await t.test('deleting a running job, even twice, stops and forgets it', async () => {
    const job = await session.train({ channels, hyperparameters: long });
    const waiting = job.wait().catch((error: unknown) => error);
    await job.delete();
    await job.delete();
    assert.deepEqual(await running(session), []);
    await assert.rejects(session.attachTrainingJob(job.name), userError(job.name));
    await assert.rejects(job.describe(), userError(job.name));
    const outcome = await waiting;
    if (outcome instanceof Error) userError(job.name)(outcome);
    const successor = await session.train({ name: job.name, channels, hyperparameters: { epochs: 1 } });
    await successor.wait();
  });
}

async function testEndpoints(
  t: TestContext,
  { session, reopen, channels, damage }: Walk,
  trained: readonly TrainingJobDescription[],
): Promise<void> {
  await t.test('two endpoints at once each answer from their own artifact', async () => {
    const [first, second] = await Promise.all(
      trained.map(({ modelArtifact = '' }, index) =>
        session.deploy(modelArtifact, { name: `endpoint-${index + 1}` }),
      ),
    );
    assert.ok(first && second);
    assert.notEqual(first.url, second.url);
    assert.deepEqual(await running(session), [
      { kind: 'endpoint', name: 'endpoint-1' },
      { kind: 'endpoint', name: 'endpoint-2' },
    ]);
    const answers = await Promise.all([first.predict('bank profit'), second.predict('bank profit')]);
    for (const { result, probabilities, latency } of answers) {
      assert.ok(latency > 0);
      const shares = Object.values(probabilities);
      assert.deepEqual(Object.keys(probabilities), [
        'Business',
        'Entertainment',
        'Health',
        'Science & Technology',
      ]);
      assert.equal(probabilities[result], Math.max(...shares));
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-4);
    }
    assert.notDeepEqual(...(answers.map(untimed) as [Prediction, Prediction]));
  });

  await t.test(
    'a prediction leads back to its job, data, code and metrics, in a later kernel too',
    async () => {
      const endpoint = await session.attachEndpoint('endpoint-1');
      const { model = '' } = await endpoint.predict('bank profit');
      assert.match(model, /^[0-9a-f]{16}$/);
      const models = (await endpoint.predict(['bank', 'film'])).map((one) => one.model);
      assert.deepEqual(models, [model, model]);
      const lineage = await reopen().lineage(model);
      const [first] = trained;
      assert.deepEqual(
        [lineage.model, lineage.job, lineage.modelArtifact],
        [model, 'first-job', first?.modelArtifact],
      );
      const uploaded = channels.map(({ name, uri }) => [name, /-([0-9a-f]{16})\/?$/.exec(uri)?.[1]]);
      assert.deepEqual(lineage.origin?.data, Object.fromEntries(uploaded));
      assert.match(lineage.origin?.code ?? '', /^[0-9a-f]{16}$/);
      assert.equal(lineage.hyperparameters.epochs, 3);
      assert.deepEqual([lineage.trainingRows, lineage.validationRows], [64, 9]);
      const [last] = first?.metrics.slice(-1) ?? [];
      assert.equal(lineage.metrics?.epoch, last?.epoch);
      assertClose([lineage.metrics?.loss ?? -1], [last?.loss ?? 0], 1e-3);
      const [other] = await (await session.attachEndpoint('endpoint-2')).predict(['bank']);
      assert.notEqual(other?.model, model);
      assert.equal((await session.lineage(other?.model ?? '')).job, trained[1]?.name);
      await assert.rejects(session.lineage('0123456789abcdef'), userError('"0123456789abcdef"'));
    },
  );

  await t.test('a list longer than a request is answered in its order', async () => {
    const endpoint = await session.attachEndpoint('endpoint-2');
    const shareOf = ({ probabilities }: Prediction) => probabilities.Business as number;
    const singly = new Map<string, number>();
    for (const title of ['bank profit', 'film singer', 'doctor vaccine']) {
      singly.set(title, shareOf(await endpoint.predict(title)));
    }
    const [least, middle, most] = [...singly.values()].sort() as [number, number, number];
    assert.ok(middle - least > 0.001 && most - middle > 0.001, 'they can be told apart');
    const titles = Array.from({ length: 1003 }, (_, row) => [...singly.keys()][(row * row) % 3] as string);
    const predictions = await endpoint.predict(titles);
    const expected = titles.map((title) => singly.get(title) as number);
    assertClose(predictions.map(shareOf), expected, 1e-5);
    assert.deepEqual(await endpoint.predict([]), []);
    assert.equal((await endpoint.predict(['bank'])).length, 1);
  });

  await t.test('the name of an endpoint is invalid for another, and the first keeps answering', async () => {
    const artifact = trained[0]?.modelArtifact ?? '';
    await assert.rejects(
      session.deploy(artifact, { name: 'endpoint-1' }),
      userError('"endpoint-1" is taken'),
    );
    assert.ok((await (await session.attachEndpoint('endpoint-1')).predict('bank')).result);
  });

  await t.test(
    'an endpoint goes over to another artifact, for all who ask it, and is one endpoint',
    async () => {
      const attached = await reopen().attachEndpoint('endpoint-1');
      const before = untimed(await attached.predict('bank profit'));
      const other = await session.attachEndpoint('endpoint-2');
      const first = await session.attachEndpoint('endpoint-1');
      await assert.rejects(first.update(`${trained[1]?.modelArtifact}-missing`), userError('-missing'));
      const damaged = await damage(trained[1]?.modelArtifact ?? '');
      await assert.rejects(
        first.update(damaged),
        userError('endpoint-1', 'answers from its old artifact', 'The model artifact cannot be used'),
      );
      assert.deepEqual(untimed(await attached.predict('bank profit')), before);
      await first.update(trained[1]?.modelArtifact ?? '');
      assert.deepEqual(
        untimed(await attached.predict('bank profit')),
        untimed(await other.predict('bank profit')),
      );
      await first.update(trained[0]?.modelArtifact ?? '');
      assert.deepEqual(untimed(await attached.predict('bank profit')), before);
      assert.deepEqual(await running(session), [
        { kind: 'endpoint', name: 'endpoint-1' },
        { kind: 'endpoint', name: 'endpoint-2' },
      ]);
    },
  );

  await t.test('an endpoint grows within its bounds, and loses no request when it shrinks', async () => {
    const endpoint = await reopen().attachEndpoint('endpoint-1');
    for (const bounds of [{ to: 0 }, { to: 1.5 }, { from: 3, to: 2 }, { to: 2, requestsPerSecond: 0 }]) {
      await assert.rejects(endpoint.scale(bounds), userError('scale()', 'must be'));
    }
    const before = untimed(await endpoint.predict('bank profit'));
    assert.match(await endpoint.scale({ from: 3, to: 3 }), /endpoint-1/);
    await untilSettled(() => endpoint.scale({ from: 3, to: 3 }));

    let isShrinking = true;
    let answered = 0;
    const askAllTheWhile = async () => {
      while (isShrinking) {
        assert.deepEqual(untimed(await endpoint.predict('bank profit')), before);
        answered += 1;
      }
    };
    const asking = Promise.all(Array.from({ length: 8 }, askAllTheWhile));
    await endpoint.scale({ to: 1 });
    await untilSettled(() => endpoint.scale({ to: 1 }));
    isShrinking = false;
    await asking;
    assert.ok(answered >= 8, `${answered}`);
  });

  await t.test(
    'attaching to an endpoint works until it is deleted; afterwards the error says what to do',
    async () => {
      const first = await session.attachEndpoint('endpoint-1');
      const attached = await reopen().attachEndpoint('endpoint-1');
      assert.deepEqual([attached.name, attached.url], [first.name, first.url]);
      assert.deepEqual(
        untimed(await attached.predict('bank profit')),
        untimed(await first.predict('bank profit')),
      );
      await attached.delete();
      await attached.delete();
      await first.delete();
      await assert.rejects(first.predict('bank'), userError('Deploy it again'));
      await assert.rejects(session.attachEndpoint('endpoint-1'), userError('endpoint-1'));
      assert.deepEqual(await running(session), [{ kind: 'endpoint', name: 'endpoint-2' }]);
      await (await session.attachEndpoint('endpoint-2')).delete();
    },
  );
}

async function testUnfitArtifacts(
  t: TestContext,
  { session, damage }: Walk,
  { modelArtifact = '' }: TrainingJobDescription,
): Promise<void> {
  await t.test('an artifact that is missing is refused, and nothing is left running', async () => {
    const missing = `${modelArtifact}-missing`;
    await assert.rejects(session.deploy(missing, { name: 'unfit' }), userError(missing));
    assert.deepEqual(await running(session), []);
    await assert.rejects(session.attachEndpoint('unfit'), userError('unfit'));
  });

  await t.test(
    'a damaged artifact is refused in the server’s words, and nothing is left running',
    async () => {
      const damaged = await damage(modelArtifact);
      await assert.rejects(
        session.deploy(damaged, { name: 'unfit' }),
        userError('unfit', 'The model artifact cannot be used', 'weights.bin'),
      );
      assert.deepEqual(await running(session), []);
      await assert.rejects(session.attachEndpoint('unfit'), userError('unfit'));
    },
  );
}

/** Records of three parts, in the order in which their results are to come. */
function createParts(): Record<string, object[]> {
  const records = createHeadlines(60, 4).map(({ title }, row) => ({ id: `“${row}”`, input: title }));
  return {
    'part-0.jsonl': records.slice(0, 25),
    'part-1/again.jsonl': records.slice(25, 26),
    'part-2.jsonl': records.slice(26),
  };
}

async function uploadParts(
  { session, folder }: Walk,
  name: string,
  parts: Readonly<Record<string, readonly string[]>>,
): Promise<Channel> {
  const source = join(folder, name);
  for (const [part, lines] of Object.entries(parts)) {
    await mkdir(dirname(join(source, part)), { recursive: true });
    await writeFile(join(source, part), `${lines.join('\n')}\n`);
  }
  await writeClutter(source);
  return await session.upload(source, name);
}

/** Puts a file into the folder that is not data, and that no reader of data could read. */
async function writeClutter(folder: string): Promise<string> {
  const clutter = join(folder, '.ipynb_checkpoints');
  await mkdir(clutter);
  await writeFile(join(clutter, 'first-checkpoint.tsv'), 'not data\n');
  return clutter;
}

const asLines = (parts: Record<string, object[]>) =>
  Object.fromEntries(
    Object.entries(parts).map(([part, records]) => [part, records.map((record) => JSON.stringify(record))]),
  );

async function testTransform(
  t: TestContext,
  walk: Walk,
  { modelArtifact = '' }: TrainingJobDescription,
): Promise<void> {
  const { session, reopen } = walk;
  const oracle = await loadArtifact(await walk.fetch(modelArtifact));
  const parts = createParts();
  const records = Object.values(parts).flat() as { id: string; input: string }[];
  const expected = oracle.predict(records.map(({ input }) => input));
  const input = await uploadParts(walk, 'transform', asLines(parts));
  const read = async (lines: AsyncIterable<string>) => {
    const found: string[] = [];
    for await (const line of lines) found.push(line);
    return found;
  };

  await t.test('batch transform answers every record, in order, with all that it came with', async () => {
    const progress: TransformProgress[] = [];
    const statuses: string[] = [];
    const job = await session.transform({ input, modelArtifact, name: 'transform-1', instanceCount: 2 });
    assert.equal(job.name, 'transform-1');
    assert.deepEqual(await running(session), [{ kind: 'transform job', name: 'transform-1' }]);
    const description = await job.wait({
      onProgress: (one) => progress.push(one),
      onStatus: (status) => statuses.push(status),
    });
    assert.deepEqual([description.status, description.parts, description.partsDone], ['Completed', 3, 3]);
    assert.equal(progress.at(-1)?.partsDone, 3);
    assert.deepEqual(statuses.at(-1), 'Completed');
    const joined = (await read(job.lines())).map((line) => JSON.parse(line));
    assert.deepEqual(
      joined.map(({ id, input }) => ({ id, input })),
      records,
    );
    const answers: Prediction[] = joined.map(({ SageMakerOutput }) => SageMakerOutput);
    assert.deepEqual(
      answers.map(({ result }) => result),
      expected.map(({ result }) => result),
    );
    const sharesOf = (predictions: readonly Prediction[]) =>
      predictions.map(({ probabilities }) => Object.values(probabilities));
    assertClose(sharesOf(answers), sharesOf(expected), 1e-5);
    assert.deepEqual(await running(session), []);
    await job.resume();
    assert.deepEqual(await job.describe(), description);
  });

  await t.test('a batch transform is attached to, its name is taken, and it is deleted', async () => {
    const attached = await reopen().attachTransformJob('transform-1');
    assert.equal((await attached.wait()).status, 'Completed');
    assert.equal((await read(attached.lines())).length, records.length);
    await assert.rejects(
      session.transform({ input, modelArtifact, name: 'transform-1' }),
      userError('"transform-1" is taken'),
    );
    await attached.delete();
    await attached.delete();
    await assert.rejects(session.attachTransformJob('transform-1'), userError('transform-1'));
    await assert.rejects(session.attachTransformJob('../transform-1'), userError());
  });

  await t.test('one column of CSV is answered, and rows come back with the answer appended', async () => {
    const rows = records.map(({ input }, row) => `${row},${input},x`);
    const csv = await uploadParts(walk, 'transform-csv', {
      'one.csv': rows.slice(0, 9),
      'two.csv': rows.slice(9),
    });
    const job = await session.transform({ input: csv, modelArtifact, column: 1 });
    assert.equal((await job.wait()).partsDone, 2);
    const joined = await read(job.lines());
    assert.deepEqual(
      joined.map((line) => line.split(',').slice(0, 4).join()),
      rows.map((row, index) => `${row},${expected[index]?.result}`),
    );
  });

  await t.test('a record that is not valid is named; on AWS, nothing is started', async () => {
    const lines = asLines(parts);
    lines['part-2.jsonl']?.splice(7, 1, '{"headline": "wrong"}');
    const wrong = await uploadParts(walk, 'transform-wrong', lines);
    const name = 'transform-wrong';
    const reason = userError('part-2.jsonl, line 8: "input" is missing', '{"headline": "wrong"}');
    if (session.kind === 'aws') {
      await assert.rejects(session.transform({ input: wrong, modelArtifact, name }), reason);
      await assert.rejects(session.attachTransformJob(name), userError(name));
    } else {
      const job = await session.transform({ input: wrong, modelArtifact, name });
      await assert.rejects(job.wait(), reason);
      const { status, partsDone } = await job.describe();
      assert.deepEqual([status, partsDone], ['Failed', 2]);
      await assert.rejects(read(job.lines()), userError('part-2.jsonl', 'resume()'));
    }
    assert.deepEqual(await running(session), []);
  });

  await t.test('invalid input of a batch transform is rejected before anything starts', async () => {
    const text = await uploadParts(walk, 'transform-text', { 'part.txt': ['a'] });
    const request = { modelArtifact, name: 'refused' };
    await assert.rejects(
      session.transform({ ...request, input: text }),
      userError('part.txt', '.jsonl or .csv'),
    );
    await assert.rejects(
      session.transform({ ...request, input, column: 1 }),
      userError('column', 'JSON Lines'),
    );
    await assert.rejects(
      session.transform({ input, modelArtifact: `${modelArtifact}-missing` }),
      userError('-missing'),
    );
    await assert.rejects(session.transform({ ...request, input, name: 'under_score' }), userError('hyphens'));
    await assert.rejects(session.attachTransformJob('refused'), userError('refused'));
    assert.deepEqual(await running(session), []);
  });

  await t.test('cleanUp of any kernel ends a batch transform, and resume continues it', async () => {
    const job = await session.transform({ input, modelArtifact, name: 'transform-left' });
    assert.deepEqual(await cleanUp(reopen()), [{ kind: 'transform job', name: 'transform-left' }]);
    assert.equal((await job.wait()).status, 'Stopped');
    await job.stop();
    await job.resume();
    assert.equal((await job.wait()).partsDone, 3);
    assert.equal((await read(job.lines())).length, records.length);
    await job.delete();
  });
}

async function testTuning(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  const ranges = {
    learning_rate: { from: 0.001, to: 0.1, scale: 'log' },
    batch_size: [8, 16],
    dropout: { from: 0.1, to: 0.5 },
  } as const;
  const request: TuningRequest = { channels, ranges, hyperparameters: { architecture: 'cnn', epochs: 1 } };

  await t.test('a tuning job tells each change of its trials, and its best model answers', async () => {
    const job = await session.tune({ ...request, name: 'first-tuning', trials: 3, parallel: 2 });
    assert.equal(job.name, 'first-tuning');
    assert.equal((await job.describe()).status, 'InProgress');
    assert.ok((await running(session)).some(({ kind, name }) => kind === 'tuning job' && name === job.name));
    const told: Trial[] = [];
    const statuses: string[] = [];
    const description = await job.wait({
      onTrial: (trial) => told.push(trial),
      onStatus: (status) => statuses.push(status),
    });
    assert.deepEqual(statuses, ['InProgress', 'Completed']);
    assert.deepEqual([description.plannedTrials, description.objective], [3, 'validation_accuracy']);
    assert.equal(description.trials.length, 3);
    for (const trial of description.trials) {
      const { learning_rate, batch_size, dropout } = trial.hyperparameters;
      assert.ok(Number(learning_rate) >= 0.001 && Number(learning_rate) <= 0.1);
      assert.ok(batch_size === 8 || batch_size === 16);
      assert.ok(Number(dropout) >= 0.1 && Number(dropout) <= 0.5);
      assert.equal(trial.status, 'Completed');
      assert.deepEqual(told.filter(({ name }) => name === trial.name).at(-1), trial);
      const trained = await (await session.attachTrainingJob(trial.name)).describe();
      assert.equal(trained.metrics.at(-1)?.validation_accuracy, trial.objective);
      assert.equal(trained.modelArtifact, trial.modelArtifact);
    }
    const objectives = description.trials.map(({ objective = Number.NaN }) => objective);
    assert.equal(description.best?.objective, Math.max(...objectives));
    assert.deepEqual(await (await reopen().attachTuningJob('first-tuning')).wait(), description);
    assert.deepEqual(await reopen().tuningJobs(), ['first-tuning']);
    assert.deepEqual(await running(session), []);
    const endpoint = await session.deploy(description.best?.modelArtifact ?? '');
    const { result, model } = await endpoint.predict('bank');
    assert.ok(result);
    await endpoint.delete();
    const { job: maker } = await reopen().lineage(model ?? '');
    assert.equal(maker, description.best?.name);
  });

  await t.test('a wrong range, or a name that is taken, is refused before anything starts', async () => {
    const tune = (changed: object) => session.tune({ ...request, name: 'refused', ...changed });
    const wrong = { epochs: { from: 0, to: 3 } };
    await assert.rejects(tune({ ranges: wrong, hyperparameters: {} }), userError('epochs is 0', 'from 1 to'));
    await assert.rejects(
      tune({ ranges: { epoch: { from: 1, to: 3 } } }),
      userError('unknown hyperparameter "epoch"'),
    );
    await assert.rejects(tune({ hyperparameters: {} }), userError('dropout does not apply to ensemble'));
    await assert.rejects(tune({ trials: 0 }), userError('trials is 0'));
    await assert.rejects(tune({ channels: channels.slice(1) }), userError('"training"'));
    await assert.rejects(tune({ name: 'first-tuning' }), userError('"first-tuning" is taken'));
    await assert.rejects(tune({ name: 'x'.repeat(33) }), userError('hyphens'));
    await assert.rejects(session.attachTuningJob('refused'), userError('refused'));
    assert.deepEqual(await running(session), []);
  });
}

async function testTuningFaults(t: TestContext, { session, reopen, channels }: Walk): Promise<void> {
  const learning_rate = { from: 0.001, to: 0.01 };

  await t.test('a trial that fails is a row with its reason, not an end', async () => {
    const ranges = { text_column: ['', 'title'] };
    const job = await session.tune({ channels, ranges, hyperparameters: { epochs: 1 }, trials: 4 });
    const { status, trials, best } = await job.wait();
    assert.equal(status, 'Completed');
    const failed = trials.filter((trial) => trial.status === 'Failed');
    assert.ok(failed.length > 0 && failed.length < 4, `${failed.length} have failed`);
    for (const trial of failed) {
      assert.equal(trial.hyperparameters.text_column, 'title');
      assert.match(trial.reason ?? '', /text_column and label_column go together/);
      assert.deepEqual([trial.objective, trial.modelArtifact], [undefined, undefined]);
    }
    assert.equal(best?.hyperparameters.text_column, '');
  });

  await t.test('where all trials fail, so does the tuning job, with their reason', async () => {
    const request = { channels, ranges: { text_column: ['a', 'b'] }, trials: 2 };
    const job = await session.tune(request);
    await assert.rejects(job.wait(), userError(job.name, 'text_column and label_column go together'));
    assert.equal((await job.describe()).status, 'Failed');
  });

  await t.test(
    'a trial that does not end is stopped at its limit, and the tuning job completes',
    async () => {
      const request = { channels, ranges: { learning_rate }, hyperparameters: long, trials: 1 };
      const job = await session.tune({ ...request, maxTrialMinutes: 0.05 });
      const { status, trials } = await job.wait();
      assert.equal(status, 'Completed');
      assert.deepEqual([trials[0]?.status, trials[0]?.reason], ['Stopped', 'stopped at its time limit']);
    },
  );

  await t.test('stopping a tuning job ends its trials, deleting it forgets them', async () => {
    const request = { channels, ranges: { learning_rate }, hyperparameters: long, trials: 9 };
    const job = await session.tune({ ...request, name: 'stopped-tuning' });
    let stopped: Promise<unknown> | undefined;
    const description = await job.wait({
      onTrial() {
        stopped ??= Promise.all([job.stop(), job.stop()]);
      },
    });
    await stopped;
    assert.equal(description.status, 'Stopped');
    assert.ok(description.trials.length <= 2);
    assert.deepEqual(await running(session), []);
    await job.stop();
    const [trial] = description.trials;
    await job.delete();
    await assert.rejects(session.attachTuningJob(job.name), userError(job.name));
    await assert.rejects(job.describe(), userError(job.name));
    if (trial) await assert.rejects(session.attachTrainingJob(trial.name), userError(trial.name));
  });

  await t.test('cleanUp from a later kernel ends a tuning job and its trials', async () => {
    const request = { channels, ranges: { learning_rate }, hyperparameters: long, trials: 9 };
    const job = await session.tune({ ...request, name: 'left-tuning' });
    await eventually(async () => (await running(session)).length === 3);
    const ended = await cleanUp(reopen());
    assert.deepEqual(ended[0], { kind: 'tuning job', name: 'left-tuning' });
    assert.equal(ended.filter(({ kind }) => kind === 'training job').length, 2);
    assert.deepEqual(await running(session), []);
    assert.equal((await job.wait()).status, 'Stopped');
  });
}

async function testCleanUp(
  t: TestContext,
  { session, reopen, channels }: Walk,
  { modelArtifact = '' }: TrainingJobDescription,
): Promise<void> {
  await t.test('cleanUp ends what any kernel has started, keeps the jobs, and can be repeated', async () => {
    const job = await session.train({ name: 'left-behind', channels, hyperparameters: long });
    const endpoint = await session.deploy(modelArtifact, { name: 'left-behind' });
    const left = [
      { kind: 'training job', name: 'left-behind' },
      { kind: 'endpoint', name: 'left-behind' },
    ];
    const later = reopen();
    assert.deepEqual(await running(later), left);
    assert.deepEqual(await cleanUp(later, { dryRun: true }), left);
    assert.deepEqual(await cleanUp(later, { olderThan: 3600 }), []);
    assert.deepEqual(await running(later), left);
    assert.deepEqual(await cleanUp(later), left);
    assert.deepEqual(await running(later), []);
    assert.deepEqual(await session.cleanUp(), []);
    assert.equal((await job.wait()).status, 'Stopped');
    await assert.rejects(endpoint.predict('bank'), userError('Deploy it again'));
    assert.equal((await (await session.attachTrainingJob('first-job')).describe()).status, 'Completed');
  });
}

/** An endpoint is not changed while it still changes. */
async function untilSettled(change: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await change();
      return;
    } catch (error) {
      if (!/is Updating/.test((error as Error).message)) throw error;
      await setTimeout(100);
    }
  }
}

/** Returns a prediction without its latency. */
function untimed({ result, probabilities }: Prediction): Prediction {
  return { result, probabilities };
}

const identify = ({ kind, name }: RunningResource) => ({ kind, name });

async function running(session: Session) {
  return (await session.whatIsRunning()).map(identify);
}

async function cleanUp(session: Session, options?: CleanUpOptions) {
  return (await session.cleanUp(options)).map(identify);
}

async function damageFolder(modelArtifact: string, folder: string): Promise<string> {
  const damaged = join(folder, 'damaged');
  await cp(modelArtifact, damaged, { recursive: true });
  await truncate(join(damaged, 'weights.bin'), 100);
  return damaged;
}
