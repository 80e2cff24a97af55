// The project's own image, as SageMaker starts it. The first test builds it, which takes minutes where it is new.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeHeadlines } from '../../data/headlines';
import { saveArtifact } from '../../model/artifact';
import { docker, testWithDocker } from '../../testing/docker';
import {
  atEnd,
  createCorpus,
  eventually,
  findFreePort,
  temporaryFolder,
  trainOnCorpus,
} from '../../testing/folders';
import { buildImage } from './buildImage';
import type { BuildStep } from './progress';

const project = join(__dirname, '..', '..', '..');
const program = join(__dirname, 'main.js');

let built: Promise<string> | undefined;

/** The image's name. */
async function image(): Promise<string> {
  built ??= buildImage({ onProgress: () => undefined }).then(({ name }) => name);
  return await built;
}

/** A user that the image knows nothing of, on a root file system that cannot be written to, without a network. */
const confined = ['--user', userOfNobody(), '--read-only', '--tmpfs', '/tmp', '--network', 'none'];

/** This process's own user where it could not remove what another has written. */
function userOfNobody(): string {
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return user === 0 ? '12345:12345' : `${user}:${group}`;
}

/** /opt/ml with the corpus as its training channel, writable by any user. */
async function layOut(t: TestContext, hyperparameters: Readonly<Record<string, string>>): Promise<string> {
  const base = join(await temporaryFolder(t), 'ml');
  for (const folder of ['input/config', 'input/data/training', 'model', 'output']) {
    await mkdir(join(base, folder), { recursive: true });
  }
  await writeHeadlines(join(base, 'input/data/training/headlines.tsv'), createCorpus());
  await writeFile(join(base, 'input/config/hyperparameters.json'), JSON.stringify(hyperparameters));
  for (const folder of ['', 'model', 'output']) await chmod(join(base, folder), 0o777);
  return base;
}

/** Starts a container in the background; it is removed when the test has ended. */
function start(t: TestContext, ...args: string[]): string {
  const { status, output } = docker('run', '--detach', ...args);
  assert.equal(status, 0, output);
  const id = output.trim();
  atEnd(t, () => docker('rm', '--force', '--volumes', id));
  return id;
}

/** Sends SIGTERM; returns the exit code and how long the container took. */
function stop(id: string): { code: number; seconds: number } {
  const begun = performance.now();
  docker('stop', '--time', '30', id);
  const seconds = (performance.now() - begun) / 1000;
  return { code: Number(docker('inspect', '--format', '{{.State.ExitCode}}', id).output), seconds };
}

/** Every file of the image, without those that the engine adds to a container. */
async function listFiles(): Promise<string[]> {
  const id = docker('create', await image(), 'train').output.trim();
  const { stdout } = spawnSync('sh', ['-c', `docker export ${id} | tar --list`], { encoding: 'utf8' });
  docker('rm', id);
  const ofEngine = /^(\.dockerenv|dev\/.*|etc\/(hostname|hosts|mtab|resolv\.conf))$/;
  return stdout.split('\n').filter((path) => path !== '' && !path.endsWith('/') && !ofEngine.test(path));
}

