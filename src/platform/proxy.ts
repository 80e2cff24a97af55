// Finds the proxy of a request, for the error about a proxy that lets nothing through.
import { UserError } from './errors';

export interface Proxy {
  /** The address, without name and password. */
  address: string;
  /** The environment variable that names it. */
  variable: string;
}

/**
 * Returns the proxy that HTTPS_PROXY or HTTP_PROXY names for an address, unless NO_PROXY excludes it; undici reads them
 * in this order. Throws a {@link UserError} if the variable does not hold an address.
 */
export function proxyFor(url: URL): Proxy | undefined {
  const plain = ['http_proxy', 'HTTP_PROXY'];
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', ...plain] : plain;
  const variable = names.find((name) => process.env[name]);
  if (!variable || isExcluded(url)) return undefined;
  const text = process.env[variable] ?? '';
  if (!/^https?:/.test(text) || !URL.canParse(text)) {
    throw new UserError(`${variable} does not name a proxy: write http://HOST:PORT, or unset it.`);
  }
  const { protocol, host } = new URL(text);
  return { address: `${protocol}//${host}`, variable };
}

function isExcluded({ hostname, port, protocol }: URL): boolean {
  const entries = (process.env.no_proxy ?? process.env.NO_PROXY ?? '').toLowerCase().split(/[,\s]+/);
  return entries.filter(Boolean).some((entry) => {
    const [, host = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
    if (only && only !== (port || (protocol === 'https:' ? '443' : '80'))) return false;
    return /^[.*]/.test(host) ? hostname.endsWith(host.replace(/^\*/, '')) : hostname === host;
  });
}
