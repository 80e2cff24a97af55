// A network of one's own from a function in a cell. It travels as text, as the kernel has compiled it.
import { Script } from 'node:vm';
import { checkDeclared } from '../../model/declaredHyperparameters';
import type { Network, NetworkFunction, OwnHyperparameters } from '../../model/training/networkFunction';
import { UserError } from '../../platform/errors';
import { tryNetwork } from './trial';

/** Options of `defineNetwork`. */
export interface NetworkOptions<Own extends OwnHyperparameters> {
  /** Hyperparameters of its own with their defaults, numbers or words. @default none */
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
      'The network has no text of its own to send: pass an arrow function or a `function`, not a method or a bound function.',
      { cause: error },
    );
  }
  // The kernel compiles names of other cells, and imports, to members of `exports`.
  const names = [...source.matchAll(/\bexports\.([\p{L}\p{N}_$]+)/gu)].map(([, used]) => used as string);
  const other = names.find((used) => used !== 'tf');
  if (other !== undefined) throw nameOfNotebook(other);
}

function nameOfNotebook(used: string): UserError {
  return new UserError(
    `The network uses ${used}, which the notebook has and the training job has not: write it into the function, or make it ` +
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
