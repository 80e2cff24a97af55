// The formats of requests and answers. To add one, write a codec and list it here.
import { isUtf8 } from 'node:buffer';
import { RequestError } from '../http/requestError';
import type { AnswerWriter, Codec, Headlines, Invalid, ReadOptions } from './codec';
import { csv } from './csv';
import { json } from './json';
import { jsonLines } from './jsonLines';

/** The codecs by their documented media types, the most usual one first. */
export const codecs = {
  'application/json': json,
  'application/jsonlines': jsonLines,
  'text/csv': csv,
} as const satisfies Readonly<Record<string, Codec>>;

export type MediaType = keyof typeof codecs;

/** A format's media type, under the name that the client uses. */
export type TypeName = (typeof codecs)[MediaType]['names'][number];

export const mediaTypes = Object.keys(codecs) as readonly MediaType[];

const formats = new Map<TypeName, MediaType>(
  mediaTypes.flatMap((type) => codecs[type].names.map((name) => [name, type] as const)),
);

export const typeNames: readonly TypeName[] = [...formats.keys()];

export function formatOf(name: TypeName): MediaType {
  return formats.get(name) as MediaType;
}

/** Column names if training did not store one. */
const usualColumns: ReadOptions = { columns: ['headline'] };

/** Throws a {@link RequestError} with the problem, its place in the body, and what to send instead. */
export function readBody(body: Buffer, type: MediaType, options = usualColumns): Headlines {
  const { howTo, hasBlankHeadlines, read } = codecs[type];
  const invalid: Invalid = (problem) => new RequestError(400, `${problem} ${howTo}`);
  if (!isUtf8(body)) throw invalid('The body is not valid UTF-8.');
  const hasByteOrderMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const text = body.toString('utf8', hasByteOrderMark ? 3 : 0);
  if (text === '' || (!hasBlankHeadlines && !/\S/.test(text))) throw invalid('The body is empty.');
  return read(text, invalid, options);
}

/**
 * Returns a writer for each format. A model's labels are the same in all its answers, so they are encoded once.
 * @param model the model's id, the member `model` of JSON answers, once in each answer or on each line; default: none
 */
export function createWriters(
  labels: readonly string[],
  model?: string,
): Readonly<Record<MediaType, AnswerWriter>> {
  const writers = mediaTypes.map((type) => [type, codecs[type].createWriter(labels, model)]);
  return Object.fromEntries(writers) as Record<MediaType, AnswerWriter>;
}
