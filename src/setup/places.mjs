// Paths of set-up, and the few file operations that its steps share.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const at = (...parts) => path.join(ROOT, ...parts);

/** Set-up inside the image's build: packages, TensorFlow and its binding only. */
export const IN_CONTAINER = process.argv[2] === '--container';

export const VENV = at('.venv');
/** The Python that runs pip: the virtual environment's, or the system's in the image's build. */
export const PYTHON = IN_CONTAINER ? 'python3' : at('.venv/bin/python');
export const TFJS_NODE = at('node_modules/@tensorflow/tfjs-node');
/** include/ and lib/ of libtensorflow, or links to those that LIBTENSORFLOW names. */
export const TENSORFLOW = at('.tensorflow');
/** The scratch folder, which exists only while set-up runs. */
export const SCRATCH = at('.setup');

/** Returns a path in the scratch folder, and creates the folder on first use. */
export function scratch(name) {
  makeIgnoredFolder(SCRATCH);
  return path.join(SCRATCH, name);
}

export function makeIgnoredFolder(folder) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, '.gitignore'), '*\n');
}

export function remove(place) {
  fs.rmSync(place, { recursive: true, force: true });
}

export const sha256 = (file) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

/** Returns the text of a file, or undefined if it cannot be read. */
export function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Writes JSON, unless the file already holds it. */
export function writeIfChanged(file, value) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (readIfThere(file) === text) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

/** Returns the file that a shell would run for a command, or undefined. */
export function onPath(command) {
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

/** Returns whether you may write to a path, or to the folder in which it would be created. */
export function isWritable(place) {
  if (!fs.existsSync(place) && path.dirname(place) !== place) return isWritable(path.dirname(place));
  try {
    // The dot makes the check fail for a file, in which no folder can be created.
    fs.accessSync(`${place}/.`, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function freeMegabytes(folder) {
  const { bavail, bsize } = fs.statfsSync(folder);
  return Math.floor((bavail * bsize) / 1e6);
}
