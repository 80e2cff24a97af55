// The project's set-up (`npm run setup`): npm packages, Jupyter, TensorFlow for Node, the TypeScript kernel and
// the build. It runs before node_modules is there, so it uses Node's built-ins only. What is done already is
// skipped: a run after an interrupted or killed one goes on where that stopped. One at a time works in a checkout. In the
// build of the image, `--container` makes what its stages take from: packages, stripped TensorFlow, the binding.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(ROOT, ...parts);

const REQUIREMENTS = at('notebooks/requirements.txt');
const VENV = at('.venv');
const VENV_PYTHON = at('.venv/bin/python');
const IN_CONTAINER = process.argv[2] === '--container';
const PYTHON = IN_CONTAINER ? 'python3' : VENV_PYTHON;
const TFJS_NODE = at('node_modules/@tensorflow/tfjs-node');

/** What only a set-up at work needs. */
const SCRATCH = at('.setup');

/** The environment variable by which a later set-up knows the commands of this one again. Its value is ROOT. */
const MARK = 'SETUP_OF';

/** include/ and lib/ of libtensorflow: out of the wheel, or links to the one that LIBTENSORFLOW names. */
const TENSORFLOW = at('.tensorflow');
const LIBRARY_FILES = [
  'include/tensorflow/c/c_api.h',
  'lib/libtensorflow.so',
  'lib/libtensorflow_framework.so',
];

/**
 * The wheel that libtensorflow is taken from. Python version and platform are those of the wheel, not of this
 * machine: only its C libraries and headers are used. Later versions ask for a newer glibc.
 */
const WHEEL = {
  requirement: 'tensorflow-cpu==2.15.1',
  python: '3.11',
  platform: 'manylinux_2_17_x86_64',
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  megabytes: 207,
};

/** The minor version of TensorFlow 2 that tfjs-node is made for, and the latest that has been tried with it. */
const TENSORFLOW_MINOR = { first: 9, tried: 21 };

/** Set-up cannot go on. The message holds a sentence for every cause, `log` what a command said. */
class SetupError extends Error {
  constructor(message, log = '') {
    super(message);
    this.log = log;
  }
}

async function main() {
  const started = performance.now();
  const stray = process.argv.slice(IN_CONTAINER ? 3 : 2)[0];
  if (stray) throw new SetupError(`set-up takes no arguments, not "${stray}".`);
  await takeTurn();
  await endOrphans();
  clearScratch();
  try {
    const steps = plan();
    checkMachine(steps);
    await carryOut(steps.packages);
    await carryOut(steps.jupyter);
    await carryOut(steps.tensorflow);
    if (IN_CONTAINER) await stripTensorflow();
    await carryOut(steps.binding);
    if (IN_CONTAINER) return;
    writeJupyterFiles();
    await build();
    await convertVectors();
  } finally {
    clearScratch();
  }
  console.log(`Set-up: ready (${seconds(started, 1)})`);
}

/**
 * Waits until no other set-up works in this checkout, and keeps others waiting until this process ends. The lock is
 * a socket without a file, which the system frees however its holder ends.
 */
async function takeTurn() {
  const { dev, ino } = fs.statSync(ROOT);
  // Of full length, since Node 20 fills the name up and later ones do not.
  const name = `\0set-up of ${dev} ${ino} `.padEnd(108, '-');
  for (let told = false; ; await sleep(50)) {
    const turn = net.createServer((visitor) => {
      visitor.on('error', () => {}).unref();
      visitor.write(`${process.pid}`);
    });
    const taken = once(turn.listen(name), 'listening');
    // Where there are no such sockets, there is no TensorFlow either, which is said later.
    const code = await taken.catch((error) => error.code);
    if (code !== 'EADDRINUSE') return turn.unref();
    const visit = net.connect(name).on('error', () => {});
    visit.on('data', (pid) => {
      if (!told)
        console.log(`Set-up: another one is at work in this folder (process ${pid}); waiting for its end.`);
      told = true;
    });
    await new Promise((resolve) => visit.once('close', resolve));
  }
}

