// The step that gets libtensorflow: from the pinned wheel, or a link to the library that LIBTENSORFLOW names.
import fs from 'node:fs';
import path from 'node:path';
import { run, SetupError } from './command.mjs';
import {
  IN_CONTAINER,
  makeIgnoredFolder,
  onPath,
  PYTHON,
  readIfThere,
  remove,
  scratch,
  TENSORFLOW,
} from './places.mjs';

const LIBRARY_FILES = [
  'include/tensorflow/c/c_api.h',
  'lib/libtensorflow.so',
  'lib/libtensorflow_framework.so',
];

/**
 * The wheel that libtensorflow comes from. Python version and platform are the wheel's, not this machine's: only its C
 * libraries and headers are used. Later versions need a newer glibc.
 */
const WHEEL = {
  requirement: 'tensorflow-cpu==2.15.1',
  python: '3.11',
  platform: 'manylinux_2_17_x86_64',
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
};

/** @returns the step; its value identifies the library that the binding is compiled against */
export function tensorflowStep() {
  const { folder, id } = libtensorflow();
  return {
    label: folder ? `TensorFlow in ${folder}` : 'TensorFlow',
    megabytes: folder ? 0 : 440,
    peakMegabytes: folder ? 0 : 800,
    makes: TENSORFLOW,
    stamp: path.join(TENSORFLOW, '.setup'),
    value: id,
    run: () => (folder ? link(folder) : download()),
  };
}

/**
 * Returns the source of the library: LIBTENSORFLOW, the contents of .tensorflow, or the wheel. Uses a library of this
 * machine only if you name it.
 */
function libtensorflow() {
  const ours = { id: WHEEL.requirement };
  const asked = process.env.LIBTENSORFLOW;
  if (asked && !holdsLibrary(asked)) {
    throw new SetupError(`LIBTENSORFLOW=${asked} must contain ${LIBRARY_FILES.join(', ')}.`);
  }
  const present = readIfThere(path.join(TENSORFLOW, '.setup'));
  // The image's contents must not depend on its base image.
  if (IN_CONTAINER || (!asked && present === ours.id)) return ours;
  const folder = [asked, present?.split('\n')[0]].find(holdsLibrary);
  if (!folder) return ours;
  const { size, mtimeMs } = fs.statSync(path.join(folder, 'lib/libtensorflow.so'));
  return { folder: path.resolve(folder), id: `${path.resolve(folder)}\n${size} bytes of ${mtimeMs}` };
}

function holdsLibrary(folder) {
  return folder && LIBRARY_FILES.every((file) => fs.existsSync(path.join(folder, file)));
}

function link(folder) {
  remove(TENSORFLOW);
  makeIgnoredFolder(TENSORFLOW);
  for (const part of ['include', 'lib']) fs.symlinkSync(path.join(folder, part), path.join(TENSORFLOW, part));
}

async function download() {
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
  await run(PYTHON, args, { sentence: `pip could not download ${WHEEL.requirement}.`, env });
  await run(PYTHON, ['-c', UNPACK, part], { sentence: 'The TensorFlow wheel could not be unpacked.' });
  await strip(part);
  remove(TENSORFLOW);
  fs.renameSync(part, TENSORFLOW);
}

/** Removes the symbols that only linkers and debuggers read, a quarter of the size, if `strip` is available. */
async function strip(folder) {
  if (!onPath('strip')) return;
  const libraries = LIBRARY_FILES.filter((file) => file.startsWith('lib/'));
  const files = libraries.map((file) => fs.realpathSync(path.join(folder, file)));
  await run('strip', ['--strip-unneeded', ...files], {
    sentence: 'The TensorFlow libraries could not be stripped.',
  });
}

/** Python: takes the C libraries and headers out of the wheel in a folder and deletes the wheel. */
const UNPACK = `
import os, sys, zipfile
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
