// Forwards a request to moto.
import type { IncomingMessage } from 'node:http';
import { fetchWithin, invocationSeconds } from '../../platform/fetchWithin';
import type { Answer } from './answer';

/** Headers that are not forwarded. */
const hopHeaders = new Set(['connection', 'content-length', 'transfer-encoding', 'expect', 'keep-alive']);

export async function forward(
  moto: string,
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name));
  const answer = await fetchWithin(invocationSeconds, moto + url, {
    method,
    headers: kept.map(([name, value]) => [name, String(value)] as [string, string]),
    ...(body.length > 0 && { body: new Uint8Array(body) }),
    redirect: 'manual',
  });
  const back = [...answer.headers].filter(([name]) => !hopHeaders.has(name) && name !== 'content-encoding');
  return {
    status: answer.status,
    headers: { ...Object.fromEntries(back), ...(method === 'HEAD' && lengthOf(answer)) },
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

/** Returns the length that a response to HEAD states for the body it leaves out. */
function lengthOf(answer: Response): Record<string, string> {
  const length = answer.headers.get('content-length');
  return length ? { 'content-length': length } : {};
}
