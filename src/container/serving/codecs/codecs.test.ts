import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RequestError } from '../http/requestError';
import type { ReadOptions } from './codec';
import { type MediaType, readBody } from './codecs';

function read(text: string, csv: Partial<ReadOptions> = {}, type: MediaType = 'text/csv') {
  const { titles, rest, hasHeader } = readBody(Buffer.from(text), type, {
    columns: ['TITLE', 'headline'],
    ...csv,
  });
  const all = [...titles];
  for (let part = rest?.next(); part && !part.done; part = rest?.next()) all.push(...part.value);
  return { titles: all, hasHeader };
}

const present: Partial<ReadOptions> = { header: 'present' };
const absent: Partial<ReadOptions> = { header: 'absent' };

const bodies: readonly [string, Partial<ReadOptions>, string[], boolean][] = [
  ['bank\nfilm\n', {}, ['bank', 'film'], false],
  ['headline\nbank\n', {}, ['bank'], true],
  ['title\nbank\n', {}, ['bank'], true],
  ['id,TITLE,headline\n1,a,b\n', {}, ['a'], true],
  ['text\nbank\n', { columns: ['text', 'headline'] }, ['bank'], true],
  ['text\nbank\n', {}, ['text', 'bank'], false],
  ['text\nbank\n', present, ['bank'], true],
  ['headline\nbank\n', absent, ['headline', 'bank'], false],
  ['a\r\nb\nc\rd', {}, ['a', 'b', 'c', 'd'], false],
  ['a\n\nb\n', {}, ['a', '', 'b'], false],
  ['\n', {}, [''], false],
  ['id,headline\n1,a\n\n2,b\n', {}, ['a', '', 'b'], true],
  ['"a, ""b""\r\nc"\nd', {}, ['a, "b"\r\nc', 'd'], false],
  ['says "so\nfilm"\n', {}, ['says "so', 'film"'], false],
  ['""\n', {}, [''], false],
  [`a${'\u0301\u0316'.repeat(500_000)}`, {}, [`a${'\u0301\u0316'.repeat(500_000)}`], false],
];

const show = (value: unknown) => JSON.stringify(value).slice(0, 60);

for (const [text, options, titles, hasHeader] of bodies) {
  test(`${show(text)} with ${show(options)} holds ${show(titles)}`, () => {
    assert.deepEqual(read(text, options), { titles, hasHeader });
  });
}

const rejected: readonly [string, Partial<ReadOptions>, RegExp][] = [
  ['bank\n"a\nb\nc', {}, /^Row 2 is not valid CSV: a quote is not closed/],
  ['bank\n"so" it goes\nfilm "x"\n', {}, /^Row 2 .*text follows a closing quote/],
  ['bank\na, "b\nc"\n', {}, /^Row 2 has 2 columns/],
  ['id,text\n1,a\n', present, /^The first line has no column "TITLE" or "headline"/],
  [
    'id,headline\n1,a\n2,Stocks fall, again\n',
    {},
    /^Row 3 has 3 columns, and the header line has 2\. Put quotes/,
  ],
  ['headline\nStocks fall, again\n', {}, /^Row 2 has 2 columns, and the header line has 1\./],
  ['text\nStocks fall, again\n', present, /^Row 2 has 2 columns, and the header line has 1\./],
  ['headline,id\na\n', {}, /^Row 2 has 1 column, and the header line has 2\./],
  ['headline\n', {}, /a header line but no headlines/],
  ['a\nb,c\n', absent, /^Row 2 has 2 columns/],
  [`${','.repeat(20_000)}\n`, {}, /^Row 1 has more than 10000 columns/],
  [`"${'""'.repeat(300_000)}"`, {}, /^Row 1 has more than 250000 quotes in a column/],
  ['', {}, /body is empty/],
];

for (const [text, options, reason] of rejected) {
  test(`${JSON.stringify(text.slice(0, 40))} with ${JSON.stringify(options)} is rejected: ${reason.source}`, () => {
    assert.throws(
      () => read(text, options),
      (error) => error instanceof RequestError && error.statusCode === 400 && reason.test(error.message),
    );
  });
}

/** As Python's csv.writer and pandas write it: quotes where they are needed, and around an empty headline. */
function toCell(title: string): string {
  return title === '' || /[",\r\n]/.test(title) ? `"${title.replaceAll('"', '""')}"` : title;
}

test('every format gives each headline back, empty and blank ones too, in the order in which they came', () => {
  const sign = fc.constantFrom('"', ',', '\n', '\r', '\r\n', ' ', 'a', '日', '\0', '\t');
  const titles = fc.array(fc.string({ unit: sign, maxLength: 8 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(
      titles,
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.boolean(),
      (titles, lineEnd, endsInLineEnd) => {
        const csv = titles.map(toCell).join(lineEnd) + (endsInLineEnd ? lineEnd : '');
        assert.deepEqual(read(csv, absent).titles, titles);
        assert.deepEqual(
          read(`id,headline${lineEnd}${titles.map((title) => `1,${toCell(title)}`).join(lineEnd)}`).titles,
          titles,
        );
        const lines = titles.map((input) => JSON.stringify({ input })).join('\n');
        assert.deepEqual(read(lines, {}, 'application/jsonlines').titles, titles);
        assert.deepEqual(read(JSON.stringify({ input: titles }), {}, 'application/json').titles, titles);
      },
    ),
    { seed: 1, numRuns: 2000 },
  );
});