/** Ends what a set-up that was killed has left running: it would go on writing where this one writes. */
async function endOrphans() {
  if (!fs.existsSync('/proc')) return;
  const isOrphan = (pid) => readIfThere(`/proc/${pid}/environ`)?.split('\0').includes(`${MARK}=${ROOT}`);
  const orphans = () => fs.readdirSync('/proc').map(Number).filter(isOrphan);
  for (let found = orphans(); found.length > 0; found = orphans()) {
    found.forEach(kill);
    await sleep(50);
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended in this moment.
    if (error.code !== 'ESRCH') throw error;
  }
}

/** A place in the scratch folder. */
function scratch(name) {
  if (!fs.existsSync(SCRATCH)) makeIgnoredFolder(SCRATCH);
  return path.join(SCRATCH, name);
}

function clearScratch() {
  const workshop = path.join(SCRATCH, 'workshop');
  if (fs.lstatSync(workshop, { throwIfNoEntry: false })) remove(fs.readlinkSync(workshop));
  remove(SCRATCH);
}

function remove(place) {
  fs.rmSync(place, { recursive: true, force: true });
}

/** The steps that leave a stamp. A step is done when its stamp holds its value: what it was made from. */
function plan() {
  const python = interpreter();
  const library = libtensorflow();
  const packages = {
    label: 'npm packages',
    megabytes: 1010,
    makes: at('node_modules'),
    stamp: at('node_modules/.setup'),
    value: sha256(at('package-lock.json')),
    run: installPackages,
  };
  const jupyter = !IN_CONTAINER && {
    label: 'Jupyter',
    megabytes: 330,
    makes: VENV,
    stamp: path.join(VENV, '.setup'),
    // Scripts in a virtual environment hold its absolute path: it cannot be moved along with the project.
    value: `${sha256(REQUIREMENTS)} Python ${python.version} ${ROOT}`,
    run: () => installJupyter(python.command),
  };
  const tensorflow = {
    label: 'libtensorflow',
    megabytes: library.folder ? 0 : 600,
    makes: TENSORFLOW,
    stamp: path.join(TENSORFLOW, '.setup'),
    value: library.id,
    run: () => (library.folder ? linkTensorflow(library.folder) : downloadTensorflow()),
  };
  const binding = {
    label: 'TensorFlow binding',
    megabytes: 0,
    makes: path.join(TFJS_NODE, 'lib'),
    stamp: path.join(TFJS_NODE, '.setup'),
    value: `Node ABI ${process.versions.modules}, bound to nothing but ${library.id}`,
    run: compileBinding,
  };
  return { python, packages, jupyter, tensorflow, binding };
}

/** Whether there is nothing to do for a step; the container has no Jupyter at all. */
const isDone = (step) => !step || readIfThere(step.stamp) === step.value;

async function carryOut(step) {
  if (isDone(step)) return;
  remove(step.stamp);
  try {
    await timed(step.megabytes ? `${step.label} (${step.megabytes} MB on disk)` : step.label, step.run);
    fs.writeFileSync(step.stamp, step.value);
  } catch (error) {
    if (!interrupted) remove(step.makes);
    throw error;
  }
}