testWithDocker('npm run image prints the image’s name as its last line', async () => {
  const name = await image();
  const { status, stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.equal(stdout.trim().split('\n').at(-1), name);
});

test('npm run image without an engine ends with a sentence', () => {
  const env = { ...process.env, DOCKER_HOST: 'unix:///nowhere' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', env });
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^The Docker engine is not running: .*\n$/);
});

test('npm run image with another word than a processor ends with a sentence', () => {
  for (const words of [['arm'], ['arm64', 'amd64'], ['toString']]) {
    const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
    const sentence = `npm run image takes amd64 (the default) or arm64, and got "${words.join(' ')}".\n`;
    assert.deepEqual([status, stderr], [1, sentence]);
  }
});

testWithDocker(
  'a change of the code leaves packages, TensorFlow and word vectors as they were',
  async (t) => {
    await image();
    const folder = await temporaryFolder(t);
    for (const input of ['package.json', 'package-lock.json', 'tsconfig.json', 'src', 'container']) {
      const filter = (path: string) => !path.includes('test_dir');
      await cp(join(project, input), join(folder, input), { recursive: true, filter });
    }
    const entry = join(folder, 'src', 'container', 'serving', 'serve.ts');
    const text = await readFile(entry, 'utf8');
    await writeFile(entry, `${text}\nconsole.log(${JSON.stringify(folder)});\n`);
    let steps: readonly BuildStep[] = [];
    const { name } = await buildImage({
      folder,
      onProgress: (now) => {
        steps = now;
      },
    });
    atEnd(t, () => docker('rmi', '--force', name));
    const done = steps.filter(({ status }) => status === 'done').map(({ name }) => name);
    const heavy = done.filter((name) => /^\[(packages|vectors|base-files) .*RUN/.test(name));
    assert.deepEqual(heavy, []);
    assert.ok(done.some((name) => /\[programs .*RUN/.test(name)));
  },
);

testWithDocker(
  'the image holds the programs, word vectors, TensorFlow, Node, its libraries, and nothing else',
  async () => {
    const files = await listFiles();
    assert.deepEqual(files.filter((path) => path.startsWith('opt/')).sort(), [
      'opt/program/container/start',
      'opt/program/data/vectors/vectors.i8',
      'opt/program/data/vectors/words.txt',
      'opt/program/deps/lib/libtensorflow.so',
      'opt/program/deps/lib/libtensorflow_cc.so.2',
      'opt/program/deps/lib/libtensorflow_framework.so',
      'opt/program/deps/lib/libtensorflow_framework.so.2',
      'opt/program/dist/container/assembly.wasm',
      'opt/program/dist/container/entry.js',
      'opt/program/dist/container/linearPartThread.js',
      'opt/program/dist/container/tfjsNode.js',
      'opt/program/lib/napi-v8/tfjs_binding.node',
    ]);
    const others = files.filter((path) => !path.startsWith('opt/'));
    const ofBase =
      /^(usr\/local\/bin\/node|lib\S*\/[\w.+-]+\.so[\d.]*|etc\/(group|ld\.so\.cache|nsswitch\.conf|os-release|passwd))$/;
    assert.deepEqual(
      others.filter((path) => !ofBase.test(path)),
      [],
    );
    assert.ok(others.includes('usr/local/bin/node'));
  },
);

testWithDocker('the image names its entry point in exec form and accepts SageMaker’s port', async () => {
  const { output } = docker('image', 'inspect', await image());
  const [{ Config, Os, Architecture }] = JSON.parse(output);
  assert.deepEqual(Config.Entrypoint, ['/usr/local/bin/node', '/opt/program/container/start']);
  assert.equal(Config.Labels['com.amazonaws.sagemaker.capabilities.accept-bind-to-port'], 'true');
  assert.equal(`${Os}/${Architecture}`, 'linux/amd64');
});

testWithDocker('any other word than train and serve ends it with a sentence', async () => {
  for (const words of [[], ['test'], ['train', 'serve'], ['toString']]) {
    const { status, output } = docker('run', '--rm', await image(), ...words);
    assert.equal(status, 1);
    assert.match(output, /Start the image with one word, train or serve, not with/);
  }
});

testWithDocker('it trains with its own word vectors, confined, and serves what came of it', async (t) => {
  const base = await layOut(t, { epochs: '2' });
  const training = docker('run', '--rm', ...confined, '--volume', `${base}:/opt/ml`, await image(), 'train');
  assert.equal(training.status, 0, training.output);
  assert.match(training.output, /Word vectors: 100 dimensions, 1\d of 1\d words known/);
  assert.deepEqual((await readdir(join(base, 'model'))).sort(), ['classifier.json', 'weights.bin']);
  assert.deepEqual(await readdir(join(base, 'output')), []);
  await assertServes(t, join(base, 'model'));
});

testWithDocker('it serves what was trained outside', async (t) => {
  const model = join(await temporaryFolder(t), 'model');
  await saveArtifact(await trainOnCorpus(), model);
  const answer = await assertServes(t, model);
  assert.equal(answer.result, 'Health');
});

/** Serves a read-only model folder, asks for a prediction, and stops; the answer. */
async function assertServes(t: TestContext, model: string): Promise<{ result: string }> {
  const port = await findFreePort();
  const network = ['--user', userOfNobody(), '--read-only', '--publish', `127.0.0.1:${port}:8080`];
  const id = start(t, ...network, '--volume', `${model}:/opt/ml/model:ro`, await image(), 'serve');
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => docker('logs', id).output.includes('The model is loaded.'));
  assert.equal((await fetch(`${url}/ping`)).status, 200);
  const response = await fetch(`${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: 'doctor vaccine clinic' }),
  });
  assert.equal(response.status, 200);
  const answer = (await response.json()) as { result: string };
  const { code, seconds } = stop(id);
  assert.equal(code, 0, docker('logs', id).output);
  assert.ok(seconds < 10, `it took ${seconds} s to stop`);
  return answer;
}

testWithDocker('it reads a channel of many files in nested folders that cannot be written to', async (t) => {
  const base = await layOut(t, { epochs: '1' });
  const channel = join(await temporaryFolder(t), 'channel: of many');
  const rows = createCorpus();
  for (let first = 0; first < rows.length; first += 4) {
    await mkdir(join(channel, `day ${first % 3}`, `${first}`), { recursive: true });
    await writeHeadlines(
      join(channel, `day ${first % 3}`, `${first}`, 'part.tsv'),
      rows.slice(first, first + 4),
    );
  }
  const config = { training: { TrainingInputMode: 'FastFile', S3DistributionType: 'FullyReplicated' } };
  await writeFile(join(base, 'input/config/inputdataconfig.json'), JSON.stringify(config));
  await rm(join(base, 'input/data/training/headlines.tsv'));
  const mount = `type=bind,source=${channel},target=/opt/ml/input/data/training,readonly`;
  const mounts = ['--volume', `${base}:/opt/ml`, '--mount', mount];
  const { status, output } = docker('run', '--rm', ...confined, ...mounts, await image(), 'train');
  assert.equal(status, 0, output);
  const [, training, validation] = /Rows: (\d+) for training, (\d+) for validation/.exec(output) ?? [];
  assert.equal(Number(training) + Number(validation), rows.length);
});

testWithDocker('a job that fails says why in the failure file', async (t) => {
  const base = await layOut(t, { epochs: 'many' });
  const { status } = docker(
    'run',
    '--rm',
    ...confined,
    '--volume',
    `${base}:/opt/ml`,
    await image(),
    'train',
  );
  assert.equal(status, 1);
  assert.match(await readFile(join(base, 'output/failure'), 'utf8'), /epochs/);
});

testWithDocker('SIGTERM ends training within seconds with exit code 0 and the weights so far', async (t) => {
  const base = await layOut(t, { epochs: '1000' });
  const id = start(t, ...confined, '--volume', `${base}:/opt/ml`, await image(), 'train');
  await eventually(() => docker('logs', id).output.includes('epoch=3'));
  const { code, seconds } = stop(id);
  assert.equal(code, 0, docker('logs', id).output);
  assert.ok(seconds < 10, `it took ${seconds} s to stop`);
  assert.match(docker('logs', id).output, /Stopped early on request/);
  assert.ok((await readdir(join(base, 'model'))).includes('weights.bin'));
});

test('the programs are two lines each, executable, with Unix line ends', async () => {
  const folder = join(project, 'container');
  for (const name of ['start', 'train', 'serve']) {
    const text = await readFile(join(folder, name), 'utf8');
    assert.match(text, /^#!\/usr\/bin\/env node\n[^\r\n]+\n$/);
  }
});
