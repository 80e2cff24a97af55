// lifecycle.sh on stand-ins for a notebook instance and a Studio space: a network without a way out, processes and folders
// of their own. On an instance, root runs the script; in a space, the volume's owner does, and the volume is the home.
// sudo, dnf, apt-get and the project's set-up are stand-ins that note how they were called. A stop ends every process and
// deletes everything but the volume.
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
  'basename bash cat cp curl date dirname env flock git grep gzip id mkdir mv rm sha256sum sleep sort tar tee touch uname'.split(
    ' ',
  );

function pathOf(tool: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, tool)).find((file) => fs.existsSync(file));
}

/** Leaves a line in the file `calls`, and the programs that compile. */
const installer = `
    echo "$(basename "$0") $*" >>CALLS
    [ "$1" != install ] || { cp "$0" "$(dirname "$0")/c++"; cp "$0" "$(dirname "$0")/make"; }`;

const standIns = {
  instance: {
    sudo: `
    [ "$1" != dnf ] || exec "$@"
    while [ "$1" != env ]; do shift; done
    exec env -i HOME="$(dirname "$0")/../root/home" "$@"`,
    dnf: installer,
  },
  space: { sudo: '\nexec "$@"', 'apt-get': installer },
};
type Place = keyof typeof standIns;

/** In place of the project's set-up, which the stand-in for Node runs as a shell script. `first` leaves TensorFlow out. */
const setUp = `
echo "set-up $1" >>CALLS
test "$TMPDIR" = VOLUME/.workshop/tmp && test "$npm_config_cache" = VOLUME/.workshop/cache || exit 1
mkdir -p "$npm_config_cache"
if [ "$1" = tensorflow ]; then
  if [ ! -e compiled ]; then
    command -v c++ >/dev/null && command -v make >/dev/null || { echo "Set-up: A C++ compiler is missing"; exit 1; }
    [ ! -e VOLUME/slow ] || sleep 100
    touch compiled
  fi
  exit
fi
[ ! -e VOLUME/slow-first ] || sleep 100
[ ! -e VOLUME/broken ] || { echo "Set-up: npm could not install the packages."; exit 1; }
mkdir -p dist/jupyter
echo '[ -e notebooks/copy ] || echo new >notebooks/copy' >dist/jupyter/copies.js
for part in kernels/tslab labextensions/jupyterlab-plotly; do
  mkdir -p ".venv/share/jupyter/$part"
  echo '{ "argv": ["node", "--require", "/there/dist/jupyter/kernel.js"] }' >".venv/share/jupyter/$part/kernel.json"
done
echo "Set-up: ready"
`;

const nodeStandIn = (version: string) =>
  `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || exec /bin/sh "$@"\n`;

class Machine {
  readonly volume: string;
  /** Lost at a stop: the home of a notebook machine. */
  readonly root: string;
  readonly home: string;
  /** A space's image has Node in bin/. */
  readonly conda: string;
  readonly tools: string;
  /** Where Node's archive and the project's repository are got from. */
  readonly sources: string;
  private readonly callsFile: string;
  private machine: ChildProcess | undefined;

  constructor(
    t: TestContext,
    readonly folder: string,
    readonly place: Place,
  ) {
    this.volume = join(folder, 'the volume');
    this.root = join(folder, 'root');
    this.home = place === 'space' ? this.volume : join(this.root, 'home');
    this.conda = join(folder, 'conda');
    this.tools = join(folder, 'tools');
    this.sources = join(folder, 'sources');
    this.callsFile = join(folder, 'calls');
    for (const made of [this.volume, this.home, this.tools, this.sources]) {
      fs.mkdirSync(made, { recursive: true });
    }
    for (const tool of systemTools) fs.symlinkSync(pathOf(tool) ?? '', join(this.tools, tool));
    for (const [name, text] of Object.entries(standIns[place]))
      this.write(join(this.tools, name), `#!/bin/sh${text}\n`);
    this.publishNode();
    if (place === 'space') this.provideImage();
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
    this.write(join(this.sources, name, 'bin/node'), nodeStandIn('v24.0.0'));
    this.run('tar', '-czf', `${name}.tar.gz`, name);
    const { stdout } = this.run('sha256sum', `${name}.tar.gz`);
    const another = `${'0'.repeat(64)}  node-v24.0.0-linux-arm64.tar.gz\n`;
    fs.writeFileSync(join(this.sources, 'SHASUMS256.txt'), another + stdout);
  }

  /** The image's Node with its headers, and its compiler. */
  provideImage(version = 'v20.19.6'): void {
    this.write(join(this.conda, 'bin/node'), nodeStandIn(version));
    this.write(join(this.conda, 'include/node/node_api.h'), '');
    for (const tool of ['c++', 'make']) this.write(join(this.tools, tool), '');
  }

