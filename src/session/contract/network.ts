// A network of the user's own in a request: its checks, and its way to the job as the channel `code`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeFiles } from '../../container/networkCode';
import { checkDeclared, parseWithDeclared } from '../../model/declaredHyperparameters';
import type { Network, OwnHyperparameters } from '../../model/training/networkFunction';
import { UserError } from '../../platform/errors';
import { writeInto } from '../../platform/files';
import type { Channel } from './jobs';

/** The channel that a network's code travels as. */
const codeChannel = 'code';

/** The parts of a training or tuning request that concern its network. */
interface Given {
  readonly channels: readonly Channel[];
  readonly hyperparameters?: OwnHyperparameters;
  readonly network?: Network | undefined;
}

/**
 * Checks a request's network, and its hyperparameters as the training job will. Throws a {@link UserError} for anything but a
 * network, for a network together with another architecture or another channel `code`, and for the architecture `own` without one.
 */
export function checkNetwork(request: Given): void {
  const { network, channels, hyperparameters = {} } = request;
  if (network !== undefined) checkGiven(network, request);
  else if (hyperparameters.architecture === 'own' && !hasCode(channels)) {
    throw new UserError(
      'The architecture own needs a network: pass `network: await readNetwork(…)` or `network: await defineNetwork(…)`.',
    );
  }
  parseWithDeclared(hyperparameters, declaredIn(request));
}

function checkGiven(network: Network, { channels, hyperparameters = {} }: Given): void {
  // A cell may forget an await, or pass a path.
  if (typeof network?.code !== 'string' || typeof network.source !== 'string') {
    throw new UserError(
      'network must be the result of `await readNetwork(…)` or `await defineNetwork(…)`, with its await.',
    );
  }
  checkDeclared(network.hyperparameters);
  const { architecture = 'own' } = hyperparameters;
  if (architecture !== 'own') {
    throw new UserError(
      `architecture is ${architecture}, but a network of your own is the architecture own. Remove one of them.`,
    );
  }
  if (hasCode(channels)) {
    throw new UserError(
      'A network travels as the channel code, and the request has such a channel already. Remove one of them.',
    );
  }
}

/**
 * Returns the hyperparameters that a request's network declares: none are known of code that was uploaded by hand. Undefined
 * without a network.
 */
export function declaredIn({
  network,
  channels,
}: {
  network?: Pick<Network, 'hyperparameters'> | undefined;
  channels: readonly Channel[];
}): OwnHyperparameters | undefined {
  return network?.hyperparameters ?? (hasCode(channels) ? {} : undefined);
}

function hasCode(channels: readonly Channel[]): boolean {
  return channels.some(({ name }) => name === codeChannel);
}

/** A request's channels and hyperparameters with its network among them, as a job gets them. */
export interface Inputs {
  channels: readonly Channel[];
  hyperparameters: OwnHyperparameters;
}

/** Uploads a request's network, if it has one. @param upload the session's `upload()` */
export async function uploadNetwork(
  { network, channels, hyperparameters = {} }: Given,
  upload: (folder: string, channel: string) => Promise<Channel>,
): Promise<Inputs> {
  if (!network) return { channels, hyperparameters };
  const folder = await writeInto(tmpdir(), () => mkdtemp(join(tmpdir(), 'network-')));
  try {
    await writeInto(folder, async () => {
      await writeFile(join(folder, codeFiles.code), network.code);
      await writeFile(join(folder, codeFiles.source), network.source);
    });
    const code = await upload(folder, codeChannel);
    return { channels: [...channels, code], hyperparameters: { architecture: 'own', ...hyperparameters } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
