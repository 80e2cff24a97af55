// TypeScript's check of a network's file, as the kernel checks a cell.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { UserError } from '../../platform/errors';
import { projectFolder } from '../../platform/paths';

const packages = join(projectFolder, 'node_modules');

/** As lenient as the kernel; modules are found as esbuild finds them. */
const options = [
  ...[
    '--ignoreConfig',
    '--noEmit',
    '--skipLibCheck',
    '--resolveJsonModule',
    '--pretty',
    'false',
    '--strict',
    'false',
  ],
  ...['--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'],
  ...['--types', 'node', '--typeRoots', join(packages, '@types')],
];

/** A missing module or its types: bundling finds what is missing at run time. */
const missingModules = ['TS2307', 'TS2882', 'TS7016'];

const mostShown = 3;

/** Throws a `UserError` with the type errors of a file and those it imports. JavaScript has none. */
export async function checkTypes(file: string): Promise<void> {
  if (!/\.[mc]?tsx?$/.test(file)) return;
  const output = await new Promise<string>((done) => {
    execFile(process.execPath, [join(packages, 'typescript', 'bin', 'tsc'), ...options, file], (_, text) =>
      done(text),
    );
  });
  const errors = [...output.matchAll(/^(.+)\((\d+),\d+\): error (TS\d+): (.+)$/gm)]
    .filter(([, path = '', , code = '']) => !missingModules.includes(code) && !path.includes('node_modules/'))
    .map(([, path, line, , text]) => `${path}, line ${line}: ${text}`);
  if (errors.length === 0) return;
  const more = errors.length > mostShown ? [`… and ${errors.length - mostShown} more.`] : [];
  throw new UserError([...errors.slice(0, mostShown), ...more].join('\n'));
}
