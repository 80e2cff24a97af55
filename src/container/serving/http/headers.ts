// Headers and targets of requests, as they arrive.
import type { IncomingMessage } from 'node:http';
import { RequestError } from './requestError';

/** Returns a header's value from Node's list of names and values; several lines become one list. */
export function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] as string;
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    const more = rawHeaders[at + 1] as string;
    value = value === undefined || value === more ? more : `${value}, ${more}`;
  }
  return value;
}

/**
 * Returns the error for a head that Node accepts but RFC 9112 does not (3.2 and 6.1). A request without `Host` does no
 * harm to a server that has a single name, and some probes send none.
 */
export function findFault({ rawHeaders }: IncomingMessage): RequestError | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) return severalHosts;
  const coding = headerOf(rawHeaders, 'transfer-encoding');
  return coding === undefined || /^chunked$/i.test(coding) ? undefined : unknownCoding;
}

const severalHosts = new RequestError(400, 'The request has several Host headers. Send Host once.');
const unknownCoding = new RequestError(
  501,
  'This Transfer-Encoding is not supported. Send chunked, or state Content-Length.',
);

/** Returns the path of a target: a path or an absolute address, perhaps with a query or a final slash. */
export function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');
  return path.replace(/(?<=.)\/$/, '');
}
