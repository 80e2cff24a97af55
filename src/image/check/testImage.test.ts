// testImage() with a real engine: this project's image, a small one of another kind, and what comes between. What it
// finds in broken images: imageDefects.test.ts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { docker, testWithDocker } from '../../testing/docker';
import { atEnd, eventually, setEnvironment, temporaryFolder, userError } from '../../testing/folders';
import { assertFailures, buildSmallImage, resultsOf, smallImageOptions } from '../../testing/image';
import { buildImage } from '../build/buildImage';
import { engineAddress } from '../engine/engine';
import type { CheckResult } from './options';
import { testImage } from './testImage';

const label = 'sagemaker-text-classification.test';

/** The containers, volumes and networks that the engine holds of a process's tests. */
function listRemains(pid = process.pid): string[] {
  const lists = [
    ['ps', '--all'],
    ['volume', 'ls'],
    ['network', 'ls'],
  ].map((words) =>
    docker(...words, '--filter', `label=${label}`, '--format', `${words[0]} {{.Label "${label}"}}`),
  );
  const lines = lists.flatMap(({ output }) => output.split('\n'));
  return lines.filter((line) => line.includes(` ${pid} `));
}

testWithDocker('this project’s image passes every check, and nothing is left behind', async () => {
  const report = await testImage(await buildImage({ onProgress: () => undefined }));
  assert.deepEqual(
    report.filter(({ result }) => result !== 'ok'),
    [],
  );
  assert.equal(report.length, 21);
  assert.ok(report.every(({ detail, seconds }) => detail !== '' && seconds >= 0));
  assert.deepEqual(listRemains(), []);
});

testWithDocker('an image with other data and requests passes when it is told of them', async (t) => {
  const told: string[] = [];
  const onProgress = (rows: readonly CheckResult[], check?: string) =>
    void told.push(`${rows.length} ${check}`);
  const report = await testImage(await buildSmallImage(t), { ...smallImageOptions, onProgress });
  assert.deepEqual(
    report.filter(({ result }) => result !== 'ok'),
    [],
  );
  assert.deepEqual(told.slice(0, 2), ['0 Platform', '1 Nothing under /opt/ml']);
  assert.equal(told.at(-1), '20 undefined');
});

testWithDocker(
  'what needs a check that has not succeeded is skipped, and so is what cannot be made',
  async (t) => {
    const image = await buildSmallImage(t, { serve: { '? 200 : 400': '? 500 : 400' } });
    const report = await testImage(image, { ...smallImageOptions, longHyperparameters: { rounds: '0' } });
    assertFailures(report, { 'Good request': /got status 500 \(tree\)/ });
    const { 'SIGTERM while training': ended, ...others } = resultsOf(report, 'skipped');
    assert.match(ended as string, /had ended before it could be stopped.*longHyperparameters/);
    assert.deepEqual(Object.keys(others), [
      'Bad requests',
      'Ping',
      'SIGTERM while serving',
      'SAGEMAKER_BIND_TO_PORT',
      'Read-only model folder',
      'Serving without a network',
      'Serving as another user',
    ]);
    assert.match(others.Ping as string, /Good request/);
  },
);

testWithDocker('an interruption of the cell ends the test at once and leaves nothing behind', async (t) => {
  const options = { ...smallImageOptions, hyperparameters: { rounds: '600' } };
  const image = await buildSmallImage(t);
  const begun = performance.now();
  const onProgress = (_rows: readonly CheckResult[], check?: string) => {
    if (check === 'Training') setTimeout(() => process.kill(process.pid, 'SIGINT'), 1000);
  };
  const report = await testImage(image, { ...options, onProgress });
  assert.ok(performance.now() - begun < 20_000);
  const skipped = resultsOf(report, 'skipped');
  assert.equal(Object.keys(skipped).length, 17);
  assert.deepEqual(new Set(Object.values(skipped)), new Set(['The test was interrupted.']));
  assert.deepEqual(listRemains(), []);
});

/** Runs testImage() in a process of its own, until a container trains that goes on for a minute. */
async function startTest(t: TestContext, image: string, environment: Readonly<Record<string, string>> = {}) {
  const module = JSON.stringify(join(__dirname, 'testImage'));
  const script = `require(${module}).testImage(...JSON.parse(process.argv[1])).catch((error) => console.log(error.message))`;
  const options = { ...smallImageOptions, hyperparameters: { rounds: '600' } };
  const child = spawn(process.execPath, ['-e', script, JSON.stringify([image, options])], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(t, () => child.kill('SIGKILL'));
  const pid = child.pid as number;
  await eventually(() => listRemains(pid).filter((line) => line.startsWith('ps')).length >= 2);
  return { child, pid, output: text(child.stdout) };
}

testWithDocker('what a killed process has left behind is removed by the next test', async (t) => {
  const image = await buildSmallImage(t);
  const wrong = await buildSmallImage(t, { platform: 'linux/arm64' });
  const { child, pid } = await startTest(t, image);
  await testImage(wrong, smallImageOptions);
  assert.notDeepEqual(listRemains(pid), [], 'what belongs to a test under way is gone');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await testImage(wrong, smallImageOptions);
  assert.deepEqual(listRemains(pid), []);
});

testWithDocker('an image for linux/arm64 has the right platform if that is asked for', async (t) => {
  const image = await buildSmallImage(t, { platform: 'linux/arm64' });
  const report = await testImage(image, { ...smallImageOptions, platform: 'linux/arm64' });
  assert.equal(resultsOf(report, 'ok').Platform, 'linux/arm64');
});

testWithDocker('an engine that stops under way is said so', async (t) => {
  const path = join(await temporaryFolder(t), 'docker.sock');
  const engine = await openWay(path);
  atEnd(t, engine.close);
  const image = await buildSmallImage(t);
  const { pid, output } = await startTest(t, image, { DOCKER_HOST: `unix://${path}` });
  engine.close();
  assert.match(await output, new RegExp(`The Docker engine is not running: no response from unix://${path}`));
  await testImage(await buildSmallImage(t, { platform: 'linux/arm64' }), smallImageOptions);
  assert.deepEqual(listRemains(pid), []);
});

/** A socket by which the engine is reached until it is closed. */
async function openWay(path: string): Promise<{ close: () => void }> {
  const ends = new Set<Socket>();
  const way = createServer((near) => {
    const far = connect(engineAddress().replace('unix://', ''));
    for (const end of [near, far]) ends.add(end.on('error', () => undefined));
    near.pipe(far).pipe(near);
  });
  await once(way.listen(path), 'listening');
  return {
    close: () => {
      way.close();
      for (const end of ends) end.destroy();
    },
  };
}

testWithDocker('an image that is not there is named', async () => {
  await assert.rejects(testImage('no-such-image:1'), userError('no image no-such-image:1', 'buildImage()'));
});

test('without an engine there is a sentence', async (t) => {
  const socket = join(await temporaryFolder(t), 'docker.sock');
  setEnvironment(t, { DOCKER_HOST: `unix://${socket}` });
  await assert.rejects(testImage('any'), userError('is not running', socket));
});
