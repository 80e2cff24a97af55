import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { saveArtifact } from '../../model/artifact';
import type { Classifier } from '../../model/training/classifier';
import {
  eventually,
  type Program,
  processesOver,
  setEnvironment,
  startProgram,
  temporaryFolder,
  trainOnCorpus,
  userError,
} from '../../testing/folders';
import { type Bench, openBench } from '../../testing/processSession';
import { testSessionContract } from '../../testing/sessionContract';
import type { TrainingRequest } from '../contract/session';
import { openSession } from '../open';
import { openProcessSession } from './session';

const limits = { timeout: 60_000 };
/** Trained when first asked for, since that keeps this process busy. */
let trained: Promise<Classifier> | undefined;
const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;

test('the process session keeps the contract of every session', { timeout: 600_000 }, async (t) => {
  await testSessionContract(t, (folder) => openProcessSession({ folder }));
});

test('an unknown kind of session is rejected with the choices, from option or variable', (t) => {
  const said = process.env.SESSION;
  t.after(() => {
    if (said === undefined) delete process.env.SESSION;
    else process.env.SESSION = said;
  });
  assert.throws(() => openSession({ kind: 'nonsense' }), userError('"nonsense"', 'Choose one of', 'process'));
  assert.throws(() => openSession({ kind: 'toString' }), userError('"toString"', 'process'));
  process.env.SESSION = 'cloud';
  assert.throws(() => openSession(), userError('"cloud"', 'process'));
  assert.equal(openSession({ kind: 'process' }).kind, 'process');
  delete process.env.SESSION;
  assert.equal(openSession().kind, 'process');
});

test('two sessions in one folder see each other’s work, and no name is given twice', limits, async (t) => {
  const { session, folder, channels } = await openBench(t);
  // The same folder under another name, as SageMaker and Jupyter set-ups have it.
  await symlink(folder, `${folder} again`);
  const other = openProcessSession({ folder: `${folder} again` });
  const jobs = await Promise.all([
    session.train({ channels, hyperparameters: long }),
    other.train({ channels, hyperparameters: long }),
  ]);
  const names = jobs.map(({ name }) => name).sort();
  assert.notEqual(names[0], names[1]);
  const seen = [await session.whatIsRunning(), await other.whatIsRunning()];
  for (const running of seen) assert.deepEqual(running.map(({ name }) => name).sort(), names);
  await assert.rejects(other.train({ name: names[0] as string, channels }), userError('is taken'));

  const [first] = await Promise.allSettled([
    session.train({ name: 'once', channels, hyperparameters: long }),
    other.train({ name: 'once', channels, hyperparameters: long }),
  ]);
  assert.equal(first.status, 'fulfilled');
  assert.equal((await other.cleanUp()).length, 3);
  assert.deepEqual(processesOver(folder), []);
  assert.deepEqual(processesOver(`${folder} again`), []);
});

test('a channel that lies elsewhere, or has gone, is rejected', limits, async (t) => {
  const { session, folder } = await openBench(t);
  for (const uri of ['s3://bucket/training', `file://${folder}/gone`]) {
    await assert.rejects(
      session.train({ channels: [{ name: 'training', uri }] }),
      userError('"training"', uri),
    );
  }
});

test('a job that has ended while its kernel was busy is still known as completed', limits, async (t) => {
  const { session, folder, channels } = await openBench(t);
  const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
  const waiting = job.wait();
  // With both timers due at once, this one blocks and that of wait() looks before any news of the child are heard.
  await setTimeout(20);
  const alarm = setTimeout(10);
  blockFor(150);
  await alarm;
  while (processesOver(folder).length > 0) blockFor(50);
  assert.equal((await waiting).status, 'Completed');
});

test(
  'a job that is killed from outside, as when memory runs out, has failed with that reason',
  limits,
  async (t) => {
    const { session, folder, channels } = await openBench(t);
    const job = await session.train({ channels, hyperparameters: long });
    const kill = () => processesOver(folder).forEach((pid) => void process.kill(pid, 'SIGKILL'));
    await assert.rejects(job.wait({ onEpoch: kill }), userError(job.name, 'killed'));
    const description = await job.describe();
    assert.equal(description.status, 'Failed');
    const { failureReason = '', metrics } = description;
    assert.match(failureReason, new RegExp(`\\nepoch=${metrics.length} [^\\n]*$`));
    await setTimeout(20);
    assert.deepEqual(await job.describe(), description, 'its seconds have stopped');
  },
);

test(
  'a job or an endpoint that ends on its own is not reported as killed but with its exit code',
  limits,
  async (t) => {
    const { session, channels } = await openBench(t);
    const exit = join(await temporaryFolder(t), 'exit.cjs');
    await writeFile(exit, 'setTimeout(() => process.exit(3), 0)');
    const artifact = await temporaryFolder(t);
    await writeFile(join(artifact, 'classifier.json'), '{}');
    setEnvironment(t, { NODE_OPTIONS: `--require="${exit}"` });
    const job = await session.train({ channels, hyperparameters: long });
    await assert.rejects(job.wait(), userError(job.name, 'It ended with exit code 3. Its log ends:'));
    await assert.rejects(
      session.deploy(artifact),
      userError('did not become healthy. It ended with exit code 3.'),
    );
  },
);

