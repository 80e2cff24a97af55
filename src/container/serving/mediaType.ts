// Step 8: which media type a request has, and which one its answer shall have (RFC 9110, 8.3 and 12.5.1).
import { MIMEType } from 'node:util';
import Negotiator from 'negotiator';
import type { CsvOptions } from './csv';
import { howTo, type MediaType, mediaTypes } from './formats';
import { RequestError } from './requestError';

/** Every name by which a format is known. The first name of each is the one in the documentation. */
const formats = {
  'application/json': 'application/json',
  'application/jsonlines': 'application/jsonlines',
  'text/csv': 'text/csv',
  'application/x-jsonlines': 'application/jsonlines',
  'application/json-lines': 'application/jsonlines',
  'application/jsonl': 'application/jsonlines',
  'application/x-jsonl': 'application/jsonlines',
  'application/x-ndjson': 'application/jsonlines',
  'application/ndjson': 'application/jsonlines',
} as const satisfies Record<string, MediaType>;

/** A name of a format, as a request or its answer has it. */
export type TypeName = keyof typeof formats;

const names = Object.keys(formats) as TypeName[];

export function formatOf(name: TypeName): MediaType {
  return formats[name];
}

/** What a request's body is. */
export interface ContentType {
  name: TypeName;
  /** Of text/csv. */
  header?: CsvOptions['header'];
}

const json: ContentType = { name: 'application/json' };
const all = Object.values(howTo).join(' ');

/** @param contentType the header; throws a {@link RequestError} where it is none that is understood */
export function readContentType(contentType: string | undefined): ContentType {
  // As nearly every client sends it.
  if (contentType === json.name) return json;
  if (contentType === undefined) throw new RequestError(415, `The content type is missing. ${all}`);
  const type = parseType(contentType);
  const name = names.find((known) => known === type?.essence);
  if (!type || !name) throw new RequestError(415, `This content type is not understood. ${all}`);
  if (!isUtf8(type)) {
    throw new RequestError(415, `This charset is not understood; send UTF-8. ${howTo[formats[name]]}`);
  }
  const header = type.params.get('header')?.toLowerCase();
  if (name !== 'text/csv' || header === undefined) return { name };
  if (header === 'present' || header === 'absent') return { name, header };
  throw new RequestError(
    415,
    'This header parameter is not understood; send header=present or header=absent.',
  );
}

/**
 * The media type that `Accept` likes best; the request's own where any will do. Parameters do not matter, but for `q` and
 * a charset, which can only be UTF-8. Throws a {@link RequestError} where it names none that can be written.
 */
export function chooseAnswerType(accept: string | undefined, own: TypeName): TypeName {
  if (accept === undefined || accept === '*/*' || accept === own) return own;
  const ranges = accept.match(listElements) ?? [];
  if (ranges.every((range) => range.trim() === '')) return own;
  const understood = ranges.map(toPlainRange).join(',');
  // Other names are for clients that ask by them: a wildcard does not mean these. What stands first wins among equals.
  const offers = [own, ...mediaTypes, ...names.filter((name) => understood.includes(`${name};`))];
  const [best] = new Negotiator({ headers: { accept: understood } }).mediaTypes(offers);
  if (best) return best as TypeName;
  throw new RequestError(
    406,
    'Answers are written as application/json, application/jsonlines, text/csv. Send one of these as Accept, or */*, ' +
      'or leave it out.',
  );
}

/** What stands between the commas of a list, but for those within quotes. */
const listElements = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;

/** Without other parameters than `q`; empty where nothing can meet it. */
function toPlainRange(range: string): string {
  const type = parseType(range);
  if (!type || !isUtf8(type)) return '';
  return `${type.essence};q=${type.params.get('q') ?? 1}`;
}

function parseType(text: string): MIMEType | undefined {
  try {
    return new MIMEType(text);
  } catch {
    return undefined;
  }
}

/** ASCII is part of UTF-8. */
function isUtf8({ params }: MIMEType): boolean {
  return /^(utf-?8|us-ascii)$/i.test(params.get('charset') ?? 'utf-8');
}

/** Throws a {@link RequestError} for a compressed body: what it grows to could not be bounded beforehand. */
export function refuseEncoding(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || /^(identity)?$/i.test(contentEncoding.trim())) return;
  throw new RequestError(415, 'Compressed bodies are not read. Send the body without Content-Encoding.');
}

/** Throws a {@link RequestError} for an `Expect` that no server fulfils. */
export function refuseExpectation(expect: string | undefined): void {
  if (expect === undefined || /^100-continue$/i.test(expect)) return;
  throw new RequestError(417, 'This expectation is not understood. Send no Expect, or 100-continue.');
}
