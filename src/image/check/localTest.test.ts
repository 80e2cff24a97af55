// container/local_test's scripts with the real image, from another folder, in a project whose path holds spaces.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeHeadlines } from '../../data/headlines';
import { testWithDocker } from '../../testing/docker';
import { atEnd, createCorpus, findFreePort, startProgram, temporaryFolder } from '../../testing/folders';
import { buildImage } from '../build/buildImage';
import { listContainers, removeContainer } from '../engine/containers';
import { withEngine } from '../engine/engine';

const project = join(__dirname, '..', '..', '..');
const program = join(__dirname, 'localTest.js');

/** A project of which only the scripts are its own. */
async function createProject(t: TestContext): Promise<{ scripts: string; base: string }> {
  const folder = join(await temporaryFolder(t), 'a project, with spaces');
  const scripts = join(folder, 'container', 'local_test');
  await cp(join(project, 'container', 'local_test'), scripts, {
    recursive: true,
    filter: (file) => !file.endsWith('test_dir'),
  });
  await writeFile(join(folder, 'package.json'), '{"scripts": {"setup": "true"}}');
  await symlink(join(project, 'dist'), join(folder, 'dist'));
  return { scripts, base: join(scripts, 'test_dir') };
}

/** Ends once the folder is laid out, since there is no engine. */
function layOut(base: string, environment: Readonly<Record<string, string>> = {}): void {
  const { status, stderr } = run(process.execPath, [program, 'train', base, 'any:1'], {
    DOCKER_HOST: 'unix:///nowhere',
    ...environment,
  });
  assert.equal(status, 1);
  assert.match(stderr, /^The Docker engine is not running: no response from unix:\/\/\/nowhere/);
}

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: '/', encoding: 'utf8', env });
  return { status, stdout, stderr };
}

async function removeContainersBelow(folder: string): Promise<void> {
  await withEngine(async (engine) => {
    for (const { container } of await listContainers(engine, folder)) await removeContainer(container);
  });
}

testWithDocker(
  'the scripts train, serve and predict from any folder, and leave no file of another user',
  async (t) => {
    const { name } = await buildImage({ onProgress: () => undefined });
    const { scripts, base } = await createProject(t);
    await mkdir(join(base, 'input', 'data', 'training'), { recursive: true });
    await writeHeadlines(join(base, 'input', 'data', 'training', 'mine.tsv'), createCorpus());
    await mkdir(join(base, 'model'));
    await writeFile(join(base, 'model', 'left over'), '');

    const training = run(join(scripts, 'train_local.sh'), [name]);
    assert.equal(training.status, 0, training.stderr);
    assert.match(training.stdout, /The model artifact is written\./);
    assert.deepEqual((await readdir(join(base, 'model'))).sort(), ['classifier.json', 'weights.bin']);
    assert.equal((await stat(join(base, 'model', 'weights.bin'))).uid, process.getuid?.());

    const environment = { PORT: String(await findFreePort()) };
    // Where the test fails, its server is killed and leaves its container behind.
    atEnd(t, () => removeContainersBelow(scripts));
    const server = startProgram(t, [join(scripts, 'serve_local.sh'), name], { environment });
    await server.until(/The model is loaded\./);
    const answer = run(
      join(scripts, 'predict.sh'),
      [join(scripts, 'input.json'), 'application/json'],
      environment,
    );
    assert.equal(answer.status, 0, answer.stderr);
    assert.ok(Object.hasOwn(JSON.parse(answer.stdout), 'result'), answer.stdout);
    const refused = run(join(scripts, 'predict.sh'), [join(scripts, 'predict.sh'), 'image/png'], environment);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stdout, /"error"/);

    const second = run(join(scripts, 'serve_local.sh'), [name], environment);
    assert.equal(second.status, 1);
    assert.match(second.stderr, /^The port is in use\..*PORT=8081/);

    server.child.kill('SIGINT');
    assert.equal(await server.ended, 0, server.output());
    const late = run(join(scripts, 'predict.sh'), [join(scripts, 'input.json')], environment);
    assert.equal(late.status, 1);
    assert.match(late.stderr, /^No response from http:\/\/127\.0\.0\.1:\d+\. Is serve_local\.sh running/);
    await rm(join(base, 'model'), { recursive: true });
    const early = run(join(scripts, 'serve_local.sh'), [name], environment);
    assert.equal(early.status, 1);
    assert.match(early.stderr, /^Nothing to serve: .*model is empty\. Run train_local\.sh first\.\n$/);
  },
);

