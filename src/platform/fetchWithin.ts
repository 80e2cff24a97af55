// fetch() with a time limit. On Node 20, the first request to a server that hangs up at once would wait forever.
import { setTimeout } from 'node:timers';

/** The time limit in seconds for a small response. */
export const briefSeconds = 10;
/** The time limit in seconds for an invocation. Longer than SageMaker's 60, so that a slow response is measured. */
export const invocationSeconds = 300;

/** Like `fetch()`, but rejects with a TimeoutError, as does its body, when the response is not complete in time. */
export async function fetchWithin(seconds: number, url: string, init: RequestInit = {}): Promise<Response> {
  const limit = new AbortController();
  // AbortSignal.timeout() does not keep the process alive.
  const timer = setTimeout(() => limit.abort(timeout()), 1000 * seconds);
  try {
    return await fetch(url, { ...init, signal: limit.signal });
  } finally {
    // The body has the rest of the time, and keeps the process alive.
    timer.unref();
  }
}

function timeout(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}
