// A network's file and everything it imports → one CommonJS module.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildFailure, Plugin } from 'esbuild';
import { UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';

/** A network's module and the files it is made from. */
export interface Bundle {
  /** The file's path from the notebook's folder, with its extension. */
  readonly file: string;
  /** The module, with a source map that names files by their paths from the notebook's folder. */
  readonly code: string;
  /** The text of the file, followed by those that it imports from the same author. */
  readonly source: string;
}

/** Bundles a file. Throws a `UserError` with file and line if it, or a file that it imports, cannot be read. */
export async function bundleNetwork(path: string): Promise<Bundle> {
  const folder = process.cwd();
  const result = await build(path, folder).catch((error: BuildFailure) => {
    throw new UserError(describeFailure(error), { cause: error });
  });
  const [output] = Object.values(result.metafile.outputs);
  const file = output?.entryPoint ?? path;
  const others = Object.keys(result.metafile.inputs).filter(
    (input) => input !== file && !input.includes('node_modules/'),
  );
  const texts = await Promise.all(
    [file, ...others].map(async (name) => `// ${name}\n${await readFile(join(folder, name), 'utf8')}`),
  );
  return { file, code: result.outputFiles[0]?.text ?? '', source: texts.join('\n') };
}

async function build(path: string, folder: string) {
  const esbuild = await import('esbuild');
  return await esbuild.build({
    entryPoints: [path],
    absWorkingDir: folder,
    outfile: join(folder, 'network.js'),
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    charset: 'utf8',
    external: ['tfjs', 'tfjs-node', 'tfjs-core', 'tfjs-layers'].map((name) => `@tensorflow/${name}`),
    sourcemap: 'inline',
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
    plugins: [noWorkshopCode],
  });
}

/** Rejects imports of the workshop's own code, which a training job cannot load. */
const noWorkshopCode: Plugin = {
  name: 'no workshop code',
  setup({ onLoad }) {
    const ours = join(projectFolder, 'dist');
    onLoad({ filter: /[\\/]dist[\\/]/ }, ({ path }) =>
      path.startsWith(`${ours}/`)
        ? {
            errors: [
              {
                text: 'A network cannot use the workshop’s functions: import only its types, with `import type`',
              },
            ],
          }
        : undefined,
    );
  },
};

function describeFailure({ errors = [], message }: BuildFailure): string {
  const [first] = errors;
  if (!first) return `The network cannot be bundled: ${message}`;
  const { text, location, notes } = first;
  const { file, line } = location ?? notes.find((note) => note.location)?.location ?? {};
  if (!file) return `${text}, from ${process.cwd()}. Check the path.`;
  return `${file}, line ${line}: ${text}.${adviceFor(text)}`;
}

function adviceFor(text: string): string {
  if (/^Could not resolve/.test(text)) return ' Check the path, or install the package with npm.';
  if (/^No loader is configured for "\.node"/.test(text)) {
    return ' Packages with a compiled part cannot come along to a training job, only JavaScript.';
  }
  return '';
}
