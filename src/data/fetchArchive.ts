// Downloads the archive's bytes. Retries after a cut connection or a busy server.
import { setTimeout } from 'node:timers/promises';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { proxyFor } from '../platform/proxy';
import { Failure, isPassing, reasonOf } from './archiveFailure';

interface FetchOptions {
  url: string;
  signal: AbortSignal | undefined;
  onProgress: (line: string) => void;
  limits: {
    archiveBytes: number;
    retries: number;
    /** Milliseconds before the first retry; the delay doubles each time. */
    retryDelay: number;
    connectTimeout: number;
    stallTimeout: number;
  };
}

/** Returns the archive. Throws a {@link Failure}, an undici error, or the signal's reason. */
export async function fetchArchive(options: FetchOptions): Promise<Buffer> {
  const { url, signal, onProgress, limits } = options;
  const dispatcher = createDispatcher(options);
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetchOnce(options, dispatcher);
      } catch (error) {
        if (attempt > limits.retries || !isPassing(error, attempt > 1)) throw error;
        const delay = limits.retryDelay * 2 ** (attempt - 1);
        onProgress(`Trying again in ${delay / 1000} s: ${reasonOf(error, url)}.`);
        await setTimeout(delay, undefined, { signal });
      }
    }
  } finally {
    await dispatcher.destroy();
  }
}

function createDispatcher({ url, limits: { connectTimeout, stallTimeout } }: FetchOptions): Dispatcher {
  const connect = { timeout: connectTimeout };
  const options = { connect, headersTimeout: stallTimeout, bodyTimeout: stallTimeout };
  // For its error, which is clearer than undici's.
  if (URL.canParse(url)) proxyFor(new URL(url));
  const throughProxy = { proxyTls: connect, requestTls: connect };
  // EnvHttpProxyAgent warns that it is experimental, so it is used only if a proxy is set.
  return usesProxy() ? new EnvHttpProxyAgent({ ...options, ...throughProxy }) : new Agent(options);
}

function usesProxy(): boolean {
  return ['http_proxy', 'https_proxy'].some((name) => process.env[name] || process.env[name.toUpperCase()]);
}

const webPage = 'the server sent a web page instead of the archive, perhaps the sign-in page of this network';

async function fetchOnce(options: FetchOptions, dispatcher: Dispatcher): Promise<Buffer> {
  const { url, signal = null } = options;
  const { statusCode, headers, body } = await request(url, { dispatcher, signal, maxRedirections: 5 });
  // Until the body is read, a cut would be an unhandled error; reading reports it again.
  body.on('error', () => undefined);
  if (statusCode === 200 && !String(headers['content-type']).startsWith('text/html')) {
    return await collect(body, Number(headers['content-length'] ?? 0), options);
  }
  await body.dump();
  if (statusCode === 200) throw new Failure(webPage);
  const isBusy = statusCode >= 500 || statusCode === 429 || statusCode === 408;
  throw new Failure(`the server responded with ${statusCode}`, isBusy);
}

async function collect(
  body: AsyncIterable<Buffer>,
  total: number,
  { url, onProgress, limits }: FetchOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let nextReport = 0;
  for await (const chunk of body) {
    if (bytes === 0 && !'PK'.startsWith(chunk.toString('latin1', 0, 2))) throw new Failure(webPage);
    bytes += chunk.length;
    rejectMore('the archive', Math.max(bytes, total), limits.archiveBytes);
    chunks.push(chunk);
    if (Date.now() < nextReport && bytes !== total) continue;
    onProgress(`Downloading ${url}: ${megabytes(bytes)}${total ? ` of ${megabytes(total)}` : ''}.`);
    nextReport = Date.now() + 1000;
  }
  return Buffer.concat(chunks);
}

/** Throws a {@link Failure} if there are more bytes than allowed. */
export function rejectMore(what: string, bytes: number, limit: number): void {
  if (bytes > limit) throw new Failure(`${what} has more than ${megabytes(limit)}`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
