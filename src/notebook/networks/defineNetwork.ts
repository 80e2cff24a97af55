// A user's own network from a function in a cell. It travels as text, as the kernel has compiled it.
import { Script } from 'node:vm';
import type * as TypeScript from '@tslab/typescript-for-tslab';
import { checkDeclared } from '../../model/declaredHyperparameters';
import type { Network, NetworkFunction, OwnHyperparameters } from '../../model/training/networkFunction';
import { UserError } from '../../platform/errors';
import { tryNetwork } from './trial';

/** Options of `defineNetwork`. */
export interface NetworkOptions<Own extends OwnHyperparameters> {
  /** The network's own hyperparameters with their defaults, numbers or words. @default none */
  hyperparameters?: Own;
}

const name = 'a cell';

/**
 * Defines a network by a function from `NetworkParts` to a model of tf.layers. The function may use its argument, `tf`
 * and what it declares itself; its text goes to the training job. Tries it on invented rows, as `readNetwork` does.
 * @param network an arrow function or a `function`
 * @returns the network, for `session.train({ network })`
 * @throws `UserError` if the function uses a name of the notebook, fails, or returns a model that cannot be trained and served
 * @example
 * ```ts
 * const network = await workshop.defineNetwork(
 *   ({ tf, embedding, labels, hyperparameters }) =>
 *     tf.sequential({
 *       layers: [
 *         embedding(),
 *         tf.layers.globalMaxPooling1d({}),
 *         tf.layers.dense({ units: hyperparameters.units, activation: 'relu' }),
 *         tf.layers.dense({ units: labels.length, activation: 'softmax' }),
 *       ],
 *     }),
 *   { hyperparameters: { units: 16 } },
 * );
 * network.summary();
 * ```
 */
export async function defineNetwork<Own extends OwnHyperparameters = Record<never, never>>(
  network: NetworkFunction<Own>,
  { hyperparameters }: NetworkOptions<Own> = {},
): Promise<Network> {
  const source = String(network);
  checkText(source);
  const code = moduleOf(source, checkDeclared(hyperparameters));
  const tried = await tryNetwork(name, code).catch((error: unknown) => {
    const [, free] =
      /: ([\p{L}\p{N}_$]+) is not defined\.$/u.exec(error instanceof UserError ? error.message : '') ?? [];
    throw free === undefined ? error : nameOfNotebook(free);
  });
  return {
    name,
    code,
    source,
    hyperparameters: tried.hyperparameters,
    summary: () => console.log(tried.summary.join('\n')),
  };
}

function checkText(source: string): void {
  try {
    new Script(`(${source}\n)`);
  } catch (error) {
    throw new UserError(
      'The network’s source text cannot be read: pass an arrow function or a `function`, not a method or a bound function.',
      { cause: error },
    );
  }
  const other = exportsOf(source).find((used) => used !== 'tf');
  if (other !== undefined) throw nameOfNotebook(other);
}

/** Returns the names of other cells, and imports, which the kernel compiles to members of `exports`. */
function exportsOf(source: string): string[] {
  const ts = require('@tslab/typescript-for-tslab') as typeof TypeScript;
  const names: string[] = [];
  const visit = (node: TypeScript.Node): void => {
    const isMember = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression);
    if (isMember && node.expression.text === 'exports') names.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('network.js', `(${source}\n)`, ts.ScriptTarget.Latest));
  return names;
}

function nameOfNotebook(used: string): UserError {
  return new UserError(
    `The network uses ${used}, which exists in the notebook but not in the training job: write its value into the function, or make it ` +
      'a hyperparameter.',
  );
}

function moduleOf(source: string, hyperparameters: OwnHyperparameters): string {
  // The kernel's names for TensorFlow.js where the same cell imports parts of it.
  const imports = new Set(source.match(/\btfjs(?:_\w+)?_\d+\b/g));
  return [
    "const tf = exports.tf = require('@tensorflow/tfjs-node');",
    ...[...imports].map((name) => `const ${name} = tf;`),
    `exports.hyperparameters = ${JSON.stringify(hyperparameters)};`,
    `exports.default = (\n${source}\n);`,
    '',
  ].join('\n');
}
