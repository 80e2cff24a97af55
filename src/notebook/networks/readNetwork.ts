// A user's own network from a file next to the notebook.
import type { Network } from '../../model/training/networkFunction';
import { bundleNetwork } from './bundleNetwork';
import { checkTypes } from './checkTypes';
import { tryNetwork } from './trial';

/**
 * Reads a network from a TypeScript or JavaScript file that exports a function from `NetworkParts` to a model of
 * tf.layers as its default and, optionally, `hyperparameters` with their defaults. Bundles it with the files and packages
 * that it imports, checks its types, and tries it on invented rows in a process of its own, for at most ten seconds and in
 * at most a gigabyte. Reads the file anew at each call.
 * @param path from the notebook's folder, such as `./my_network.ts`
 * @returns the network, for `session.train({ network })`
 * @throws `UserError` with file and line for a type or syntax error, a missing import, an error of the function, or a model
 * that cannot be trained and served
 * @example
 * ```ts
 * const network = await workshop.readNetwork('./my_network.ts');
 * network.summary();
 * ```
 */
export async function readNetwork(path: string): Promise<Network> {
  const { file, code, source } = await bundleNetwork(path);
  const [types, trial] = await Promise.allSettled([checkTypes(file), tryNetwork(file, code)]);
  // An error of types tells more.
  if (types.status === 'rejected') throw types.reason;
  if (trial.status === 'rejected') throw trial.reason;
  const { hyperparameters, summary } = trial.value;
  return { name: file, code, source, hyperparameters, summary: () => console.log(summary.join('\n')) };
}
