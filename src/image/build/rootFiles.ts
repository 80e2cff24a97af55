// Run by the image's build: copies parts of the base image into the folder that becomes the image's root: Node, without
// debugging symbols, and the shared libraries that Node and TensorFlow's binding load.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '../../platform/paths';

const binding = join(projectFolder, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');

/** Files that the C library opens to look up names, users and libraries; newer versions contain the first two. */
const lookups = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];
const settings = ['nsswitch.conf', 'passwd', 'group', 'os-release', 'ld.so.cache'].map(
  (name) => `/etc/${name}`,
);

function main(root: string): void {
  const node = '/usr/local/bin/node';
  copy(process.execPath, join(root, node));
  execFileSync('strip', ['--strip-unneeded', join(root, node)]);
  const libraries = librariesOf(process.execPath, binding);
  const folder = dirname(libraries.find((path) => path.includes('/libc.so')) ?? '/lib/libc.so');
  for (const path of [...libraries, ...lookups.map((name) => join(folder, name)), ...settings]) {
    if (existsSync(path)) copy(path, join(root, path));
  }
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
}

/** Returns the system's shared libraries that these programs load, including the loader. */
function librariesOf(...programs: string[]): string[] {
  const lines = execFileSync('ldd', programs, { encoding: 'utf8' }).split('\n');
  const paths = lines.flatMap((line) => /^\s+(?:\S+ => )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  return [...new Set(paths)].filter((path) => !path.startsWith(projectFolder));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

main(process.argv[2] as string);
