// Loads a user's own network from its code: one CommonJS module, as `readNetwork()` and `defineNetwork()` make it. Only
// training does; nothing that serves imports this file.
import { readFile } from 'node:fs/promises';
import { isBuiltin, SourceMap } from 'node:module';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { compileFunction } from 'node:vm';
import { checkDeclared } from '../model/declaredHyperparameters';
import { knownClasses } from '../model/networks/customLayers';
import { tensorflow } from '../model/networks/tensorflow';
import type { LoadedNetwork } from '../model/training/networkFunction';
import { UserError } from '../platform/errors';

/** The files of the channel `code`: the module that runs, and the TypeScript behind it, which is only shown. */
export const codeFiles = { code: 'network.js', source: 'source.ts' };

/** A network's code. */
interface NetworkCode {
  readonly code: string;
  readonly source?: string;
}

/** Reads the channel `code`. Throws a {@link UserError} if it has no network.js. */
export async function readNetworkCode(folder: string): Promise<NetworkCode> {
  const code = await readText(join(folder, codeFiles.code));
  const source = await readText(join(folder, codeFiles.source));
  if (code !== undefined) return { code, ...(source !== undefined && { source }) };
  throw new UserError(
    `The channel code has no ${codeFiles.code}. Pass \`network: await readNetwork(…)\` to train(), which uploads it.`,
  );
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

/** TensorFlow.js under each of its names; its parts are in it. */
const tensorflowNames = /^@tensorflow\/tfjs(-node|-core|-layers)?$/;

/** The name of the module in stacks. */
const file = 'the code of your network';

/**
 * Runs a network's module and returns what it exports. The module may load TensorFlow.js and Node's own modules. Throws a
 * {@link UserError} with file and line if it fails, or exports something else.
 */
export function loadNetwork(code: string): LoadedNetwork {
  knownClasses();
  const locate = createLocator(code);
  const exported = locating(locate, () => run(code));
  const { default: make = exported, hyperparameters, padding } = Object(exported) as Record<string, unknown>;
  if (typeof make !== 'function') throw new UserError(describeExports(exported));
  return {
    make: (parts) => checkReturned(locating(locate, () => make(parts))),
    hyperparameters: checkDeclared(hyperparameters),
    padding: checkPadding(padding),
  };
}

function checkPadding(padding: unknown): number | undefined {
  if (padding === undefined) return undefined;
  if (Number.isInteger(padding) && (padding as number) >= 0) return padding as number;
  throw new UserError(`Your network’s padding is ${printShort(padding)}; expected a whole number from 0.`);
}

function run(code: string): unknown {
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  const module = { exports: {} };
  const start = compileFunction(code, names, { filename: file });
  start.call(module.exports, module.exports, requireInJob, module, file, '.');
  return module.exports;
}

function requireInJob(name: string): unknown {
  if (tensorflowNames.test(name)) return tensorflow();
  if (isBuiltin(name)) return require(name);
  throw new Error(
    `The training job cannot load ${name}; it has only TensorFlow.js and Node’s own modules. Import packages by their name, so that they are bundled`,
  );
}

function describeExports(exported: unknown): string {
  const expected =
    'expected a function, as in `export default ({ tf, embedding, labels }) => tf.sequential(…)`';
  const { default: given, ...others } = Object(exported) as Record<string, unknown>;
  if (given !== undefined) return `Your network’s default export is ${printShort(given)}; ${expected}.`;
  const names = Object.keys(others);
  return `Your network exports ${names.join(', ') || 'nothing'}, but no default; ${expected}.`;
}

function checkReturned(model: ReturnType<LoadedNetwork['make']>): typeof model {
  if (!(model instanceof Promise)) return model;
  // Its result is ignored.
  model.catch(() => undefined);
  throw new UserError(
    'Your network is async, but must return the model, not a promise: remove async and await.',
  );
}

/** Runs a user's code; its errors become sentences with file and line. */
function locating<Result>(locate: Locator, work: () => Result): Result {
  const { stackTraceLimit } = Error;
  // TensorFlow.js calls itself many times before it finds a fault.
  Error.stackTraceLimit = 100;
  try {
    return work();
  } catch (error) {
    const place = locate(error);
    throw new UserError(`Your network${place && ` (${place})`}: ${reasonOf(error)}`, { cause: error });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Returns the place in the user's files where an error arose; an empty string if it is unknown. */
type Locator = (error: unknown) => string;

function createLocator(code: string): Locator {
  const [, base64] = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,(\S+)\s*$/.exec(code) ?? [];
  const map = base64 ? new SourceMap(JSON.parse(Buffer.from(base64, 'base64').toString())) : undefined;
  return (error) => {
    const stack = error instanceof Error ? String(error.stack) : '';
    for (const [, row, column = 1] of stack.matchAll(new RegExp(`${file}:(\\d+)(?::(\\d+))?`, 'g'))) {
      const line = Number(row) - 1;
      if (!map) return quote(code.split('\n')[line]);
      const { originalSource, originalLine } = map.findEntry(line, Number(column) - 1) as Partial<Place>;
      if (originalSource && !originalSource.includes('node_modules/')) {
        return `${originalSource}, line ${(originalLine ?? 0) + 1}`;
      }
    }
    return '';
  };
}

interface Place {
  originalSource: string;
  originalLine: number;
}

function quote(line = ''): string {
  // The kernel compiles names of other cells to members of exports.
  const text = line.trim().replaceAll('exports.', '');
  return text && `at “${text.length > 80 ? `${text.slice(0, 80)}…` : text}”`;
}

/** Returns an error's reason as a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `${printShort(error)} was thrown.`;
  // A failed kernel has its reason in the second line.
  const lines = error.message.split('\n').filter((line) => !/^Invalid TF_Status/.test(line));
  const [first = ''] = lines;
  const reason = first
    .replace(/^Message: /, '')
    .replace(/ This may be due to one of the following reasons:$/, '');
  return /[.!?]$/.test(reason) ? reason : `${reason || error.name}.`;
}

function printShort(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity }).slice(0, 100);
}
