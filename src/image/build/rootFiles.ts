// Run by the image's build: what the image takes of its base → the folder that becomes its root. That is Node, without
// the symbols that only debuggers read, and the shared libraries that Node and TensorFlow's binding load.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '../../platform/paths';

const binding = join(projectFolder, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');

/** What the C library opens when it looks up names, users and libraries; a newer one has the first two in itself. */
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

/** The shared libraries that the system has for these programs, the loader among them. */
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
