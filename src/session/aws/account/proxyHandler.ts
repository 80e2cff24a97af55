// Sends requests to AWS through the proxy that HTTPS_PROXY or HTTP_PROXY names, except where NO_PROXY excludes the host.
// AWS's clients ignore these variables.
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { ProxyAgent, request } from 'undici';
import { UserError } from '../../../platform/errors';
import { briefSeconds, fetchWithin } from '../../../platform/fetchWithin';
import { type Proxy as ProxyOf, proxyFor } from '../../../platform/proxy';

/** An error of a request that went through a proxy. */
export interface ProxiedError extends Error {
  proxy?: ProxyOf;
}

const thisMachine = /^(localhost|127\..*|\[?::1\]?)$/;

type Handle = NodeHttpHandler['handle'];

/** Milliseconds. After a laptop's sleep, a connection may be dead without any sign of it. */
const usualTimeouts = { connectionTimeout: 10_000, socketTimeout: 120_000 };

/** The request handler of all clients. It chooses for each request, since NO_PROXY excludes hosts. */
export class ProxyHandler extends NodeHttpHandler {
  readonly #proxied = new Map<string, NodeHttpHandler>();
  readonly #timeouts: typeof usualTimeouts;

  constructor(timeouts = usualTimeouts) {
    super(timeouts);
    this.#timeouts = timeouts;
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const { protocol, hostname, port } = request;
    const proxy = findProxy(new URL(`${protocol}//${hostname}${port ? `:${port}` : ''}`));
    if (!proxy) return await super.handle(request, options);
    try {
      return await this.#through(addressOf(proxy)).handle(request, options);
    } catch (error) {
      throw Object.assign(error as ProxiedError, { proxy });
    }
  }

  override destroy(): void {
    super.destroy();
    for (const handler of this.#proxied.values()) handler.destroy();
  }

  #through(proxy: string): NodeHttpHandler {
    const settings = { proxy, keepAlive: true, maxSockets: 50 };
    const handler =
      this.#proxied.get(proxy) ??
      new NodeHttpHandler({
        ...this.#timeouts,
        httpAgent: new HttpProxyAgent(settings),
        httpsAgent: new HttpsProxyAgent(settings),
      });
    this.#proxied.set(proxy, handler);
    return handler;
  }
}

/** Requests a small response that no client asks for, through the same proxy. */
export async function fetchFromAws(url: string, method = 'GET'): Promise<Answer> {
  const proxy = findProxy(new URL(url));
  if (!proxy) return await fetchWithin(briefSeconds, url, { method });
  const signal = AbortSignal.timeout(1000 * briefSeconds);
  const dispatcher = new ProxyAgent(addressOf(proxy));
  const { headers, body } = await request(url, { method: method as 'GET', signal, dispatcher });
  const text = await body.text();
  return {
    headers: { get: (name) => [headers[name.toLowerCase()]].flat()[0] ?? null },
    json: async () => JSON.parse(text),
  };
}

interface Answer {
  headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}

/** Returns the {@link UserError} for a proxy that does not connect; undefined if the error has another cause. */
export function explainProxy(error: ProxiedError, isSilent: boolean, service: string): UserError | undefined {
  const { proxy, message } = error;
  if (!proxy || !(isSilent || /^(Bad response: \d+|Proxy timeout)$/.test(message))) return undefined;
  const { address, variable } = proxy;
  return new UserError(
    `${service} cannot be reached through the proxy ${address} (${message}). Set ${variable} to a working proxy, with a ` +
      'name and password if it needs them (http://NAME:PASSWORD@HOST:PORT), unset it if you need no proxy, or name the ' +
      'hosts that need none in NO_PROXY.',
    { cause: error },
  );
}

function findProxy(url: URL): ProxyOf | undefined {
  return thisMachine.test(url.hostname) ? undefined : proxyFor(url);
}

/** Returns the proxy's address, with name and password. */
function addressOf({ variable }: ProxyOf): string {
  return process.env[variable] ?? '';
}