/** Throws one sentence for every thing that the remaining steps need and this machine lacks. */
function checkMachine({ python, packages, jupyter, tensorflow, binding }) {
  const remaining = [packages, jupyter, tensorflow, binding].filter((step) => !isDone(step));
  // `npm ci` takes the binding away with the other packages.
  const compiles = !isDone(packages) || !isDone(binding);
  if (compiles || !isDone(tensorflow)) checkPlatform();
  const missing = [];
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    missing.push(`Node 20.12 or later is needed, this is ${process.version}: nvm install 22`);
  }
  if (!isDone(packages) && !onPath('npm')) missing.push(`npm is missing: ${install('npm', 'npm')}`);
  if (!isDone(jupyter)) missing.push(...missingFromPython(python));
  if (!isDone(jupyter) && ROOT.includes(':')) {
    missing.push(`Python makes no environment where a path holds a colon: move the project from ${ROOT}.`);
  }
  if (compiles && !compiler()) {
    const named = process.env.CXX ? `The C++ compiler CXX=${process.env.CXX}` : 'A C++ compiler';
    missing.push(`${named} is missing: ${install('gcc-c++', 'g++')}`);
  }
  if (compiles && !onPath('make')) missing.push(`make is missing: ${install('make', 'make')}`);
  if (compiles && !nodeHeaders()) {
    missing.push(
      `Node's headers are missing beside ${process.execPath}: ${install('nodejs-devel', 'libnode-dev')}, or use ` +
        "Node's official archive, which holds them, or set npm_config_nodedir to the folder above their include/node",
    );
  }
  const unwritable = [ROOT, ...remaining.map((step) => step.makes)].find((folder) => !isWritable(folder));
  if (remaining.length > 0 && unwritable) {
    missing.push(`Cannot write into ${unwritable}: make it this user's own, or clone the project elsewhere.`);
  }
  const megabytes = remaining.reduce((sum, step) => sum + step.megabytes, 0);
  const free = freeMegabytes(ROOT);
  if (free < megabytes)
    missing.push(`${megabytes} MB of disk space are needed in ${ROOT}, ${free} MB are free.`);
  if (missing.length > 0) throw new SetupError(missing.join('\n'));
}

function checkPlatform() {
  const machine = `${process.platform} ${process.arch}`;
  process.report.excludeNetwork = true;
  const glibc = machine === 'linux x64' && process.report.getReport().header.glibcVersionRuntime;
  if (!glibc) {
    const named = machine === 'linux x64' ? `${machine} without glibc` : machine;
    throw new SetupError(`TensorFlow for Node needs Linux on x86-64 with glibc, this is ${named}.`);
  }
  if (IN_CONTAINER && Number(glibc.split('.')[1]) < 31) {
    throw new SetupError(`the base image must have glibc 2.31 or later, this one has ${glibc}.`);
  }
}

function freeMegabytes(folder) {
  const { bavail, bsize } = fs.statfsSync(folder);
  return Math.floor((bavail * bsize) / 1e6);
}

function missingFromPython({ command, version, hasVenv }) {
  if (!version) return [`Python 3.9 or later is missing (${command}): ${install('python3', 'python3-venv')}`];
  if (!/^3\.(9|\d\d)$/.test(version)) {
    const newer = install('python3.11', 'python3.11-venv');
    return [`Python 3.9 or later is needed, ${command} is ${version}: ${newer}, then set PYTHON=python3.11`];
  }
  if (hasVenv) return [];
  return [`Python's venv module is missing (${command}): ${install('python3-pip', 'python3-venv')}`];
}

/** PYTHON, or the interpreter of the virtual environment that is there, or python3. */
function interpreter() {
  const command = process.env.PYTHON || (readIfThere(path.join(VENV, '.setup')) ? VENV_PYTHON : 'python3');
  const asked = askPython(command);
  // The Python that a virtual environment was made with may be gone.
  return asked.version || command !== VENV_PYTHON ? asked : askPython('python3');
}

function askPython(command) {
  const question =
    'import sys; print("%d.%d" % sys.version_info[:2]); sys.stdout.flush(); import venv, ensurepip';
  const answer = spawnSync(command, ['-c', question], { encoding: 'utf8' });
  return { command, version: answer.stdout?.trim(), hasVenv: answer.status === 0 };
}

/** The C++ compiler: CXX (which may carry arguments) or what is on the PATH. */
function compiler() {
  if (process.env.CXX) return onPath(process.env.CXX.split(' ')[0]) && process.env.CXX;
  return ['c++', 'g++', 'clang++'].find(onPath);
}

/** The line that installs a package, for the package managers that are here, or for both. */
function install(dnf, apt) {
  const lines = { dnf: `sudo dnf install ${dnf}`, 'apt-get': `sudo apt-get install ${apt}` };
  const here = Object.keys(lines).filter(onPath);
  return (here.length > 0 ? here : Object.keys(lines)).map((manager) => lines[manager]).join(' or ');
}

