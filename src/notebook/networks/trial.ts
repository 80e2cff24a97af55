// Tries a network before a training job does, in a process of its own: a fault, a crash or a loop without end takes neither
// the kernel nor a rented machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OwnHyperparameters } from '../../model/training/networkFunction';
import { startProcess } from '../../platform/childStart';
import { UserError } from '../../platform/errors';
import { describeEnd } from '../../platform/processEnd';

/** Limits of a trial, in seconds and gigabytes. */
export const limits = { seconds: 10, gigabytes: 1 };

/** The signal that ends a trial after its time. */
export const timeSignal = 'SIGALRM';

/** A trial's findings. */
interface Tried {
  readonly hyperparameters: OwnHyperparameters;
  /** The lines of the model's summary. */
  readonly summary: readonly string[];
}

/** The child's answer: its findings, or the sentence of an error. */
export type Answer = Tried | { readonly error: string };

/**
 * Makes the network, trains it for one epoch on a few invented rows, and makes it again as a server does. Prints what it
 * prints. Throws a `UserError` if that fails, takes more than ten seconds, or needs more than a gigabyte.
 */
export async function tryNetwork(name: string, code: string): Promise<Tried> {
  const child = await startProcess('the trial of the network', () =>
    fork(join(__dirname, 'trialEntry.js'), {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: ['--no-deprecation'],
      // A process group of its own, so that interrupting a cell does not interrupt the child.
      detached: true,
    }),
  );
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => output.push(bytes));
  let answer: Answer | undefined;
  child.once('message', (message: Answer) => {
    answer = message;
  });
  child.send(code);
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (!answer) throw new UserError(describeLoss(name, exitCode ?? undefined, signal ?? undefined));
  if (output.length > 0) console.log(Buffer.concat(output).toString().trimEnd());
  if ('error' in answer) throw new UserError(answer.error);
  return answer;
}

function describeLoss(name: string, exitCode?: number, signal?: string): string {
  const what = `Your network (${name})`;
  if (signal === timeSignal) {
    return (
      `${what} did not train on a few invented rows within ${limits.seconds} seconds. Look for a loop that never ends, or make ` +
      'the network smaller.'
    );
  }
  const end = describeEnd({ exitCode, signal });
  if (end.includes('memory')) {
    return `${what} needs more than ${limits.gigabytes} GB of memory to train on a few invented rows. Make it smaller.`;
  }
  return `${what} ended its trial process, which ${end}. The function may only build and return the model.`;
}
