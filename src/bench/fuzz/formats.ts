// Fuzzing, first part: properties of bodies and answers. An invalid body gets a RequestError; a valid one gives its
// headlines back. Other libraries write the bodies and read the answers.
import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { Headlines } from '../../container/serving/codecs/codec';
import { createWriters, type MediaType, mediaTypes, readBody } from '../../container/serving/codecs/codecs';
import { RequestError } from '../../container/serving/http/requestError';
import type { Prediction } from '../../model/training/classifier';

const mediaType = fc.constantFrom<MediaType[]>(...mediaTypes);

/** Any text in UTF-8, with more of each format's special characters than chance would give. */
const title = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '""',
      ',',
      '\n',
      '\r\n',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ':',
      'a',
      ' ',
      '\u2028',
      '\0',
    ),
  }),
);

/** Anything a client may send: bytes, text, JSON of any kind, JSON that is nearly valid. */
const anyBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.oneof(title, fc.json()).map((text) => Buffer.from(text)),
  fc.jsonValue().map((input) => Buffer.from(JSON.stringify({ input }))),
  fc
    .tuple(fc.array(title, { minLength: 1 }), fc.nat(), fc.uint8Array({ maxLength: 3 }))
    .map(([input, at, bytes]) => splice(Buffer.from(JSON.stringify({ input })), at, bytes)),
);

function splice(body: Buffer, at: number, bytes: Uint8Array): Buffer {
  const cut = at % body.length;
  return Buffer.concat([body.subarray(0, cut), bytes, body.subarray(cut + bytes.length)]);
}

/** Throws if a property fails for one of its `runs` inputs. Returns the number of inputs. */
export function fuzzFormats(runs: number, seed: number): number {
  const properties = [
    fc.property(anyBody, mediaType, readsOrRejects),
    fc.property(fc.array(title, { minLength: 1 }), readsJson),
    fc.property(fc.array(title, { minLength: 1 }), fc.constantFrom('\n', '\r\n'), readsJsonLines),
    fc.property(fc.array(title.filter(isOwnLine), { minLength: 1 }), fc.boolean(), readsCsv),
    fc.property(fc.uniqueArray(title, { minLength: 1 }), fc.array(fc.double(finite)), writesWhatItIsGiven),
  ];
  for (const property of properties) fc.assert(property as fc.IProperty<unknown>, { numRuns: runs, seed });
  return runs * properties.length;
}

const finite = { noNaN: true, noDefaultInfinity: true };

function readsOrRejects(body: Buffer, type: MediaType): void {
  try {
    for (const title of allTitles(readBody(body, type))) assert.equal(typeof title, 'string');
  } catch (error) {
    assert.ok(error instanceof RequestError, `an unexpected error: ${error}`);
    assert.equal(error.statusCode, 400);
    assert.match(error.message, /\. Send /);
  }
}

function readsJson(input: string[]): void {
  assert.deepEqual(allTitles(readBody(Buffer.from(JSON.stringify({ input })), 'application/json')), input);
}

function readsJsonLines(titles: string[], lineEnd: string): void {
  const body = titles
    .map((title, index) => JSON.stringify(index % 2 ? title : { input: title }))
    .join(lineEnd);
  assert.deepEqual(allTitles(readBody(Buffer.from(body), 'application/jsonlines')), titles);
}

/** Returns whether a first line with this title would not be taken for a header. */
function isOwnLine(title: string): boolean {
  return title.trim().toLowerCase() !== 'headline';
}

function readsCsv(titles: string[], hasHeader: boolean): void {
  const cells = titles.map((title) => `"${title.replaceAll('"', '""')}"`);
  const lines = hasHeader ? ['id,headline', ...cells.map((cell, row) => `${row},${cell}`)] : cells;
  const body = Buffer.from(`${lines.join('\n')}\n`);
  // UTF-8 cannot hold half a surrogate pair; it becomes U+FFFD.
  const expected = titles.map((title) => Buffer.from(title).toString());
  assert.deepEqual(allTitles(readBody(body, 'text/csv')), expected);
}

function allTitles({ titles, rest }: Headlines): string[] {
  const all = [...titles];
  for (let part = rest?.next(); part && !part.done; part = rest?.next()) all.push(...part.value);
  return all;
}

function writesWhatItIsGiven(labels: string[], numbers: number[]): void {
  const probabilities = Object.fromEntries(labels.map((label, index) => [label, numbers[index] ?? 0]));
  const predictions: Prediction[] = labels.map((result) => ({ result, probabilities }));
  const headlines: Headlines = { titles: [], isSingle: false, hasHeader: true };
  const writers = createWriters(labels);
  const write = (type: MediaType) => {
    const { begin, write, end } = writers[type];
    return begin(headlines) + predictions.map(write).join('') + end(headlines);
  };
  const json = JSON.stringify({ results: predictions });
  assert.deepEqual(JSON.parse(write('application/json')), JSON.parse(json));
  const lines = write('application/jsonlines').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    JSON.parse(json).results,
  );
  const [, ...rows]: string[][] = parse(write('text/csv'), { record_delimiter: '\n' });
  // Numbers may be written differently: decimals may end in zeros, and −0 may lose its sign.
  const values = labels.map((label) => (probabilities[label] as number) + 0);
  assert.deepEqual(
    rows.map(([label, ...cells]) => [label, ...cells.map(Number)]),
    labels.map((label) => [label, ...values]),
  );
}