/** The file that a command name stands for, as a shell would find it. */
function onPath(command) {
  const folders = command.includes('/') ? [''] : (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, command)).find(isExecutable);
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Whether a place, or the folder that it would be made in, may be written to. */
function isWritable(place) {
  if (!fs.existsSync(place) && path.dirname(place) !== place) return isWritable(path.dirname(place));
  try {
    // With a dot, so that a file counts as no place to make a folder in.
    fs.accessSync(`${place}/.`, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function installPackages() {
  // Without install scripts: tfjs-node's own has nothing left to download, and no other package needs one.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  // Not every home folder may be written to.
  const cache = isWritable(npmCache()) ? npmCache() : scratch('npm');
  const env = { ...process.env, npm_config_cache: cache, npm_config_update_notifier: 'false' };
  const refusal = await askProxy(env);
  // npm would try a proxy that refuses for minutes, and needs none where its cache holds everything.
  if (refusal) args.push('--offline');
  const sentence = refusal ? proxySentence(refusal) : 'npm could not install the packages.';
  await run('npm', args, sentence, { env, isExplained: refusal !== undefined });
}

const npmCache = () => process.env.npm_config_cache || path.join(os.homedir(), '.npm');

/** What the proxy that npm goes through answers instead of a connection, if it does. */
async function askProxy(env) {
  const proxy = findProxy();
  if (!proxy) return undefined;
  const ping = ['ping', '--fetch-retries=0', '--fetch-timeout=10000'];
  const { log } = (await run('npm', ping, '', { env }).catch((error) => error)) ?? {};
  const [, registry] = /PING (\S+)/.exec(log ?? '') ?? [];
  return registry && (await connectThrough(proxy.url, new URL(registry)));
}

/** Resolves to what keeps a proxy from connecting to a server, or to undefined. */
async function connectThrough(proxy, server) {
  const isSafe = proxy.protocol === 'https:';
  const secret = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const request = (isSafe ? https : http).request({
    host: proxy.hostname,
    port: proxy.port || (isSafe ? 443 : 80),
    method: 'CONNECT',
    path: `${server.hostname}:${server.port || 443}`,
    headers: proxy.username
      ? { 'proxy-authorization': `Basic ${Buffer.from(secret).toString('base64')}` }
      : {},
    timeout: 10_000,
  });
  request.on('timeout', () => request.destroy(new Error('it says nothing for 10 s')));
  try {
    const [{ statusCode }, socket] = await once(request.end(), 'connect');
    socket.destroy();
    return statusCode === 200 ? undefined : `it answers ${statusCode}`;
  } catch (error) {
    return error.message || error.code;
  }
}

/** The proxy that this machine's variables name for https, and the variable. */
function findProxy() {
  const names = ['npm_config_https_proxy', 'https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  const variable = names.find((name) => process.env[name]);
  if (!variable) return undefined;
  const text = process.env[variable];
  const url = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(url)) throw new SetupError(`${variable}=${text} is no proxy: write http://HOST:PORT.`);
  return { variable, url: new URL(url) };
}

/** Names the proxy without its password. */
function proxySentence(reason) {
  const { variable = "npm's or pip's configuration", url } = findProxy() ?? {};
  const where = url ? `${url.protocol}//${url.host} (${variable})` : `of ${variable}`;
  return (
    `The proxy ${where} lets nothing through: ${reason}. Set ${variable} to one that does, with a name and password ` +
    'where it wants them (http://NAME:PASSWORD@HOST:PORT), or unset it where there is a way without.'
  );
}

async function installJupyter(python) {
  // An environment cannot be made anew by the interpreter inside it, only by the one that this links to.
  const maker = python === VENV_PYTHON ? fs.realpathSync(python) : python;
  await run(maker, ['-m', 'venv', '--clear', VENV], 'Python could not make the virtual environment .venv.');
  // pip leaves what it had unpacked when it is interrupted.
  const env = { ...process.env, TMPDIR: scratch('pip') };
  fs.mkdirSync(env.TMPDIR);
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await run(VENV_PYTHON, args, 'pip could not install notebooks/requirements.txt.', { env });
}

/** Registers the TypeScript kernel, as `tslab install` would but for this Node; keeps JupyterLab quiet. */
function writeJupyterFiles() {
  const kernel = {
    argv: [
      process.execPath,
      '--require',
      at('dist/kernel.js'),
      at('node_modules/tslab/bin/tslab'),
      'kernel',
      '--config-path',
      '{connection_file}',
    ],
    display_name: 'TypeScript',
    language: 'typescript',
  };
  const settings = {
    '@jupyterlab/apputils-extension:notification': { fetchNews: 'false', checkForUpdates: false },
  };
  // The kernel sends text in few messages; updates of charts and bars are many, and Jupyter would drop some of them.
  const limits = {
    ZMQChannelsWebsocketConnection: { iopub_msg_rate_limit: 0, iopub_data_rate_limit: 20_000_000 },
  };
  const share = path.join(VENV, 'share/jupyter');
  const written = [
    writeIfChanged(path.join(share, 'kernels/tslab/kernel.json'), kernel),
    writeIfChanged(path.join(share, 'lab/settings/overrides.json'), settings),
    writeIfChanged(path.join(VENV, 'etc/jupyter/jupyter_server_config.json'), limits),
  ];
  if (written.includes(true)) console.log('TypeScript kernel … registered in .venv');
}

function writeIfChanged(file, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (readIfThere(file) === text) return false;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return true;
}

/**
 * The libtensorflow to bind to: LIBTENSORFLOW, or what .tensorflow holds, or a download. `folder` is where it lies
 * when it is not ours. One that the machine happens to have is never taken unasked.
 */
function libtensorflow() {
  const ours = { id: WHEEL.requirement };
  const asked = process.env.LIBTENSORFLOW;
  if (asked && !holdsLibrary(asked)) {
    throw new SetupError(`LIBTENSORFLOW=${asked} must hold ${LIBRARY_FILES.join(', ')}.`);
  }
  const present = readIfThere(path.join(TENSORFLOW, '.setup'));
  // What the image holds must not depend on what its base holds.
  if (IN_CONTAINER || (!asked && present === ours.id)) return ours;
  const folder = [asked, present?.split('\n')[0]].find(holdsLibrary);
  if (!folder) return ours;
  const { size, mtimeMs } = fs.statSync(path.join(folder, 'lib/libtensorflow.so'));
  return { folder: path.resolve(folder), id: `${path.resolve(folder)}\n${size} bytes of ${mtimeMs}` };
}

function holdsLibrary(folder) {
  return folder && LIBRARY_FILES.every((file) => fs.existsSync(path.join(folder, file)));
}

async function linkTensorflow(folder) {
  process.stdout.write(`the one in ${folder} …`);
  await checkVersion(folder);
  remove(TENSORFLOW);
  makeIgnoredFolder(TENSORFLOW);
  for (const part of ['include', 'lib']) fs.symlinkSync(path.join(folder, part), path.join(TENSORFLOW, part));
}

/** Throws where a library is not of a version that the binding goes with. It is asked itself. */
async function checkVersion(folder) {
  const library = path.join(folder, 'lib/libtensorflow.so');
  const { stdout, stderr } = spawnSync(VENV_PYTHON, ['-c', TENSORFLOW_VERSION, library], {
    encoding: 'utf8',
  });
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(stdout) ?? [];
  const { first, tried } = TENSORFLOW_MINOR;
  if (major === '2' && Number(minor) >= first) return;
  const found = major
    ? `is TensorFlow ${stdout.trim()}`
    : `cannot be loaded (${stderr.trim().split('\n').at(-1)})`;
  throw new SetupError(
    `${library} ${found}: TensorFlow 2.${first} or later is needed (tried: up to 2.${tried}). ` +
      'Name another with LIBTENSORFLOW, or unset it to have one downloaded.',
  );
}

const TENSORFLOW_VERSION = `
import ctypes, sys
version = ctypes.CDLL(sys.argv[1]).TF_Version
version.restype = ctypes.c_char_p
print(version().decode())
`;

async function downloadTensorflow() {
  console.log(`downloading ${WHEEL.megabytes} MB`);
  const part = scratch('tensorflow');
  makeIgnoredFolder(part);
  const requirement = path.join(part, 'requirement.txt');
  fs.writeFileSync(requirement, `${WHEEL.requirement} --hash=sha256:${WHEEL.sha256}\n`);
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--no-cache-dir',
  ];
  args.push('--disable-pip-version-check', '--python-version', WHEEL.python, '--platform', WHEEL.platform);
  args.push('--dest', part, '--requirement', requirement);
  const env = { ...process.env, TMPDIR: part };
  await run(PYTHON, args, `pip could not download ${WHEEL.requirement}.`, { visible: true, env });
  process.stdout.write('libtensorflow … unpacking … ');
  await run(PYTHON, ['-c', UNPACK, part], 'the TensorFlow wheel could not be unpacked.');
  remove(TENSORFLOW);
  fs.renameSync(part, TENSORFLOW);
}

/** A quarter smaller without the symbols that only linkers and debuggers read. */
async function stripTensorflow() {
  const libraries = LIBRARY_FILES.filter((file) => file.startsWith('lib/'));
  const files = libraries.map((file) => fs.realpathSync(path.join(TENSORFLOW, file)));
  await timed('stripping libtensorflow', () =>
    run('strip', ['--strip-unneeded', ...files], 'the TensorFlow libraries could not be stripped.'),
  );
}

function makeIgnoredFolder(folder) {
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, '.gitignore'), '*\n');
}