testWithDocker('an image that is not there is named', async (t) => {
  const { scripts, base } = await createProject(t);
  await mkdir(join(base, 'input', 'data', 'training'), { recursive: true });
  await writeFile(join(base, 'input', 'data', 'training', 'mine.tsv'), '');
  const { status, stderr } = run(join(scripts, 'train_local.sh'), ['no-such-image:1']);
  assert.equal(status, 1);
  assert.match(stderr, /^The Docker engine has no image no-such-image:1\. .*docker pull.*\n$/);
});

test('words and ports that the scripts cannot take are rejected with what is expected', async (t) => {
  const { scripts } = await createProject(t);
  const refuse = (script: string, words: string[], sentence: RegExp, PORT = '') => {
    const { status, stdout, stderr } = run(join(scripts, script), words, { PORT });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, sentence);
  };
  refuse('train_local.sh', ['one:1', 'two:2'], /^Expected train_local\.sh \[IMAGE:TAG\]\n$/);
  refuse('serve_local.sh', ['one:1', 'two:2'], /^Expected \[PORT=8080\] serve_local\.sh \[IMAGE:TAG\]\n$/);
  refuse('predict.sh', [], /^The file "" does not exist\. Usage: .* predict\.sh FILE \[CONTENT_TYPE\]\n$/);
  refuse('predict.sh', ['nowhere.json'], /^The file "nowhere\.json" does not exist/);
  refuse('predict.sh', [join(scripts, 'input.json')], /^PORT is "none"; expected a whole number/, 'none');
});

test('the scripts hold no choice and no constant: they call what is compiled', async () => {
  const folder = join(project, 'container', 'local_test');
  for (const [script, word] of Object.entries({
    'train_local.sh': 'train',
    'serve_local.sh': 'serve',
    'predict.sh': 'predict',
  })) {
    assert.ok(((await stat(join(folder, script))).mode & 0o111) !== 0, `${script} is not executable`);
    const lines = (await readFile(join(folder, script), 'utf8')).split('\n');
    assert.deepEqual(
      lines.filter((line) => line !== '' && !line.startsWith('#')),
      [
        'set -euo pipefail',
        'here=$(cd "$(dirname "$0")" && pwd)',
        'program=$here/../../dist/image/check/localTest.js',
        // predict.sh follows serve_local.sh, which has set the project up.
        word === 'predict'
          ? '[ -f "$program" ] || npm --prefix "$here/../.." run --silent setup first >&2'
          : 'npm --prefix "$here/../.." run --silent setup >&2',
        `exec node "$program" ${word} "$here/test_dir" "$@"`,
      ],
    );
  }
});

test('without data of one’s own, the folder is laid out with the workshop’s headlines, once', async (t) => {
  const { base } = await createProject(t);
  layOut(base, { HEADLINES: '' });
  const channel = join(base, 'input', 'data', 'training');
  assert.deepEqual(await readdir(channel), ['newsCorpora.csv']);
  assert.equal(await readFile(join(base, 'input', 'config', 'hyperparameters.json'), 'utf8'), '{}\n');

  await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), '{"epochs": "3"}');
  await writeFile(join(channel, 'newsCorpora.csv'), 'mine');
  layOut(base);
  assert.equal(await readFile(join(channel, 'newsCorpora.csv'), 'utf8'), 'mine');
  assert.match(await readFile(join(base, 'input', 'config', 'hyperparameters.json'), 'utf8'), /epochs/);
});

test('an unwritable folder is reported', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  const { status, stderr } = run(process.execPath, [program, 'train', join(file, 'test_dir')]);
  assert.equal(status, 1);
  assert.match(stderr, /^Cannot write into .*file/);
});
