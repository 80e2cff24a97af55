import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { writeHeadlines } from '../../data/headlines';
import { buildImage } from '../../image/build/buildImage';
import { ignoreGone, listContainers } from '../../image/engine/containers';
import { withEngine } from '../../image/engine/engine';
import { saveArtifact } from '../../model/artifact';
import { testBase, testWithDocker } from '../../testing/docker';
import {
  atEnd,
  createCorpus,
  eventually,
  processesOver,
  startProgram,
  temporaryFolder,
  trainOnCorpus,
  uploadCorpus,
  userError,
} from '../../testing/folders';
import { buildSmallImage } from '../../testing/image';
import { testSessionContract } from '../../testing/sessionContract';
import type { Channel, Session, TrainingRequest } from '../contract/session';
import { openDockerSession } from './session';

const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;

/** Built once for all tests here, unless the engine has it already. */
const image = async () => (await buildImage({ baseImage: testBase, onProgress() {} })).name;

testWithDocker('the docker session keeps the contract of every session', async (t) => {
  const name = await image();
  await testSessionContract(t, (folder) => openDockerSession({ folder, image: name }));
});

testWithDocker(
  'a job and an endpoint get the processors and the memory of their instance type',
  async (t) => {
    const { session, channels, folder } = await open(t);
    const job = await session.train({ channels, hyperparameters: long, instanceType: 'ml.t3.medium' });
    await eventually(async () => (await inspect(folder)).length === 1);
    const [container] = await inspect(folder);
    assert.equal(container?.HostConfig.Memory, 4 * 2 ** 30);
    assert.equal(container?.HostConfig.MemorySwap, 4 * 2 ** 30);
    assert.ok((container?.HostConfig.NanoCpus ?? 0) > 0 && (container?.HostConfig.NanoCpus ?? 0) <= 2e9);
    await job.delete();
    assert.deepEqual(await inspect(folder), []);
    await assert.rejects(
      session.train({ channels, instanceType: 'ml.unknown' }),
      userError('"ml.unknown"', 'ml.c5.2xlarge'),
    );
  },
);

testWithDocker('a container that outgrows its memory is told as the reason, with the figure', async (t) => {
  const folder = await temporaryFolder(t);
  for (const path of ['input/config', 'input/data/training', 'model', 'output']) {
    await mkdir(join(folder, path), { recursive: true });
  }
  await writeHeadlines(join(folder, 'input/data/training/headlines.tsv'), createCorpus());
  const request = { command: 'train', image: await image(), size: { vcpus: 1, gibibytes: 0.05 } };
  const script = [process.execPath, join(__dirname, 'program.js'), JSON.stringify(request)];
  const program = startProgram(t, script, { environment: { SAGEMAKER_BASE_DIR: folder } });
  assert.equal(await program.ended, 137, program.output());
  const reason = await readFile(join(folder, 'output', 'failure'), 'utf8');
  assert.match(reason, /^The container was killed: `train` needed more memory than the 0\.05 GiB/);
  assert.deepEqual(await inspect(folder), []);
});

testWithDocker('an image for another processor, or one that is not there, is said so', async (t) => {
  const { folder, channels, artifact } = await open(t);
  for (const [image, words] of [
    [await buildSmallImage(t, { platform: 'linux/arm64' }), ['is for linux/arm64', 'linux/amd64']],
    ['no-such-image:1', ['no image no-such-image:1', 'buildImage()']],
  ] as const) {
    const session = openDockerSession({ folder, image });
    await assert.rejects(session.train({ name: 'unfit', channels }), userError(...words));
    await assert.rejects(session.deploy(artifact), userError(...words));
    await assert.rejects(session.attachTrainingJob('unfit'), userError('"unfit"'));
  }
});

