// fetch() with an end: on Node 20 the first one to a server that hangs up at once would wait forever.
import { setTimeout } from 'node:timers';

/** Seconds that a small answer of a server, on this machine or another, may take. */
export const briefSeconds = 10;
/** Seconds that the answer to an invocation may take: more than SageMaker's 60, so that a slow one is seen to be slow. */
export const invocationSeconds = 300;

/** Asks as `fetch()` does; it and its body reject with a TimeoutError when the answer is not whole within the seconds. */
export async function fetchWithin(seconds: number, url: string, init: RequestInit = {}): Promise<Response> {
  const limit = new AbortController();
  // Not that of AbortSignal.timeout(), with which a process that has nothing else to do would end meanwhile.
  const timer = setTimeout(() => limit.abort(timeout()), 1000 * seconds);
  try {
    return await fetch(url, { ...init, signal: limit.signal });
  } finally {
    // The body has what is left of the time, and keeps the process alive by itself.
    timer.unref();
  }
}

function timeout(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}
