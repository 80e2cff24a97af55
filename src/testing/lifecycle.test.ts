// lifecycle.sh on a stand-in for a notebook instance: its own network without a way out, its own processes, folders
// in place of the volume, the home and the Node archive. sudo, dnf and the project's set-up are stand-ins that note
// how they were called. A stop ends every process and deletes everything but the volume.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { atEnd, temporaryFolder } from './folders';

const script = join(__dirname, '..', '..', 'lifecycle.sh');
const isRoot = process.getuid?.() === 0;

/** A network and processes of its own, that end with it; without root, as root of a user namespace. */
const unshare = [
  pathOf('unshare') ?? 'unshare',
  '--net',
  '--pid',
  '--fork',
  '--kill-child',
  ...(isRoot ? [] : ['--map-root-user']),
];

function reasonToSkip(): string | false {
  const [file = '', ...options] = unshare;
  const { status, stderr } = spawnSync(file, [...options, 'true'], { encoding: 'utf8' });
  if (status !== 0) return `unshare does not work here: ${stderr?.trim() || 'not installed'}`;
  const missing = systemTools.filter((tool) => !pathOf(tool));
  return missing.length > 0 && `not installed: ${missing.join(', ')}`;
}

/** All that lifecycle.sh needs of the system. */
const systemTools =
  'basename bash cat cp curl date env flock git grep gzip mkdir mv rm sha256sum sleep tar tee touch uname'.split(
    ' ',
  );

function pathOf(tool: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, tool)).find((file) => fs.existsSync(file));
}

/** Each leaves a line in the file `calls`. */
const standIns = {
  sudo: `
    while [ "$1" != env ]; do shift; done
    exec env -i HOME="$(dirname "$0")/../root/home" "$@"`,
  dnf: `
    echo "dnf $*" >>CALLS
    cp "$0" "$(dirname "$0")/c++"; cp "$0" "$(dirname "$0")/make"`,
};

/** In place of the project's set-up, which the stand-in for Node runs as a shell script. */
const setUp = `
echo "set-up" >>CALLS
test "$TMPDIR" = VOLUME/.workshop/tmp && test "$npm_config_cache" = VOLUME/.workshop/cache || exit 1
mkdir -p "$npm_config_cache"
if [ ! -e compiled ]; then
  command -v c++ >/dev/null && command -v make >/dev/null || { echo "Set-up: A C++ compiler is missing"; exit 1; }
  [ ! -e VOLUME/slow ] || sleep 100
  touch compiled
fi
[ ! -e VOLUME/broken ] || { echo "Set-up: npm could not install the packages."; exit 1; }
for part in kernels/tslab labextensions/jupyterlab-plotly; do
  mkdir -p ".venv/share/jupyter/$part"
  echo '{}' >".venv/share/jupyter/$part/kernel.json"
done
echo "Set-up: ready"
`;

const nodeStandIn = `[ "$1" = --version ] && echo v24.0.0 || exec /bin/sh "$@"`;

class Instance {
  readonly volume: string;
  /** Lost at a stop: home and lock. */
  readonly root: string;
  readonly tools: string;
  /** Where Node's archive and the project's repository are got from. */
  readonly sources: string;
  private readonly callsFile: string;
  private machine: ChildProcess | undefined;

  constructor(
    t: TestContext,
    readonly folder: string,
  ) {
    this.volume = join(folder, 'the volume');
    this.root = join(folder, 'root');
    this.tools = join(folder, 'tools');
    this.sources = join(folder, 'sources');
    this.callsFile = join(folder, 'calls');
    for (const made of [this.volume, join(this.root, 'home'), this.tools, this.sources]) {
      fs.mkdirSync(made, { recursive: true });
    }
    for (const tool of [...systemTools, 'dirname'])
      fs.symlinkSync(pathOf(tool) ?? '', join(this.tools, tool));
    for (const [name, text] of Object.entries(standIns))
      this.write(join(this.tools, name), `#!/bin/sh${text}\n`);
    this.publishNode();
    atEnd(t, () => this.stop());
  }

  /** Writes an executable; the words CALLS and VOLUME in it become this instance's paths. */
  write(file: string, text: string): void {
    fs.mkdirSync(join(file, '..'), { recursive: true });
    const filled = text.replaceAll('CALLS', `'${this.callsFile}'`).replaceAll('VOLUME', `'${this.volume}'`);
    fs.writeFileSync(file, filled, { mode: 0o755 });
  }