test('an endpoint that could not start leaves no process and no folder behind', limits, async (t) => {
  const { session, folder } = await openBench(t);
  const artifact = await temporaryFolder(t);
  await assert.rejects(session.deploy(artifact), userError('classifier.json: it is missing'));
  await writeFile(join(artifact, 'classifier.json'), '{}');
  await assert.rejects(session.deploy(artifact), userError('classifier.json: it has format undefined'));
  assert.deepEqual(processesOver(folder), []);
  assert.deepEqual(readdirSync(join(folder, 'endpoints')), []);
});

test(
  'what a cell’s interruption does to the kernel does not reach its job and endpoint',
  limits,
  async (t) => {
    const bench = await openBench(t);
    const { session, folder } = bench;
    const { kernel } = await startKernel(t, bench);
    // As VS Code does, to all descendants of the kernel, and as Jupyter does, to its whole process group.
    for (const pid of processesOver(folder)) process.kill(pid, 'SIGINT');
    process.kill(-(kernel.child.pid as number), 'SIGINT');
    await kernel.until(/interrupted/);
    const job = await session.attachTrainingJob('of-the-kernel');
    const { metrics } = await job.describe();
    await eventually(async () => (await job.describe()).metrics.length > metrics.length + 1);
    assert.equal((await job.describe()).status, 'InProgress');
    const endpoint = await session.attachEndpoint('of-the-kernel');
    assert.ok((await endpoint.predict('bank')).result);
  },
);

for (const [what, end] of [
  ['has exited', (kernel: Program) => kernel.child.stdin?.end()],
  ['was killed', (kernel: Program) => kernel.child.kill('SIGKILL')],
] as const) {
  test(`when the kernel ${what}, its job and endpoint end, and a later one can tell`, limits, async (t) => {
    const bench = await openBench(t);
    const { session, folder } = bench;
    const { kernel, artifact } = await startKernel(t, bench);
    assert.equal(processesOver(folder).length, 2);
    end(kernel);
    await kernel.ended;
    await eventually(() => processesOver(folder).length === 0);
    assert.deepEqual(await session.whatIsRunning(), []);

    const job = await session.attachTrainingJob('of-the-kernel');
    const lines: string[] = [];
    const description = await job.wait({ onLog: (line) => lines.push(line) });
    assert.equal(description.status, 'Stopped');
    assert.match(lines.join('\n'), /^Hyperparameters: .*\nRows: .*\nepoch=1 /s);
    assert.ok(description.metrics.length > 0);
    assert.ok(
      existsSync(join(description.modelArtifact ?? '', 'classifier.json')),
      'what it had learnt is kept',
    );
    assert.deepEqual(await job.describe(), description);

    await assert.rejects(
      session.attachEndpoint('of-the-kernel'),
      userError('of-the-kernel', 'ended with its kernel'),
    );
    const endpoint = await session.deploy(artifact, { name: 'of-the-kernel' });
    assert.ok((await endpoint.predict('bank')).result);
  });
}

/** An artifact and a separate process that, as a notebook's kernel does, starts a long job and an endpoint. */
async function startKernel(
  t: TestContext,
  { folder, channels }: Bench,
): Promise<{ kernel: Program; artifact: string }> {
  const artifact = join(folder, '..', 'artifact');
  trained ??= trainOnCorpus();
  await saveArtifact(await trained, artifact);
  const given = JSON.stringify({ folder, channels, hyperparameters: long, artifact });
  const script = `(${workAsKernel})(require(${JSON.stringify(join(__dirname, 'session'))}), ${given})`;
  const kernel = startProgram(t, [process.execPath, '--eval', script], { detached: true });
  await kernel.until(/ready/);
  return { kernel, artifact };
}

/** Runs in the kernel, from its source text, so it uses nothing but its parameters. It exits when its input ends. */
async function workAsKernel(
  { openProcessSession }: typeof import('./session'),
  { folder, channels, hyperparameters, artifact }: TrainingRequest & { folder: string; artifact: string },
): Promise<void> {
  process.on('SIGINT', () => console.log('interrupted'));
  process.stdin.on('end', () => process.exit()).resume();
  const session = openProcessSession({ folder });
  const name = 'of-the-kernel';
  const job = await session.train({ name, channels, ...(hyperparameters && { hyperparameters }) });
  await session.deploy(artifact, { name });
  await job.wait({ onEpoch: () => console.log('ready') });
}

/** Stands still as a busy cell does: no timer and no event of this process is heard meanwhile. */
function blockFor(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
