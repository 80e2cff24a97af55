// The project's set-up (`npm run setup`): npm packages, Jupyter, TensorFlow for Node, the TypeScript kernel and
// the build. It runs before node_modules is there, so it uses Node's built-ins only. What is done already is
// skipped: a run after an interrupted one goes on where that stopped. In the build of the image, `--container` makes
// what its stages take from: the packages, TensorFlow without its symbols, the binding.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(ROOT, ...parts);

const REQUIREMENTS = at('notebooks/requirements.txt');
const VENV = at('.venv');
const VENV_PYTHON = at('.venv/bin/python');
const IN_CONTAINER = process.argv[2] === '--container';
const PYTHON = IN_CONTAINER ? 'python3' : VENV_PYTHON;
const TFJS_NODE = at('node_modules/@tensorflow/tfjs-node');

/** include/ and lib/ of libtensorflow: out of the wheel, or links to one that the machine has. */
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
  console.log(`Set-up: ready (${seconds(started, 1)})`);
}

/** The steps that leave a stamp. A step is done when its stamp holds its value: what it was made from. */
function plan() {
  const python = interpreter();
  const library = libtensorflow();
  const packages = {
    label: 'npm packages',
    megabytes: 840,
    stamp: at('node_modules/.setup'),
    value: sha256(at('package-lock.json')),
    run: installPackages,
  };
  const jupyter = !IN_CONTAINER && {
    label: 'Jupyter',
    megabytes: 330,
    stamp: path.join(VENV, '.setup'),
    // Scripts in a virtual environment hold its absolute path: it cannot be moved along with the project.
    value: `${sha256(REQUIREMENTS)} Python ${python.version} ${ROOT}`,
    run: () => installJupyter(python.command),
  };
  const tensorflow = {
    label: 'libtensorflow',
    megabytes: library.folder ? 0 : 600,
    stamp: path.join(TENSORFLOW, '.setup'),
    value: library.id,
    run: () => (library.folder ? linkTensorflow(library.folder) : downloadTensorflow()),
  };
  const binding = {
    label: 'TensorFlow binding',
    megabytes: 0,
    stamp: path.join(TFJS_NODE, '.setup'),
    value: `Node ABI ${process.versions.modules}, ${library.id}`,
    run: compileBinding,
  };
  return { python, packages, jupyter, tensorflow, binding };
}

/** Whether there is nothing to do for a step; the container has no Jupyter at all. */
const isDone = (step) => !step || readIfThere(step.stamp) === step.value;

async function carryOut(step) {
  if (isDone(step)) return;
  fs.rmSync(step.stamp, { force: true });
  await timed(step.megabytes ? `${step.label} (${step.megabytes} MB on disk)` : step.label, step.run);
  fs.writeFileSync(step.stamp, step.value);
}