  /** A repository with the project, or that project on the volume. */
  publishProject(folder = join(this.sources, 'workshop.git')): void {
    this.write(join(folder, 'src/setup.mjs'), setUp);
    this.write(join(folder, 'lifecycle.sh'), '');
    this.write(join(folder, 'notebooks/notebook.ipynb'), '');
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

  /** Starts the machine, unless it runs, and runs the script to its end as the agent does. */
  async start({ clone = true, seconds = 60, from = script } = {}): Promise<string> {
    const [file = '', ...options] = unshare;
    const loop = `while read -r path; do bash "$path"; echo "exit code $?"; done`;
    this.machine ??= spawn(file, [...options, '/bin/bash', '--norc', '-c', loop], {
      env: {
        PATH: this.tools,
        VOLUME: this.volume,
        NODE_URL: `file://${this.sources.replaceAll(' ', '%20')}`,
        PROJECT_URL: clone ? `file://${join(this.sources, 'workshop.git')}` : '',
        CLONE_SECONDS: String(seconds),
        CONDA: this.conda,
        OWNER: this.place === 'space' ? 'root' : 'somebody',
        HOME: this.home,
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
    stdin.write(`${from}\n`);
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
    if (this.place === 'space') return;
    fs.rmSync(this.root, { recursive: true });
    fs.mkdirSync(this.home, { recursive: true });
    for (const tool of ['c++', 'make']) fs.rmSync(join(this.tools, tool), { force: true });
  }

  /** Waits for the background to end; the name of the mark that it leaves. */
  async mark(): Promise<string | undefined> {
    const isFree = () => spawnSync('flock', ['--nonblock', this.volume, 'true']).status === 0;
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
    const share = join(this.home, '.local/share/jupyter');
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

/** The calls of a start where everything is set up and there is a compiler. */
const setUpAgain = ['set-up first', 'set-up tensorflow'];
const everything = ['kernels/tslab', 'labextensions/jupyterlab-plotly'];
const onMachine = { skip: reasonToSkip(), timeout: 20_000 };

async function createMachine(t: TestContext, place: Place = 'instance'): Promise<Machine> {
  const machine = new Machine(t, await temporaryFolder(t), place);
  machine.publishProject();
  return machine;
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

test('without root or the volume’s owner, it reports that and does nothing', () => {
  const options = isRoot ? { uid: 65534, cwd: '/' } : {};
  const input = fs.readFileSync(script);
  const { status, stderr } = spawnSync('/bin/bash', ['-s'], { input, encoding: 'utf8', ...options });
  assert.deepEqual(
    { status, stderr },
    { status: 0, stderr: 'Workshop: this script runs as root or as ec2-user: sudo bash lifecycle.sh\n' },
  );
});

test(
  'a first start sets everything up on the volume, registers it and leaves a mark',
  onMachine,
  async (t) => {
    const machine = await createMachine(t);
    const said = await machine.start();
    assert.match(said, /^Workshop: the set-up goes on in the background; its log is .+workshop\.log\n/);
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    assert.deepEqual(machine.calls(), [
      'set-up first',
      'set-up tensorflow',
      'dnf install --assumeyes --quiet gcc-c++ make',
      'set-up tensorflow',
    ]);
    assert.deepEqual(machine.registered(), everything);
    assert.match(machine.log(), /Node v24\.0\.0\nWorkshop: project .+\/workshop\n/);
    const ends =
      /Workshop: ready, \d+ s after the start\.\nWorkshop: TensorFlow is ready, \d+ s after the start\.\n$/;
    assert.match(machine.log(), ends);
    assert.deepEqual(fs.readdirSync(join(machine.volume, '.workshop')).sort(), ['node', 'ready']);
  },
);

test('a second start on the same machine installs nothing again', onMachine, async (t) => {
  const machine = await createMachine(t);
  await machine.start();
  await machine.mark();
  machine.calls();
  const copy = join(machine.volume, 'workshop/notebooks/copy');
  assert.equal(fs.readFileSync(copy, 'utf8'), 'new\n');
  fs.writeFileSync(copy, 'edited');
  await machine.start();
  assert.equal(await machine.mark(), 'workshop-READY.txt');
  assert.deepEqual(machine.calls(), setUpAgain);
  assert.deepEqual(machine.registered(), everything);
  assert.equal(fs.readFileSync(copy, 'utf8'), 'edited');
});

test(
  'READY comes with the kernel, while TensorFlow is set up, and what is left for it stays',
  onMachine,
  async (t) => {
    const machine = await createMachine(t);
    fs.writeFileSync(join(machine.volume, 'slow'), '');
    await machine.start();
    await soon(() => machine.marks()[0] === 'workshop-READY.txt');
    assert.deepEqual(machine.registered(), everything);
    assert.ok(fs.existsSync(join(machine.volume, '.workshop/tmp')), 'what set-up downloads to');
    assert.doesNotMatch(machine.log(), /TensorFlow is ready/);
    await machine.stop();
    fs.rmSync(join(machine.volume, 'slow'));
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    assert.match(machine.log(), /TensorFlow is ready/);
  },
);

test('without a compiler to be had, everything but TensorFlow is ready', onMachine, async (t) => {
  const machine = await createMachine(t, 'space');
  for (const tool of ['c++', 'make']) fs.rmSync(join(machine.tools, tool));
  machine.write(join(machine.tools, 'apt-get'), '#!/bin/sh\nexit 1\n');
  await machine.start();
  assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
  assert.deepEqual(machine.registered(), everything);
  assert.match(
    machine.log(),
    /the compiler could not be installed\.\n.*A C\+\+ compiler is missing\n.*TensorFlow could not be set up/s,
  );
});

test(
  'after a stop, kernel and renderer are there when the script returns, with no network',
  onMachine,
  async (t) => {
    const machine = await createMachine(t);
    await machine.start();
    await machine.mark();
    await machine.stop();
    machine.calls();
    assert.deepEqual(machine.registered(), []);
    fs.rmSync(machine.sources, { recursive: true });
    await machine.start();
    assert.deepEqual(machine.registered(), everything);
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    const calls = ['set-up first', 'set-up tensorflow', 'set-up tensorflow'];
    assert.deepEqual(machine.calls(), calls, 'the compiler is not installed for nothing');
  },
);

test('a stop in the middle of the set-up is made up for by the next start', onMachine, async (t) => {
  const machine = await createMachine(t);
  const slow = join(machine.volume, 'slow-first');
  fs.writeFileSync(slow, '');
  await machine.start();
  await soon(() => machine.calls().includes('set-up first'));
  assert.deepEqual(machine.marks(), ['workshop-SETTING-UP.txt']);
  await machine.stop();
  assert.deepEqual(machine.marks(), ['workshop-SETTING-UP.txt']);

  fs.rmSync(slow);
  await machine.start();
  assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
  assert.deepEqual(machine.registered(), everything);
});

test('what a stop cut short is made anew', onMachine, async (t) => {
  const machine = await createMachine(t);
  for (const part of ['node.part/bin/node', 'project.part/src/setup.mjs', 'tmp/left']) {
    machine.write(join(machine.volume, '.workshop', part), 'exit 1');
  }
  await machine.start();
  assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
});

test('a start while the set-up is at work leaves it alone', onMachine, async (t) => {
  const machine = await createMachine(t);
  fs.writeFileSync(join(machine.volume, 'slow-first'), '');
  await machine.start();
  await soon(() => machine.log().includes('Workshop: project') && machine.calls().length > 0);
  const before = machine.log();
  assert.match(await machine.start(), /^Workshop: the set-up that was started before is still at work; .+\n/);
  assert.equal(machine.log(), before);
});

test('the script waits for a project that the instance clones', onMachine, async (t) => {
  const machine = await createMachine(t);
  await machine.start({ clone: false });
  await soon(() => machine.log().includes('Node v24.0.0'));
  machine.publishProject(join(machine.volume, 'clone'));
  assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
  assert.match(machine.log(), /\/the volume\/clone\n/);
});

test(
  'a set-up that fails leaves its reason in the log, and the next start tries again',
  onMachine,
  async (t) => {
    const machine = await createMachine(t);
    fs.writeFileSync(join(machine.volume, 'broken'), '');
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-FAILED.txt');
    assert.match(
      machine.log(),
      /npm could not install the packages\.\nWorkshop: not ready\. .+\/workshop\/lifecycle\.sh\n$/,
    );
    assert.deepEqual(machine.registered(), []);
    fs.rmSync(join(machine.volume, 'broken'));
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-READY.txt');
  },
);

const troubles: Record<string, { trouble: (machine: Machine) => void; clone?: boolean; sentence: RegExp }> = {
  'a Node that is not what its checksum says is not unpacked': {
    trouble: ({ sources }) => fs.appendFileSync(join(sources, 'node-v24.0.0-linux-x64.tar.gz'), '!'),
    sentence: /node-v24\.0\.0-linux-x64\.tar\.gz is not what its checksum says\./,
  },
  'no way to Node is said in a sentence': {
    trouble: ({ sources }) => fs.rmSync(join(sources, 'SHASUMS256.txt')),
    sentence: /SHASUMS256\.txt could not be downloaded\. Is there a way to the internet\?/,
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
    sentence: /there is no project on .+: clone it to there, or give this script its PROJECT_URL\./,
  },
};

for (const [name, { trouble, clone = true, sentence }] of Object.entries(troubles)) {
  test(name, onMachine, async (t) => {
    const machine = await createMachine(t);
    trouble(machine);
    await machine.start({ clone, seconds: 1 });
    assert.equal(await machine.mark(), 'workshop-FAILED.txt');
    assert.match(machine.log(), sentence);
    assert.deepEqual(machine.calls(), []);
    assert.ok(!fs.existsSync(join(machine.volume, '.workshop/ready')));
  });
}

test('of two copies of the project, the one whose script runs is set up', onMachine, async (t) => {
  const machine = await createMachine(t);
  for (const name of ['a', 'b']) machine.publishProject(join(machine.volume, name));
  const from = join(machine.volume, 'b/lifecycle.sh');
  fs.copyFileSync(script, from);
  await machine.start({ from });
  assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
  assert.match(machine.log(), /Workshop: project .+\/b\n/);
});

test('without a volume nothing is done', onMachine, async (t) => {
  const machine = await createMachine(t);
  fs.rmdirSync(machine.volume);
  assert.match(await machine.start(), /^Workshop: there is no volume at .+, so nothing was done\.\n/);
  assert.ok(!fs.existsSync(machine.volume));
});

test('root itself writes nothing to the volume', onMachine, async (t) => {
  const machine = await createMachine(t);
  machine.write(join(machine.tools, 'sudo'), '#!/bin/sh\nexit 1\n');
  assert.match(await machine.start(), /^Workshop: somebody cannot write to .+, so nothing was done\.\n/);
  assert.deepEqual(fs.readdirSync(machine.volume), []);
});

test(
  'in a Studio space, its user sets everything up with the image’s Node, at every start, also without a network',
  onMachine,
  async (t) => {
    const machine = await createMachine(t, 'space');
    assert.match(await machine.start(), /^Workshop: the set-up goes on in the background; /);
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    assert.match(machine.log(), /Node v20\.19\.6\nWorkshop: project .+\/workshop\n/);
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    await machine.stop();
    fs.rmSync(machine.sources, { recursive: true });
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    assert.deepEqual(machine.calls(), [...setUpAgain, ...setUpAgain, ...setUpAgain]);
    assert.deepEqual(machine.registered(), everything);
    assert.deepEqual(fs.readdirSync(join(machine.volume, '.workshop')), ['ready']);
  },
);

const unfit: Record<string, (machine: Machine) => void> = {
  'is too old': (machine) => machine.provideImage('v20.9.0'),
  'lacks headers': ({ conda }) => fs.rmSync(join(conda, 'include'), { recursive: true }),
  'is missing': ({ conda }) => fs.rmSync(conda, { recursive: true }),
};

for (const [reason, spoil] of Object.entries(unfit)) {
  test(`a space whose image’s Node ${reason} gets one of its own`, onMachine, async (t) => {
    const machine = await createMachine(t, 'space');
    spoil(machine);
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    assert.match(machine.log(), /Node v24\.0\.0\n/);
  });
}

test('a space without a compiler installs it', onMachine, async (t) => {
  const machine = await createMachine(t, 'space');
  for (const tool of ['c++', 'make']) fs.rmSync(join(machine.tools, tool));
  await machine.start();
  assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
  assert.deepEqual(machine.calls(), [
    'set-up first',
    'set-up tensorflow',
    'apt-get update --quiet=2',
    'apt-get install --yes --quiet=2 g++ make',
    'set-up tensorflow',
  ]);
});

test('your own kernel named tslab and the image’s renderer stay', onMachine, async (t) => {
  const machine = await createMachine(t, 'space');
  const kernels = join(machine.home, '.local/share/jupyter/kernels');
  machine.write(join(kernels, 'tslab/kernel.json'), '{ "argv": ["tslab"] }');
  machine.write(join(machine.conda, 'share/jupyter/labextensions/jupyterlab-plotly/package.json'), '{}');
  for (const _ of ['first start', 'second start']) {
    await machine.start();
    assert.equal(await machine.mark(), 'workshop-READY.txt', machine.log());
    assert.deepEqual(machine.registered(), ['kernels/tslab']);
    assert.deepEqual(fs.readdirSync(kernels).sort(), ['tslab', 'tslab-before-workshop']);
    assert.match(fs.readFileSync(join(kernels, 'tslab-before-workshop/kernel.json'), 'utf8'), /\["tslab"\]/);
  }
});
