// Checks, before anything is downloaded, that this machine has what the remaining steps need.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './command.mjs';
import { freeMegabytes, IN_CONTAINER, isWritable, onPath, PYTHON, ROOT } from './places.mjs';
import { isDone, print } from './step.mjs';
import { WHEELS } from './tensorflow.mjs';

/** Throws a {@link SetupError} with one sentence for each thing that is missing. Names this Node if there is work to do. */
export function checkMachine(steps) {
  if (process.platform !== 'linux') throw new SetupError(elsewhere());
  const { python, build, ...others } = steps;
  const { environment, packages } = others;
  const remaining = Object.values(others).filter((step) => !isDone(step));
  const unwritable = [ROOT, ...remaining.flatMap(({ makes }) => makes ?? [])].find(
    (place) => !isWritable(place),
  );
  const megabytes = remaining.reduce((sum, step) => sum + (step.peakMegabytes ?? step.megabytes ?? 0), 0);
  const free = freeMegabytes(ROOT);
  const missing = [
    ...missingFromNode(),
    !isDone(packages) && !onPath('npm') && `npm is missing: ${install('npm', 'npm')}`,
    ...(isDone(environment) ? [] : missingFromPython(python)),
    ...missingForTensorflow(steps),
    remaining.length > 0 &&
      unwritable &&
      `Cannot write to ${unwritable}. Change its owner, or clone the project elsewhere.`,
    free < megabytes && `Set-up needs ${megabytes} MB of disk space in ${ROOT}; ${free} MB are free.`,
  ].filter(Boolean);
  if (missing.length > 0) throw new SetupError(missing.join('\n'));
  if (remaining.length > 0) print(`Node ${process.version}${isOld() ? oldNode : ''}`);
}

const oldNode =
  ', which no longer gets fixes. Node 22 and 24 are recommended; AWS SDK versions from January 2027 need 22.';
const isOld = () => Number(process.versions.node.split('.')[0]) < 22;

/** Returns a sentence for each thing without which TensorFlow and its binding cannot be made here. */
export function missingForTensorflow({ packages, tensorflow, binding }) {
  if (!tensorflow) return [];
  // `npm ci` removes the binding together with the other packages.
  const compiles = !isDone(packages) || !isDone(binding);
  if (!compiles && isDone(tensorflow)) return [];
  const platform = platformProblem();
  if (platform) return [platform];
  return compiles ? missingForCompiling().filter(Boolean) : [];
}

function elsewhere() {
  const way = process.platform === 'win32' ? 'WSL 2 (`wsl --install`) or ' : '';
  return `The workshop runs on Linux; this is ${process.platform} ${process.arch}. Use ${way}the dev container (docs/vscode.md).`;
}

function missingFromNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 12)) return [];
  return [`Node 20.12 or later is needed; this is ${process.version}: nvm install 22`];
}

function platformProblem() {
  const machine = `linux ${process.arch}`;
  const isKnown = process.arch in WHEELS;
  process.report.excludeNetwork = true;
  const glibc = isKnown && process.report.getReport().header.glibcVersionRuntime;
  if (!glibc) {
    const found = isKnown ? `${machine} without glibc` : machine;
    return (
      `TensorFlow for Node needs Linux on x86-64 or arm64 with glibc; this is ${found}. The dev container has both ` +
      '(docs/vscode.md).'
    );
  }
  if (IN_CONTAINER && Number(glibc.split('.')[1]) < 31) {
    return `The base image needs glibc 2.31 or later; this one has ${glibc}.`;
  }
}

function missingForCompiling() {
  const named = process.env.CXX ? `The C++ compiler CXX=${process.env.CXX}` : 'A C++ compiler';
  return [
    !compiler() && `${named} is missing: ${install('gcc-c++', 'g++')}`,
    !onPath('make') && `make is missing: ${install('make', 'make')}`,
    !nodeHeaders() &&
      `Node's headers are missing next to ${process.execPath}: ${install('nodejs-devel', 'libnode-dev')}. Or use ` +
        "Node's official archive, which contains them, or set npm_config_nodedir to the folder above include/node.",
  ];
}

function missingFromPython({ command, version, hasVenv }) {
  if (ROOT.includes(':')) {
    return [`Python cannot make an environment in a path with a colon. Move the project out of ${ROOT}.`];
  }
  if (!version) return [`Python 3.9 or later is missing (${command}): ${install('python3', 'python3-venv')}`];
  if (!/^3\.(9|\d\d)$/.test(version)) {
    const newer = install('python3.11', 'python3.11-venv');
    return [`Python 3.9 or later is needed; ${command} is ${version}: ${newer}, then set PYTHON=python3.11`];
  }
  if (hasVenv) return [];
  return [`Python's venv module is missing (${command}): ${install('python3-pip', 'python3-venv')}`];
}

/** Returns the Python that makes the environment: PYTHON, else the one that made the last environment, else python3. */
export function interpreter() {
  const command = process.env.PYTHON || (fs.existsSync(PYTHON) ? PYTHON : 'python3');
  const asked = askPython(command);
  // The Python that an environment was made with may be gone.
  return asked.version || command !== PYTHON ? asked : askPython('python3');
}

function askPython(command) {
  const question =
    'import sys; print("%d.%d" % sys.version_info[:2]); sys.stdout.flush(); import venv, ensurepip';
  const answer = spawnSync(command, ['-c', question], { encoding: 'utf8' });
  return { command, version: answer.stdout?.trim(), hasVenv: answer.status === 0 };
}

/** Returns the C++ compiler: CXX, which may include arguments, or one on the PATH. */
export function compiler() {
  if (process.env.CXX) return onPath(process.env.CXX.split(' ')[0]) && process.env.CXX;
  return ['c++', 'g++', 'clang++'].find(onPath);
}

/**
 * Returns the folder above include/node: next to this Node, as in its official archives, or the one in npm's
 * configuration.
 */
export function nodeHeaders() {
  const prefix = path.dirname(path.dirname(fs.realpathSync(process.execPath)));
  const folders = [prefix, process.env.npm_config_nodedir];
  return folders.find((folder) => folder && fs.existsSync(path.join(folder, 'include/node/node_api.h')));
}

/** Returns the command that installs a package, for the package managers on this machine, or for both. */
function install(dnf, apt) {
  const lines = { dnf: `sudo dnf install ${dnf}`, 'apt-get': `sudo apt-get install ${apt}` };
  const here = Object.keys(lines).filter(onPath);
  return (here.length > 0 ? here : Object.keys(lines)).map((manager) => lines[manager]).join(' or ');
}
