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
 * The wheels that libtensorflow comes from, by Node's name of the processor. Python version and platform are the wheel's,
 * not this machine's: only its C libraries and headers are used. Later versions need a newer glibc. tensorflow-cpu 2.15 is
 * for x86-64 only; AWS builds the same version for arm64.
 */
export const WHEELS = {
  x64: {
    requirement: 'tensorflow-cpu==2.15.1',
    platform: 'manylinux_2_17_x86_64',
    sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
  },
  arm64: {
    requirement: 'tensorflow-cpu-aws==2.15.1',
    platform: 'manylinux_2_17_aarch64',
    sha256: 'd4c3a3a9363bf42999adedbbd514e3a133be2d62f61fee9cfa46aaefb087c09e',
  },
};
const PYTHON_OF_WHEELS = '3.11';

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
  const ours = { id: WHEELS[process.arch]?.requirement };
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
  const { requirement, platform, sha256 } = WHEELS[process.arch];
  const part = scratch('tensorflow');
  makeIgnoredFolder(part);
  const list = path.join(part, 'requirement.txt');
  fs.writeFileSync(list, `${requirement} --hash=sha256:${sha256}\n`);
  const args = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--require-hashes',
    '--no-cache-dir',
  ];
  args.push('--disable-pip-version-check', '--python-version', PYTHON_OF_WHEELS, '--platform', platform);
  args.push('--dest', part, '--requirement', list);
  const env = { ...process.env, TMPDIR: part };
  await run(PYTHON, args, { sentence: `pip could not download ${requirement}.`, env });
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
    names = archive.namelist()
    wanted = ['tensorflow/' + name for name in libraries.values()]
    # Libraries that the wheel brings along, found by TensorFlow's in its own folder.
    others = [name for name in names if name.split('/')[0].endswith('.libs') and '.so' in name]
    archive.extractall(members=wanted + others + [name for name in names if name.startswith(headers)])
os.mkdir('lib')
for name in others:
    os.rename(name, 'lib/' + os.path.basename(name))
for link, name in libraries.items():
    os.rename('tensorflow/' + name, 'lib/' + name)
    os.symlink(name, 'lib/' + link)
os.rename('tensorflow/include', 'include')
for folder in {'tensorflow'} | {name.split('/')[0] for name in others}:
    os.rmdir(folder)
os.remove(wheel)
os.remove('requirement.txt')
`;