/** Throws one sentence for every thing that the remaining steps need and this machine lacks. */
function checkMachine({ python, packages, jupyter, tensorflow, binding }) {
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
  const remaining = [packages, jupyter, tensorflow].filter((step) => !isDone(step));
  const megabytes = remaining.reduce((sum, step) => sum + step.megabytes, 0);
  const free = freeMegabytes();
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

function freeMegabytes() {
  const { bavail, bsize } = fs.statfsSync(ROOT);
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

async function installPackages() {
  // Without install scripts: tfjs-node's own has nothing left to download, and no other package needs one.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  await run('npm', args, 'npm could not install the packages.');
}

async function installJupyter(python) {
  // An environment cannot be made anew by the interpreter inside it, only by the one that this links to.
  const maker = python === VENV_PYTHON ? fs.realpathSync(python) : python;
  await run(maker, ['-m', 'venv', '--clear', VENV], 'Python could not make the virtual environment .venv.');
  // pip leaves what it had unpacked when it is interrupted; here, making the environment anew clears it away.
  const env = { ...process.env, TMPDIR: path.join(VENV, 'tmp') };
  fs.mkdirSync(env.TMPDIR);
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  await run(VENV_PYTHON, args, 'pip could not install notebooks/requirements.txt.', { env });
  fs.rmSync(env.TMPDIR, { recursive: true });
}

/** Registers the TypeScript kernel, as `tslab install` would but for this Node; keeps JupyterLab quiet. */
function writeJupyterFiles() {
  const kernel = {
    argv: [
      process.execPath,
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
  const share = path.join(VENV, 'share/jupyter');
  const written = [
    writeIfChanged(path.join(share, 'kernels/tslab/kernel.json'), kernel),
    writeIfChanged(path.join(share, 'lab/settings/overrides.json'), settings),
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
 * The libtensorflow to bind to: LIBTENSORFLOW, or what .tensorflow holds, or the machine's, or a download.
 * `folder` is where it lies when it is not ours.
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
  const folder = [asked, present?.split('\n')[0], '/usr/local', '/usr'].find(holdsLibrary);
  if (!folder) return ours;
  const { size, mtimeMs } = fs.statSync(path.join(folder, 'lib/libtensorflow.so'));
  return { folder: path.resolve(folder), id: `${path.resolve(folder)}\n${size} bytes of ${mtimeMs}` };
}

function holdsLibrary(folder) {
  return folder && LIBRARY_FILES.every((file) => fs.existsSync(path.join(folder, file)));
}

function linkTensorflow(folder) {
  process.stdout.write(`the one in ${folder} …`);
  fs.rmSync(TENSORFLOW, { recursive: true, force: true });
  makeIgnoredFolder(TENSORFLOW);
  for (const part of ['include', 'lib']) fs.symlinkSync(path.join(folder, part), path.join(TENSORFLOW, part));
}

async function downloadTensorflow() {
  console.log(`downloading ${WHEEL.megabytes} MB`);
  const part = `${TENSORFLOW}.part`;
  fs.rmSync(part, { recursive: true, force: true });
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
  fs.rmSync(TENSORFLOW, { recursive: true, force: true });
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
  fs.rmSync(deps, { recursive: true, force: true });
  fs.mkdirSync(deps);
  // Relative links, so that the project can be moved.
  for (const part of ['include', 'lib']) {
    fs.symlinkSync(path.relative(deps, path.join(TENSORFLOW, part)), path.join(deps, part));
  }
  // Make takes spaces and quotes in a path for its own, so it works elsewhere; the binding finds deps/ by $ORIGIN.
  const workshop = fs.mkdtempSync(path.join(os.tmpdir(), 'tfjs-node-'));
  try {
    for (const part of ['package.json', 'binding.gyp', 'binding']) {
      fs.cpSync(path.join(TFJS_NODE, part), path.join(workshop, part), { recursive: true });
    }
    fs.symlinkSync(deps, path.join(workshop, 'deps'));
    const args = [at('node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp'), 'install', '--build-from-source'];
    args.push(`--nodedir=${nodeHeaders()}`);
    const compiling = { cwd: workshop, env: compileEnvironment() };
    await run(process.execPath, args, 'the TensorFlow binding did not compile.', compiling);
    fs.cpSync(path.join(workshop, 'lib'), path.join(TFJS_NODE, 'lib'), { recursive: true });
  } finally {
    fs.rmSync(workshop, { recursive: true, force: true });
  }
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
  // node-gyp puts npm's configuration above its arguments, and a nodedir there may be another Node's.
  for (const name of Object.keys(env)) if (/^npm_config_nodedir$/i.test(name)) delete env[name];
  // node-pre-gyp looks for node-gyp only in an npm beside this Node.
  const npm = onPath('npm');
  const nodeGyp = npm && path.join(fs.realpathSync(npm), '../../node_modules/node-gyp/bin/node-gyp.js');
  if (!env.npm_config_node_gyp && nodeGyp && fs.existsSync(nodeGyp)) env.npm_config_node_gyp = nodeGyp;
  return env;
}

async function build() {
  // node_modules/.bin/tsc belongs to tslab and is an older TypeScript.
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', '.'], 'src does not compile.');
}

async function convertVectors() {
  const script = at('dist/convertVectors.js');
  if (!fs.existsSync(script)) return;
  await run(process.execPath, [script], 'the word vectors could not be converted.', { visible: true });
}

/** The command that is running, if any. */
let child;
let interrupted = false;

/**
 * Runs a command to its end, or throws a SetupError with the sentence and what the command said.
 * A `visible` command writes to this terminal, any other is quiet.
 */
function run(command, args, sentence, { visible = false, cwd = ROOT, env = process.env } = {}) {
  const output = visible ? 'inherit' : 'pipe';
  return new Promise((resolve, reject) => {
    // A process group of its own, so that an interruption ends the compilers and downloads below it too.
    child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        log += text;
      });
    }
    child.on('error', (error) => reject(new SetupError(sentence, `${command}: ${error.message}`)));
    child.on('close', (code) => {
      child = undefined;
      if (interrupted) reject(new SetupError('interrupted; run it again to go on.'));
      else if (code === 0) resolve();
      else reject(new SetupError(sentence, log));
    });
  });
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
  const story = /^(node-pre-)?gyp (info|http|ERR!) (?!stack (?! *at ))|Failed to execute/;
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
  if (!(error instanceof SetupError)) throw error;
  for (const line of excerpt(error.log)) console.error(line);
  console.error(error.message.replace(/^/gm, 'Set-up: '));
  process.exitCode = 1;
}