/** Python: takes the C libraries and headers out of the wheel in a folder and deletes the wheel. */
const UNPACK = `
import os, shutil, sys, zipfile
os.chdir(sys.argv[1])
wheel = next(name for name in os.listdir('.') if name.endswith('.whl'))
folders = ('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/')
headers = tuple('tensorflow/include/' + folder for folder in folders)
libraries = {
    'libtensorflow.so': 'libtensorflow_cc.so.2',
    'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
}
with zipfile.ZipFile(wheel) as archive:
    wanted = ['tensorflow/' + name for name in libraries.values()]
    archive.extractall(members=wanted + [name for name in archive.namelist() if name.startswith(headers)])
os.mkdir('lib')
for link, name in libraries.items():
    os.rename('tensorflow/' + name, 'lib/' + name)
    os.symlink(name, 'lib/' + link)
os.rename('tensorflow/include', 'include')
os.rmdir('tensorflow')
os.remove(wheel)
os.remove('requirement.txt')
`;

async function compileBinding() {
  const deps = path.join(TFJS_NODE, 'deps');
  remove(deps);
  fs.mkdirSync(deps);
  // Relative links, so that the project can be moved.
  for (const part of ['include', 'lib']) {
    fs.symlinkSync(path.relative(deps, path.join(TENSORFLOW, part)), path.join(deps, part));
  }
  // Make takes spaces and quotes in a path for its own, so it works elsewhere; the binding finds deps/ by $ORIGIN.
  const temporary = /^[\w./-]+$/.test(os.tmpdir()) ? os.tmpdir() : '/tmp';
  const workshop = path.join(temporary, `tfjs-node-${randomUUID()}`);
  fs.symlinkSync(workshop, scratch('workshop'));
  fs.mkdirSync(workshop, { mode: 0o700 });
  for (const part of ['package.json', 'binding.gyp', 'binding']) {
    fs.cpSync(path.join(TFJS_NODE, part), path.join(workshop, part), { recursive: true });
  }
  fs.symlinkSync(deps, path.join(workshop, 'deps'));
  fs.symlinkSync(nodeHeaders(), path.join(workshop, 'node'));
  const args = [at('node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp'), 'install', '--build-from-source'];
  args.push(`--nodedir=${path.join(workshop, 'node')}`);
  const compiling = { cwd: workshop, env: { ...compileEnvironment(), TMPDIR: workshop } };
  await run(process.execPath, args, 'the TensorFlow binding did not compile.', compiling);
  fs.cpSync(path.join(workshop, 'lib'), path.join(TFJS_NODE, 'lib'), { recursive: true });
  const silent = { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' } };
  const product = ['--no-deprecation', '-e', MATRIX_PRODUCT];
  await run(process.execPath, product, 'TensorFlow compiled but does not run.', silent);
}

/** JavaScript: fails unless TensorFlow itself multiplies two matrices. */
const MATRIX_PRODUCT = `
require('node:util').isNullOrUndefined ??= (value) => value == null; // tfjs-node calls it, Node 23 dropped it
const tf = require('@tensorflow/tfjs-node');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]])).dataSync();
const right = tf.getBackend() === 'tensorflow' && String(product) === '19,22,43,50';
if (!right) throw new Error('wrong product: ' + product);
`;

/** The folder above include/node: beside this Node, as in its official archives, or the one that npm is told. */
function nodeHeaders() {
  const prefix = path.dirname(path.dirname(fs.realpathSync(process.execPath)));
  const folders = [prefix, process.env.npm_config_nodedir];
  return folders.find((folder) => folder && fs.existsSync(path.join(folder, 'include/node/node_api.h')));
}

function compileEnvironment() {
  const env = { ...process.env, CXX: compiler(), NODE_GYP_FORCE_PYTHON: PYTHON, JOBS: 'max' };
  // deps/ comes before LD_LIBRARY_PATH, where another libtensorflow may lie.
  env.LDFLAGS = `${env.LDFLAGS ?? ''} -Wl,--disable-new-dtags`;
  // node-gyp puts npm's configuration above its arguments, and a nodedir there may be another Node's.
  for (const name of Object.keys(env)) if (/^npm_config_nodedir$/i.test(name)) delete env[name];
  // node-pre-gyp looks for node-gyp only in an npm beside this Node.
  const npm = onPath('npm');
  const nodeGyp = npm && path.join(fs.realpathSync(npm), '../../node_modules/node-gyp/bin/node-gyp.js');
  if (!env.npm_config_node_gyp && nodeGyp && fs.existsSync(nodeGyp)) env.npm_config_node_gyp = nodeGyp;
  return env;
}

async function build() {
  removeStale();
  await assemble();
  // node_modules/.bin/tsc belongs to tslab and is an older TypeScript.
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', '.'], 'src does not compile.');
}

/** src/assembly → WebAssembly. */
async function assemble() {
  const sources = at('src/assembly');
  const files = fs.readdirSync(sources).map((file) => path.join(sources, file));
  const compiler = at('node_modules/assemblyscript/bin/asc.js');
  const options = ['--config', path.join(sources, 'asconfig.json')];
  await carryOut({
    label: 'WebAssembly',
    makes: at('dist/assembly.wasm'),
    stamp: at('dist/.assembly'),
    value: [at('package-lock.json'), ...files].map(sha256).join(' '),
    run: () => run(process.execPath, [compiler, ...options], 'src/assembly does not compile.'),
  });
}

/** What was compiled of a source that is gone: tests would run it, and imports find it. */
function removeStale() {
  const dist = at('dist');
  for (const file of fs.existsSync(dist) ? fs.readdirSync(dist, { recursive: true }) : []) {
    const [, stem] = /^(.+?)\.(?:d\.ts|js)$/.exec(file) ?? [];
    if (stem && !fs.existsSync(at('src', `${stem}.ts`))) remove(path.join(dist, file));
  }
}

async function convertVectors() {
  const script = at('dist/convertVectors.js');
  if (!fs.existsSync(script)) return;
  await run(process.execPath, [script], 'the word vectors could not be converted.', { visible: true });
}

/** The command that is running, if any. */
let child;
let interrupted = false;
const interruption = () => new SetupError('interrupted; run it again to go on.');

/**
 * Runs a command to its end, or throws a SetupError with the sentence, the cause where that can be told, and
 * otherwise what the command said; where the sentence explains everything, with nothing but it. What a `visible`
 * command writes to its standard output is shown.
 */
function run(command, args, sentence, options = {}) {
  const { visible = false, isExplained = false, cwd = ROOT, env = process.env } = options;
  return new Promise((resolve, reject) => {
    if (interrupted) throw interruption();
    // A process group of its own, so that an interruption ends the compilers and downloads below it too.
    child = spawn(command, args, {
      cwd,
      env: { ...env, [MARK]: ROOT },
      detached: true,
      stdio: ['ignore', visible ? 'inherit' : 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        log += text;
      });
    }
    child.on('error', (error) => reject(new SetupError(sentence, `${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      child = undefined;
      if (interrupted) reject(interruption());
      else if (code === 0) resolve();
      else if (isExplained) reject(new SetupError(sentence));
      else reject(explain(sentence, log, signal));
    });
  });
}

/** What the words of a failure come down to, where that can be told; else the words themselves. */
function explain(sentence, words, signal) {
  const because = (cause) => new SetupError(`${sentence} ${cause}`);
  if (/\b(ENOSPC|EDQUOT)\b|No space left on device|Disk quota exceeded/.test(words)) {
    return because(`The disk of ${fullest()} is full: free some space there, and run this again.`);
  }
  const denied = /.*(\b(EACCES|EROFS)\b|Permission denied|Read-only file system).*/i.exec(words);
  if (denied) return because(`Something may not be written to: ${denied[0].trim()}`);
  const [, status] = /Tunnel connection failed: (\d+)/.exec(words) ?? [];
  if (status) return because(proxySentence(`it answers ${status}`));
  if (/connect to proxy/.test(words)) return because(proxySentence('nothing answers there'));
  if (
    ['SIGKILL', 'SIGABRT'].includes(signal) ||
    /Killed signal|out of memory|Cannot allocate memory|MemoryError|bad_alloc/.test(words)
  ) {
    const bytes = Math.min(os.totalmem(), process.constrainedMemory?.() || Infinity);
    return because(`It was ended, as when memory runs out (there are ${(bytes / 1e9).toFixed(1)} GB here).`);
  }
  return new SetupError(sentence, words);
}

/** Of the folders that set-up writes to, the one with the least space left. */
function fullest() {
  const folders = [ROOT, os.tmpdir(), npmCache()].filter(fs.existsSync);
  return folders.sort((one, other) => freeMegabytes(one) - freeMegabytes(other))[0];
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (!child?.pid) process.exit(1);
    // npm would go on for half a minute, and nothing that a step leaves behind is used before it is done.
    process.kill(-child.pid, 'SIGKILL');
    interrupted = true;
  });
}

/** Prints what is being done, a dot for every five seconds of silence, and how long it took. */
async function timed(label, work) {
  const started = performance.now();
  process.stdout.write(`${label} … `);
  const clock = setInterval(() => {
    if (child?.stdout) process.stdout.write('.');
  }, 5000);
  try {
    await work();
    console.log(` ${seconds(started)}`);
  } catch (error) {
    console.log();
    throw error;
  } finally {
    clearInterval(clock);
  }
}

const seconds = (started, digits = 0) => `${((performance.now() - started) / 1000).toFixed(digits)} s`;

/** Beginning and end of a failed command's output, without node-gyp's own story. */
function excerpt(log) {
  const story = /^(node-pre-)?gyp (info|http|ERR!) (?!stack (?! *at ))|Failed to execute|^npm notice/;
  const lines = log.split('\n').filter((line) => line.trim() && !story.test(line));
  return lines.length > 24 ? [...lines.slice(0, 12), '…', ...lines.slice(-12)] : lines;
}

const sha256 = (file) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError) && !error.syscall) throw error;
  const { message, log } = error instanceof SetupError ? error : explain('it cannot go on.', error.message);
  for (const line of excerpt(log)) console.error(line);
  console.error(message.replace(/^/gm, 'Set-up: '));
  process.exitCode = 1;
}
