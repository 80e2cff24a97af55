// Waits for AWS: looks again and again until something has happened, and rides out a silence of AWS meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { whileInterruptible } from '../../../display/interruptible';
import type { AwsContext } from './context';
import { isPassing } from './errors';

/**
 * Seconds of pauses after which a silence ends a wait, and a start. Only pauses count: a laptop that has slept for a night
 * continues.
 */
export const patience = { wait: 3600, start: 600 };

type Waiting = Pick<AwsContext, 'pollSeconds' | 'tell'>;

/**
 * Calls a function, with pauses between the calls, until it returns a value. Throws the signal's reason when aborted.
 * @param options.least shortest pause in seconds. @default the session's `pollSeconds`
 */
export async function poll<Value>(
  context: Waiting,
  look: () => Promise<Value | undefined>,
  { signal, least = context.pollSeconds }: { signal?: AbortSignal | undefined; least?: number } = {},
): Promise<Value> {
  for (;;) {
    const value = await rideOut(context, look, { signal, seconds: patience.wait });
    if (value !== undefined) return value;
    await pause(least, signal);
  }
}

interface Patience {
  /** Seconds of pauses after which a silence ends it. */
  seconds: number;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a request, and sends it again while AWS is silent: no network, throttling, or an error of the service itself. If the
 * user interrupts the kernel meanwhile, throws the last error.
 */
export async function rideOut<Response>(
  context: Waiting,
  send: () => Promise<Response>,
  { seconds, signal }: Patience,
): Promise<Response> {
  signal?.throwIfAborted();
  try {
    return await send();
  } catch (error) {
    if (!isPassing(error) || seconds <= 0) throw error;
    context.tell(
      `${(error as Error).message} This cell tries again for up to ${Math.round(seconds / 60)} minutes, or until you interrupt it.`,
    );
    return await tryAgain(context, send, { seconds, signal, error });
  }
}

/** @param patience.error the last one */
async function tryAgain<Response>(
  { pollSeconds, tell }: Waiting,
  send: () => Promise<Response>,
  { seconds, signal, error }: Patience & { error: unknown },
): Promise<Response> {
  const leaving = new AbortController();
  const either = AbortSignal.any([leaving.signal, ...(signal ? [signal] : [])]);
  let last = error;
  const work = async () => {
    for (let silent = 0; silent < seconds; ) {
      silent += await pause(pollSeconds, either);
      signal?.throwIfAborted();
      if (leaving.signal.aborted) break;
      try {
        const response = await send();
        tell('AWS answers again.');
        return response;
      } catch (again) {
        if (!isPassing(again)) throw again;
        last = again;
      }
    }
    throw last;
  };
  return await whileInterruptible(() => leaving.abort(), work);
}

/** Waits for one to three times the seconds given, at random, so that many cells do not ask AWS at once. Returns the seconds. */
export async function pause(least: number, signal?: AbortSignal): Promise<number> {
  const seconds = least * (1 + 2 * Math.random());
  // Aborting only ends the pause early: the caller checks the signal next.
  await sleep(1000 * seconds, undefined, signal && { signal }).catch(() => undefined);
  return seconds;
}
