// Run by the image's build: bundles each program with its packages into one file in the given folder, and copies the
// WebAssembly there. One file starts faster than hundreds and leaves out unused code. devDependencies are rejected.
import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { runMain, UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';

/**
 * The first runs in the image, starts the second as a thread, and loads the third if it needs TensorFlow. Each of the others
 * makes a part of the image, which is rebuilt when its bundle changes.
 */
const programs = [
  'container/entry.js',
  'model/ensemble/linearPartThread.js',
  'model/networks/tfjsNode.js',
  'text/convertVectors.js',
  'image/build/rootFiles.js',
];

const dist = join(projectFolder, 'dist');
const assemblyFile = join(dist, 'model', 'ensemble', 'assembly.wasm');

/** Finds tfjs-node's binding where the Dockerfile puts it, two folders above the bundle. */
const bindingFinder: Plugin = {
  name: 'binding finder',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@mapbox\/node-pre-gyp$/ }, () => ({ path: 'binding finder', namespace: 'ours' }));
    onLoad({ filter: /./, namespace: 'ours' }, () => ({
      contents: `exports.find = () => require('node:path').join(__dirname, '../../lib/napi-v8/tfjs_binding.node');`,
    }));
  },
};

/** Keeps a file separate when another of the files loads it. */
function keepApart(files: readonly string[]): Plugin {
  return {
    name: 'keep apart',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) => {
        const file = `${join(resolveDir, path).replace(/\.js$/, '')}.js`;
        return kind !== 'entry-point' && files.includes(relative(dist, file))
          ? { path: `./${basename(file)}`, external: true }
          : undefined;
      });
    },
  };
}

/**
 * Bundles compiled files of dist/ into a folder, under their own names. Throws a {@link UserError} if they load a
 * devDependency.
 */
export async function bundle(files: readonly string[], folder: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: files.map((file) => join(dist, file)),
    outdir: folder,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    logLevel: 'warning',
    plugins: [bindingFinder, keepApart(files)],
  });
  rejectDevelopmentPackages(metafile);
  await copyFile(assemblyFile, join(folder, basename(assemblyFile)));
}

function rejectDevelopmentPackages({ inputs }: Metafile): void {
  const { devDependencies } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
  const stray = Object.keys(devDependencies).find((name) =>
    Object.keys(inputs).some((input) => input.includes(`node_modules/${name}/`)),
  );
  if (!stray) return;
  throw new UserError(
    `The container's programs load ${stray}, which is a devDependency: make it a dependency.`,
  );
}

if (require.main === module) void runMain(() => bundle(programs, process.argv[2] as string));