  /** Node's archive with its checksums, laid out like a folder of nodejs.org/dist. */
  publishNode(): void {
    const name = 'node-v24.0.0-linux-x64';
    this.write(join(this.sources, name, 'bin/node'), `#!/bin/sh\n${nodeStandIn}\n`);
    this.run('tar', '-czf', `${name}.tar.gz`, name);
    const { stdout } = this.run('sha256sum', `${name}.tar.gz`);
    const another = `${'0'.repeat(64)}  node-v24.0.0-linux-arm64.tar.gz\n`;
    fs.writeFileSync(join(this.sources, 'SHASUMS256.txt'), another + stdout);
  }

  /** A repository with the project, or that project on the volume. */
  publishProject(folder = join(this.sources, 'workshop.git')): void {
    this.write(join(folder, 'src/setup.mjs'), setUp);
    this.write(join(folder, 'lifecycle.sh'), '');
    this.run('git', 'init', '--quiet', folder);
    this.run('git', '-C', folder, 'add', '.');
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
    this.run('git', '-C', folder, ...author, 'commit', '--quiet', '--message=Project');
  }

  private run(command: string, ...parameters: string[]) {
    const answer = spawnSync(command, parameters, { cwd: this.sources, encoding: 'utf8' });
    assert.equal(answer.status, 0, answer.stderr);
    return answer;
  }

  /** Starts the instance, unless it runs, and runs the script to its end as the agent does. */
  async start({ clone = true, seconds = 60 } = {}): Promise<string> {
    const [file = '', ...options] = unshare;
    const loop = `while read -r start; do bash "${script}"; echo "exit code $?"; done`;
    this.machine ??= spawn(file, [...options, '/bin/bash', '--norc', '-c', loop], {
      env: {
        PATH: this.tools,
        VOLUME: this.volume,
        LOCK: join(this.root, 'lock'),
        NODE_URL: `file://${this.sources.replaceAll(' ', '%20')}`,
        PROJECT_URL: clone ? `file://${join(this.sources, 'workshop.git')}` : '',
        CLONE_SECONDS: String(seconds),
        OWNER: 'somebody',
      },
      stdio: 'pipe',
    });
    const { stdin, stdout, stderr } = this.machine;
    assert.ok(stdin && stdout && stderr);
    let output = '';
    const note = (text: Buffer) => {
      output += text;
    };
    for (const stream of [stdout, stderr]) stream.on('data', note);
    stdin.write('start\n');
    await soon(() => /exit code \d+\n/.test(output));
    for (const stream of [stdout, stderr]) stream.off('data', note);
    assert.match(output, /exit code 0\n$/, 'a script that fails keeps the instance from starting');
    return output;
  }

  /** Ends all its processes and deletes everything but the volume; the compiler goes with it. */
  async stop(): Promise<void> {
    if (!this.machine) return;
    const ended = once(this.machine, 'close');
    this.machine.kill('SIGKILL');
    await ended;
    this.machine = undefined;
    fs.rmSync(this.root, { recursive: true });
    fs.mkdirSync(join(this.root, 'home'), { recursive: true });
    for (const tool of ['c++', 'make']) fs.rmSync(join(this.tools, tool), { force: true });
  }

  /** Waits for the background to end; the name of the mark that it leaves. */
  async mark(): Promise<string | undefined> {
    const isFree = () => spawnSync('flock', ['--nonblock', join(this.root, 'lock'), 'true']).status === 0;
    await soon(isFree);
    return this.marks()[0];
  }

  marks(): string[] {
    const marks = fs.readdirSync(this.volume).filter((name) => name.endsWith('.txt'));
    assert.ok(marks.length <= 1, `one mark at a time, not ${marks}`);
    return marks;
  }

  log(): string {
    return fs.readFileSync(join(this.volume, 'workshop.log'), 'utf8');
  }

  /** The calls of stand-ins since the last time they were asked for. */
  calls(): string[] {
    if (!fs.existsSync(this.callsFile)) return [];
    const calls = fs.readFileSync(this.callsFile, 'utf8').trimEnd().split('\n');
    fs.rmSync(this.callsFile);
    return calls;
  }

  /** What JupyterLab finds in its user's folder. */
  registered(): string[] {
    const share = join(this.root, 'home/.local/share/jupyter');
    const parts = ['kernels/tslab', 'labextensions/jupyterlab-plotly'];
    return parts.filter((part) => fs.existsSync(join(share, part, 'kernel.json')));
  }
}

/** Asks until the answer is true, for 15 s at most. */
async function soon(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, 'it did not happen within 15 s');
    await setTimeout(30);
  }
}

