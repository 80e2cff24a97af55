// Reasons why a download failed, as sentences.
import { proxyFor } from '../platform/proxy';

/** A failure with a message for the reader; `canPass` if another attempt may succeed. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly canPass = false,
  ) {
    super(message);
  }
}

const cuts = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'];
const silences = [
  ...['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'],
];
/** Error code of a proxy that responds without connecting. */
const refusals = ['UND_ERR_ABORTED'];

/** Whether another attempt may succeed. A server that never answered counts as offline. */
export function isPassing(error: unknown, hasAnswered: boolean): boolean {
  if (error instanceof Failure) return error.canPass;
  const { code = '' } = error as NodeJS.ErrnoException;
  return cuts.includes(code) || (hasAnswered && silences.includes(code));
}

/** Returns the reason for an error, without a capital letter or a full stop. */
export function reasonOf(error: unknown, url: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (error instanceof Failure) return message;
  const detail = `(${message || code})`;
  const proxy = [...silences, ...refusals].includes(code) && proxyFor(new URL(url));
  if (proxy) {
    const { address, variable } = proxy;
    return (
      `the proxy ${address} (${variable}) lets nothing through ${detail}; set ${variable} to a working proxy, with a ` +
      'name and password if it needs them (http://NAME:PASSWORD@HOST:PORT), or unset it if you need no proxy'
    );
  }
  if (cuts.includes(code)) return `the connection was cut ${detail}`;
  if (silences.includes(code)) {
    return `${new URL(url).host} cannot be reached; is this machine offline? ${detail}`;
  }
  if (/CERT|SSL|TLS|EPROTO|SIGNATURE/.test(code)) {
    return `the connection is not secure ${detail}; set NODE_EXTRA_CA_CERTS to a file of the certificates to trust`;
  }
  return `the request failed ${detail}`;
}