testWithDocker('an endpoint’s model is mounted read-only, its port is of this machine alone', async (t) => {
  const { session, folder, artifact } = await open(t);
  const endpoint = await session.deploy(artifact);
  const [container] = await inspect(folder);
  assert.deepEqual(
    container?.Mounts.map(({ Destination, RW }) => [Destination, RW]),
    [['/opt/ml/model', false]],
  );
  assert.deepEqual(Object.values(container?.HostConfig.PortBindings ?? {}), [
    [{ HostIp: '127.0.0.1', HostPort: new URL(endpoint.url).port }],
  ]);
  await endpoint.delete();
});

testWithDocker('what a job writes belongs to whoever runs the notebook', async (t) => {
  const { session, folder, channels } = await open(t);
  const job = await session.train({ channels, hyperparameters: long });
  await eventually(async () => (await inspect(folder)).length === 1);
  const [container] = await inspect(folder);
  assert.equal(container?.Config.User, `${process.getuid?.()}:${process.getgid?.()}`);
  await job.delete();
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  testWithDocker(`a kernel that ends by ${signal} takes its containers with it`, async (t) => {
    const { folder, channels } = await open(t);
    const given = JSON.stringify({ folder, channels, hyperparameters: long, image: await image() });
    const script = `(${workAsKernel})(require(${JSON.stringify(join(__dirname, 'session'))}), ${given})`;
    const kernel = startProgram(t, [process.execPath, '--eval', script]);
    await kernel.until(/ready/);
    assert.equal((await inspect(folder)).length, 1);
    kernel.child.kill(signal);
    await kernel.ended;
    await eventually(async () => (await inspect(folder)).length === 0);
    const job = await openDockerSession({ folder }).attachTrainingJob('of-the-kernel');
    const { status, modelArtifact } = await job.wait();
    assert.equal(status, 'Stopped');
    assert.ok(existsSync(join(modelArtifact ?? '', 'classifier.json')), 'what it had learnt is kept');
  });
}

testWithDocker(
  'a container whose companion was killed is removed by the next job, and by cleanUp',
  async (t) => {
    const { session, folder, channels } = await open(t);
    const orphan = async () => {
      const job = await session.train({ channels, hyperparameters: long });
      await eventually(async () => (await inspect(folder)).length === 1);
      for (const pid of processesOver(folder)) process.kill(pid, 'SIGKILL');
      await eventually(async () => (await job.describe()).status === 'Failed');
      assert.equal((await inspect(folder)).length, 1);
    };
    await orphan();
    await (await session.train({ channels, hyperparameters: { epochs: 1 } })).wait();
    assert.deepEqual(await inspect(folder), []);
    await orphan();
    await session.cleanUp();
    assert.deepEqual(await inspect(folder), []);
  },
);

interface Bench {
  session: Session;
  folder: string;
  channels: Channel[];
  artifact: string;
}

/** A session whose folder has a name that Docker's short syntax of mounts could not hold. */
async function open(t: TestContext): Promise<Bench> {
  const parent = await temporaryFolder(t);
  const folder = join(parent, 'it’s a: session');
  const session = openDockerSession({ folder, image: await image() });
  atEnd(t, () => session.cleanUp());
  const channels = await uploadCorpus(t, session);
  const artifact = join(parent, 'artifact');
  await saveArtifact(await trainOnCorpus(), artifact);
  return { session, folder, channels, artifact };
}

/** The containers over folders of a session. */
async function inspect(folder: string) {
  return await withEngine(async (engine) => {
    const found = await listContainers(engine, folder);
    const known = await Promise.all(
      found.map(({ container }) => container.inspect().catch((error) => void ignoreGone(error))),
    );
    return known.filter((one) => one !== undefined);
  });
}

/** Runs in the kernel, from its source text, so it uses nothing but its parameters. */
async function workAsKernel(
  { openDockerSession }: typeof import('./session'),
  { folder, image, channels, hyperparameters }: TrainingRequest & { folder: string; image: string },
): Promise<void> {
  const session = openDockerSession({ folder, image });
  const job = await session.train({
    name: 'of-the-kernel',
    channels,
    ...(hyperparameters && { hyperparameters }),
  });
  await job.wait({ onEpoch: () => console.log('ready') });
}
