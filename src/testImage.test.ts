// testImage() with a real engine: this project's image, a small one of another kind, and what is broken in it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { buildImage } from './buildImage';
import { engineAddress } from './dockerEngine';
import type { CheckResult } from './imageTestOptions';
import { testImage } from './testImage';
import { atEnd, eventually, setEnvironment, temporaryFolder, userError } from './testing';
import { docker, testBase, testWithDocker } from './testingDocker';
import { buildSmallImage, type Changes, smallImageOptions } from './testingImage';

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

function resultsOf(report: readonly CheckResult[], result: CheckResult['result']): Record<string, string> {
  const rows = report.filter((row) => row.result === result);
  return Object.fromEntries(rows.map(({ check, detail }) => [check, detail]));
}

testWithDocker('this project’s image passes every check, and nothing is left behind', async () => {
  const report = await testImage(await buildImage({ onProgress: () => undefined }));
  assert.deepEqual(
    report.filter(({ result }) => result !== 'ok'),
    [],
  );
  assert.equal(report.length, 20);
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

/** Each defect, or several that have nothing to do with each other, and what the report must say; all else is fine. */
const defects: readonly { name: string; changes: Changes; failures: Record<string, RegExp> }[] = [
  {
    name: 'another platform',
    changes: { platform: 'linux/arm64' },
    failures: { Platform: /linux\/arm64.*--platform=linux\/amd64/ },
  },
  {
    name: 'a missing program',
    changes: { lines: ['RUN rm /opt/program/train'] },
    failures: { 'Entry point': /^train: train is not found.*ENTRYPOINT/ },
  },
  {
    name: 'a program that is not executable',
    changes: { lines: ['RUN chmod -x /opt/program/serve'] },
    failures: { 'Entry point': /^serve: serve is not executable: run chmod \+x/ },
  },
  {
    name: 'CRLF line ends, met by the engine and by env',
    changes: { train: { '\n': '\r\n' }, serve: { 'local/bin/node\n': 'bin/env node\r\n' } },
    failures: { 'Entry point': /^train: the lines of \S*train end with CRLF.* serve: .* end with CRLF/ },
  },
  {
    name: 'a script without a first line; an interpreter that is not there',
    changes: { train: { '#!/usr/local/bin/node\n': '' }, serve: { 'local/bin/node': 'bin/python3' } },
    failures: { 'Entry point': /train is a script without a first line.*serve asks for \/usr\/bin\/python3/ },
  },
  {
    name: 'a shell that does not find the program',
    changes: { lines: ['ENTRYPOINT ["sh", "-ec", "other $0", "other"]', 'ENTRYPOINT ["bash", "other"]'] },
    failures: { 'Entry point': /^train: exit code 127.*is not found.* serve: exit code 127/ },
  },
  {
    name: 'ENTRYPOINT in shell form',
    changes: { lines: ['ENTRYPOINT exec node'] },
    failures: { 'Entry point': /shell form.*exec form/ },
  },
  {
    name: 'training that succeeds without an artifact',
    changes: { train: { "fs.writeFileSync('/opt/ml/model/words.json', JSON.stringify(words));": '' } },
    failures: { Training: /exit code 0 and left nothing in \/opt\/ml\/model/ },
  },
  {
    name: 'a server that cannot read the artifact',
    changes: { serve: { 'model/words.json': 'model/other.json' } },
    failures: { 'Start of serving': /ended with exit code 1.*ENOENT.*other\.json.*GET \/ping/ },
  },
  {
    name: 'a server that never becomes healthy',
    changes: { serve: { 'ping = () => response.end()': 'ping = () => response.writeHead(503).end()' } },
    failures: { 'Start of serving': /within 5 s \(last: status 503\)/ },
  },
  {
    name: 'good requests that fail',
    changes: { serve: { '? 200 : 400': '? 500 : 400' } },
    failures: { 'Good request': /got status 500 \(tree\)/ },
  },
  {
    name: 'no failure file; SIGTERM that loses model and request; a slow ping; a file under /opt/ml',
    changes: {
      train: {
        "fs.writeFileSync('/opt/ml/output/failure', error.message);": '',
        "process.on('SIGTERM', end)": "process.on('SIGTERM', () => process.exit(0))",
      },
      serve: {
        // The first one is quick.
        'ping = () => response.end()':
          'ping = () => setTimeout(() => response.end(), (server.slow = (server.slow ?? -2100) + 2100))',
        'server.close(() => process.exit(0))': 'process.exit(0)',
      },
      lines: ['RUN mkdir -p /opt/ml/code && touch /opt/ml/code/train.py'],
    },
    failures: {
      'Nothing under /opt/ml': /such as \/opt\/ml\/code\/train\.py/,
      'Bad data': /exit code 1 and wrote no \/opt\/ml\/output\/failure/,
      'Bad hyperparameters': /exit code 1 and wrote no \/opt\/ml\/output\/failure/,
      'SIGTERM while training': /left nothing in \/opt\/ml\/model/,
      Ping: /after 2\.\d s/,
      'SIGTERM while serving': /under way when SIGTERM came got no answer/,
    },
  },
  {
    name: 'a link in the artifact; quotes; SIGTERM that is passed over; writing into the model folder',
    changes: {
      train: {
        'process.exit(0)': "fs.symlinkSync('words.json', '/opt/ml/model/latest'); process.exit(0)",
        "text.replaceAll('\"', '')": 'text',
        "process.on('SIGTERM', end)": "process.on('SIGTERM', () => undefined)",
      },
      serve: {
        'const words': "fs.writeFileSync('/opt/ml/model/cache', '');\nconst words",
        'server.close(() => process.exit(0))': 'undefined',
      },
    },
    failures: {
      Artifact: /model\/latest is a symbolic link/,
      'Quoted hyperparameters': /rounds is no whole number.*parse the values as JSON/,
      'SIGTERM while training': /went on for 3 s after SIGTERM/,
      'SIGTERM while serving': /went on for 3 s after SIGTERM/,
      'Read-only model folder': /EROFS.*\/tmp/,
    },
  },
  {
    name: 'failures with exit code 0; bad requests that are the server’s fault; a port of its own',
    changes: {
      train: { 'process.exitCode = 1': '' },
      serve: { '? 200 : 400': '? 200 : 500', 'process.env.SAGEMAKER_BIND_TO_PORT ?? 8080': '8080' },
    },
    failures: {
      'Bad data': /exit code 0: SageMaker would call the job Completed/,
      'Bad hyperparameters': /exit code 0: SageMaker would call the job Completed/,
      'Bad requests': /got status 500 \(unknown word\)/,
      SAGEMAKER_BIND_TO_PORT: /no answer.*SAGEMAKER_BIND_TO_PORT names/,
    },
  },
  {
    name: 'programs that write where only root may; broken requests that end the server',
    changes: {
      train: { 'try {': "try {\n  fs.writeFileSync('/opt/program/cache', '');" },
      serve: {
        'const words': "fs.writeFileSync('/opt/program/cache', '');\nconst words",
        "?? 'unknown word'": "?? (word === '' ? process.exit(1) : 'unknown word')",
      },
    },
    failures: {
      'Training as another user': /EROFS.*runs containers as root/,
      'Bad requests': /an empty body got no answer/,
      'Serving as another user': /EROFS.*runs containers as root/,
    },
  },
];

for (const { name, changes, failures } of defects) {
  testWithDocker(`found: ${name}`, async (t) => {
    const report = await testImage(await buildSmallImage(t, changes), smallImageOptions);
    assertFailures(report, failures);
  });
}

function assertFailures(report: readonly CheckResult[], expected: Readonly<Record<string, RegExp>>): void {
  const found = resultsOf(report, 'failed');
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort(), JSON.stringify(found));
  for (const [check, pattern] of Object.entries(expected)) assert.match(found[check] as string, pattern);
}

testWithDocker('found: programs that need something outside', async (t) => {
  const server = 'require("node:net").createServer().listen(80)';
  const started = docker('run', '--detach', '--entrypoint', 'node', testBase, '-e', server);
  assert.equal(started.status, 0, started.output);
  const id = started.output.trim();
  atEnd(t, () => docker('rm', '--force', '--volumes', id));
  const address = docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', id).output.trim();
  const outside = `require('node:net').connect(80, '${address}').unref().on('connect', () =>`;
  const image = await buildSmallImage(t, {
    train: { 'setTimeout(end, rounds * 100);': `${outside} setTimeout(end, rounds * 100));` },
    serve: { 'server.listen': `${outside} server.listen`, '8080);': '8080));' },
  });
  assertFailures(await testImage(image, smallImageOptions), {
    'Training without a network': /ENETUNREACH.*network isolation/,
    'Serving without a network': /network isolation/,
  });
});

testWithDocker('what needs a check that has not succeeded is skipped and says so', async (t) => {
  const image = await buildSmallImage(t, { lines: ['RUN rm /opt/program/train'] });
  const skipped = resultsOf(await testImage(image, smallImageOptions), 'skipped');
  assert.equal(Object.keys(skipped).length, 17);
  assert.match(skipped.Training as string, /Entry point/);
  assert.match(skipped.Ping as string, /Good request/);
});

testWithDocker('training that cannot be stopped because it has ended is said so', async (t) => {
  const options = { ...smallImageOptions, longHyperparameters: { rounds: '0' } };
  const report = await testImage(await buildSmallImage(t), options);
  assert.deepEqual(resultsOf(report, 'failed'), {});
  assert.match(resultsOf(report, 'skipped')['SIGTERM while training'] as string, /longHyperparameters/);
});

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
  assert.equal(process.listenerCount('SIGINT'), 0);
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

testWithDocker('an engine that stops under way is said so', async (t) => {
  const path = join(await temporaryFolder(t), 'docker.sock');
  const engine = await openWay(path);
  atEnd(t, engine.close);
  const image = await buildSmallImage(t);
  const { pid, output } = await startTest(t, image, { DOCKER_HOST: `unix://${path}` });
  engine.close();
  assert.match(
    await output,
    new RegExp(`The Docker engine is not running: nothing answers at unix://${path}`),
  );
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
