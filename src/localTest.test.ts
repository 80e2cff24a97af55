// container/local_test's scripts with the real image, from another folder, in a project whose path holds spaces.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildImage } from './buildImage';
import { writeHeadlines } from './headlines';
import { createCorpus, findFreePort, startProgram, temporaryFolder } from './testing';
import { testWithDocker } from './testingDocker';

const project = join(__dirname, '..');
const layOut = join(__dirname, 'localTest.js');

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

function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...environment };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: '/', encoding: 'utf8', env });
  return { status, stdout, stderr };
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
    const server = startProgram(t, [join(scripts, 'serve_local.sh'), name], { environment });
    await server.until(/The model is loaded\./);
    const answer = run(
      join(scripts, 'predict.sh'),
      [join(scripts, 'input.json'), 'application/json'],
      environment,
    );
    assert.equal(answer.status, 0, answer.stderr);
    assert.ok(Object.hasOwn(JSON.parse(answer.stdout), 'result'), answer.stdout);
    const refused = run(join(scripts, 'predict.sh'), [join(scripts, 'predict.sh'), 'text/csv'], environment);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stdout, /"error"/);

    server.child.kill('SIGINT');
    assert.equal(await server.ended, 0, server.output());
  },
);

test('without data of one’s own, the folder is laid out with the workshop’s headlines, once', async (t) => {
  const { base } = await createProject(t);
  const first = run(process.execPath, [layOut, base], { HEADLINES: '' });
  assert.equal(first.status, 0, first.stderr);
  const channel = join(base, 'input', 'data', 'training');
  assert.deepEqual(await readdir(channel), ['newsCorpora.csv']);
  assert.equal(await readFile(join(base, 'input', 'config', 'hyperparameters.json'), 'utf8'), '{}\n');

  await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), '{"epochs": "3"}');
  await writeFile(join(channel, 'newsCorpora.csv'), 'mine');
  assert.equal(run(process.execPath, [layOut, base]).status, 0);
  assert.equal(await readFile(join(channel, 'newsCorpora.csv'), 'utf8'), 'mine');
  assert.match(await readFile(join(base, 'input', 'config', 'hyperparameters.json'), 'utf8'), /epochs/);
});

test('a folder that cannot be written to is said so', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  const { status, stderr } = run(process.execPath, [layOut, join(file, 'test_dir')]);
  assert.equal(status, 1);
  assert.match(stderr, /^Cannot write into .*file/);
});