const everything = ['kernels/tslab', 'labextensions/jupyterlab-plotly'];
const onInstance = { skip: reasonToSkip(), timeout: 20_000 };

async function createInstance(t: TestContext): Promise<Instance> {
  const instance = new Instance(t, await temporaryFolder(t));
  instance.publishProject();
  return instance;
}

test('SageMaker can take the script: under 16,384 characters, LF, ASCII, bash', () => {
  const text = fs.readFileSync(script, 'utf8');
  assert.ok(text.length < 16_384, `${text.length} characters`);
  assert.match(text, /^#!\/bin\/bash\n[\n\x20-\x7e]+\n$/);
  // Base64, as the API takes it, has a limit of 16,384 characters too.
  assert.ok(Buffer.from(text).toString('base64').length < 16_384);
});

test('shellcheck has nothing to say', {
  skip: !pathOf('shellcheck') && 'shellcheck is not installed',
}, () => {
  assert.deepEqual(spawnSync('shellcheck', [script], { encoding: 'utf8' }).stdout, '');
});

test('without root, it reports that and does nothing', () => {
  const options = isRoot ? { uid: 65534, cwd: '/' } : {};
  const input = fs.readFileSync(script);
  const { status, stderr } = spawnSync('/bin/bash', ['-s'], { input, encoding: 'utf8', ...options });
  assert.deepEqual(
    { status, stderr },
    { status: 1, stderr: 'Workshop: this script runs as root: sudo bash lifecycle.sh\n' },
  );
});

test(
  'a first start sets everything up on the volume, registers it and leaves a mark',
  onInstance,
  async (t) => {
    const instance = await createInstance(t);
    const said = await instance.start();
    assert.match(said, /^Workshop: the set-up goes on in the background; its log is .+workshop\.log\n/);
    assert.equal(await instance.mark(), 'workshop-READY.txt', instance.log());
    assert.deepEqual(instance.calls(), ['set-up', 'dnf install --assumeyes --quiet gcc-c++ make', 'set-up']);
    assert.deepEqual(instance.registered(), everything);
    assert.match(instance.log(), /Node v24\.0\.0\nWorkshop: project .+\/workshop\n/);
    assert.match(instance.log(), /Workshop: ready, \d+ s after the start\.\n$/);
    assert.deepEqual(fs.readdirSync(join(instance.volume, '.workshop')).sort(), ['node', 'ready']);
  },
);

test('a second start on the same machine installs nothing again', onInstance, async (t) => {
  const instance = await createInstance(t);
  await instance.start();
  await instance.mark();
  instance.calls();
  await instance.start();
  assert.equal(await instance.mark(), 'workshop-READY.txt');
  assert.deepEqual(instance.calls(), ['set-up']);
  assert.deepEqual(instance.registered(), everything);
});

test(
  'after a stop, kernel and renderer are there when the script returns, with no network',
  onInstance,
  async (t) => {
    const instance = await createInstance(t);
    await instance.start();
    await instance.mark();
    await instance.stop();
    instance.calls();
    assert.deepEqual(instance.registered(), []);
    fs.rmSync(instance.sources, { recursive: true });
    await instance.start();
    assert.deepEqual(instance.registered(), everything);
    assert.equal(await instance.mark(), 'workshop-READY.txt', instance.log());
    assert.deepEqual(instance.calls(), ['set-up'], 'the compiler is not installed for nothing');
  },
);

test('a stop in the middle of the set-up is made up for by the next start', onInstance, async (t) => {
  const instance = await createInstance(t);
  const slow = join(instance.volume, 'slow');
  fs.writeFileSync(slow, '');
  await instance.start();
  await soon(() => fs.existsSync(join(instance.tools, 'c++')));
  assert.deepEqual(instance.marks(), ['workshop-SETTING-UP.txt']);
  await instance.stop();
  assert.deepEqual(instance.marks(), ['workshop-SETTING-UP.txt']);

  fs.rmSync(slow);
  await instance.start();
  assert.equal(await instance.mark(), 'workshop-READY.txt', instance.log());
  assert.deepEqual(instance.registered(), everything);
});

test('what a stop cut short is made anew', onInstance, async (t) => {
  const instance = await createInstance(t);
  for (const part of ['node.part/bin/node', 'project.part/src/setup.mjs', 'tmp/left']) {
    instance.write(join(instance.volume, '.workshop', part), 'exit 1');
  }
  await instance.start();
  assert.equal(await instance.mark(), 'workshop-READY.txt', instance.log());
});

test('a start while the set-up is at work leaves it alone', onInstance, async (t) => {
  const instance = await createInstance(t);
  fs.writeFileSync(join(instance.volume, 'slow'), '');
  await instance.start();
  await soon(() => fs.existsSync(join(instance.tools, 'make')));
  const before = instance.log();
  assert.match(
    await instance.start(),
    /^Workshop: the set-up that was started before is still at work; .+\n/,
  );
  assert.equal(instance.log(), before);
});

test('the script waits for a project that the instance clones', onInstance, async (t) => {
  const instance = await createInstance(t);
  await instance.start({ clone: false });
  await soon(() => instance.log().includes('Node v24.0.0'));
  instance.publishProject(join(instance.volume, 'clone'));
  assert.equal(await instance.mark(), 'workshop-READY.txt', instance.log());
  assert.match(instance.log(), /\/the volume\/clone\n/);
});

test(
  'a set-up that fails leaves its reason in the log, and the next start tries again',
  onInstance,
  async (t) => {
    const instance = await createInstance(t);
    fs.writeFileSync(join(instance.volume, 'broken'), '');
    await instance.start();
    assert.equal(await instance.mark(), 'workshop-FAILED.txt');
    assert.match(instance.log(), /Set-up: npm could not install the packages\.\nWorkshop: not ready\. .+\n$/);
    assert.deepEqual(instance.registered(), []);
    fs.rmSync(join(instance.volume, 'broken'));
    await instance.start();
    assert.equal(await instance.mark(), 'workshop-READY.txt');
  },
);

const troubles: Record<string, { trouble: (instance: Instance) => void; clone?: boolean; sentence: RegExp }> =
  {
    'a Node that is not what its checksum says is not unpacked': {
      trouble: ({ sources }) => fs.appendFileSync(join(sources, 'node-v24.0.0-linux-x64.tar.gz'), '!'),
      sentence: /node-v24\.0\.0-linux-x64\.tar\.gz is not what its checksum says\./,
    },
    'no way to Node is said in a sentence': {
      trouble: ({ sources }) => fs.rmSync(join(sources, 'SHASUMS256.txt')),
      sentence: /SHASUMS256\.txt could not be downloaded\. Does the instance have a way to the internet\?/,
    },
    'a place without Node for this machine is said in a sentence': {
      trouble: ({ sources }) =>
        fs.writeFileSync(join(sources, 'SHASUMS256.txt'), '00  node-v24.0.0-win-x64.zip\n'),
      sentence: /file:.+ has no Node for linux-x64\./,
    },
    'a repository that cannot be cloned is said in a sentence': {
      trouble: ({ sources }) => fs.rmSync(join(sources, 'workshop.git'), { recursive: true }),
      sentence: /workshop\.git could not be cloned\./,
    },
    'a folder that stands where the project goes is left alone': {
      trouble: ({ volume }) => fs.mkdirSync(join(volume, 'workshop')),
      sentence: /\/workshop is in the way: it is not the project, which would be cloned to it\./,
    },
    'no project is said in a sentence': {
      trouble: () => {},
      clone: false,
      sentence:
        /there is no project on .+: give the instance its Git repository, or this script its PROJECT_URL\./,
    },
  };

for (const [name, { trouble, clone = true, sentence }] of Object.entries(troubles)) {
  test(name, onInstance, async (t) => {
    const instance = await createInstance(t);
    trouble(instance);
    await instance.start({ clone, seconds: 1 });
    assert.equal(await instance.mark(), 'workshop-FAILED.txt');
    assert.match(instance.log(), sentence);
    assert.deepEqual(instance.calls(), []);
    assert.ok(!fs.existsSync(join(instance.volume, '.workshop/ready')));
  });
}

test('without a volume nothing is done', onInstance, async (t) => {
  const instance = await createInstance(t);
  fs.rmdirSync(instance.volume);
  assert.match(await instance.start(), /^Workshop: there is no volume at .+, so nothing was done\.\n/);
  assert.ok(!fs.existsSync(instance.volume));
});

test('root itself writes nothing to the volume', onInstance, async (t) => {
  const instance = await createInstance(t);
  instance.write(join(instance.tools, 'sudo'), '#!/bin/sh\nexit 1\n');
  assert.match(await instance.start(), /^Workshop: somebody cannot write to .+, so nothing was done\.\n/);
  assert.deepEqual(fs.readdirSync(instance.volume), []);
});
