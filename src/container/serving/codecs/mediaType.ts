// The media types of a request and of its answer (RFC 9110, 8.3 and 12.5.1).
import { MIMEType } from 'node:util';
import Negotiator from 'negotiator';
import { RequestError } from '../http/requestError';
import type { ReadOptions } from './codec';
import { codecs, formatOf, mediaTypes, type TypeName, typeNames } from './codecs';

/** The content type of a request. */
export interface ContentType {
  name: TypeName;
  header?: ReadOptions['header'];
}

const json: ContentType = { name: 'application/json' };
const howToAll = Object.values(codecs)
  .map(({ howTo }) => howTo)
  .join(' ');

/** @param contentType the header; throws a {@link RequestError} if the server does not read that type */
export function readContentType(contentType: string | undefined): ContentType {
  // Fast path: nearly every client sends exactly this.
  if (contentType === json.name) return json;
  if (contentType === undefined) throw new RequestError(415, `Content-Type is missing. ${howToAll}`);
  const type = parseType(contentType);
  const name = typeNames.find((known) => known === type?.essence);
  if (!type || !name) throw new RequestError(415, `This content type is not supported. ${howToAll}`);
  const { howTo, hasHeaderParameter } = codecs[formatOf(name)];
  if (!isUtf8(type)) throw new RequestError(415, `This charset is not supported. Send UTF-8. ${howTo}`);
  const header = type.params.get('header')?.toLowerCase();
  if (!hasHeaderParameter || header === undefined) return { name };
  if (header === 'present' || header === 'absent') return { name, header };
  throw new RequestError(
    415,
    'This header parameter is not supported. Send header=present or header=absent.',
  );
}

/**
 * Returns the media type that `Accept` prefers, or the request's own if it accepts any. Ignores parameters except `q` and
 * a charset, which can only be UTF-8. Throws a {@link RequestError} if the server writes none of the types in `Accept`.
 */
export function chooseAnswerType(accept: string | undefined, own: TypeName): TypeName {
  if (accept === undefined || accept === '*/*' || accept === own) return own;
  const ranges = accept.match(listElements) ?? [];
  if (ranges.every((range) => range.trim() === '')) return own;
  const understood = [...new Set(ranges.map(toPlainRange))].join(',');
  // A wildcard does not match the less usual names, which only some clients know. The first of equal types wins.
  const offers = [own, ...mediaTypes, ...typeNames.filter((name) => understood.includes(`${name};`))];
  const [best] = new Negotiator({ headers: { accept: understood } }).mediaTypes(offers);
  if (best) return best as TypeName;
  const known = mediaTypes.join(', ');
  throw new RequestError(
    406,
    `Responses are written as ${known}. Accept one of these or */*, or omit Accept.`,
  );
}

/** Matches the items of a comma-separated list, with commas allowed in quotes. */
const listElements = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/** Drops parameters other than `q`; returns an empty range if no format can match it. */
function toPlainRange(range: string): string {
  // Some old clients write * for */*.
  const type = parseType(range.replace(/^\s*\*\s*(?=;|$)/, '*/*'));
  if (!type || !isUtf8(type)) return '';
  return `${type.essence};q=${type.params.get('q') ?? 1}`;
}

function parseType(text: string): MIMEType | undefined {
  try {
    // Node takes quadratic time for a run of blanks.
    return new MIMEType(text.replace(/[ \t]{2,}/g, ' '));
  } catch {
    return undefined;
  }
}

/** Accepts ASCII too, which is part of UTF-8. */
function isUtf8({ params }: MIMEType): boolean {
  return /^(utf-?8|(us-)?ascii)$/i.test(params.get('charset') ?? 'utf-8');
}

/** Throws a {@link RequestError} for a compressed body, since its decompressed size is not known beforehand. */
export function rejectEncoding(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || /^(identity)?$/i.test(contentEncoding.trim())) return;
  throw new RequestError(415, 'Compressed bodies are not supported. Send the body without Content-Encoding.');
}

/** Throws a {@link RequestError} for an `Expect` other than 100-continue. */
export function rejectExpectation(expect: string | undefined): void {
  if (expect === undefined || /^100-continue$/i.test(expect)) return;
  throw new RequestError(417, 'This expectation is not supported. Omit Expect, or send 100-continue.');
}
