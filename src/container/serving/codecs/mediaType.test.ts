import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { RequestError } from '../http/requestError';
import { formatOf, type TypeName } from './codecs';
import { chooseAnswerType, readContentType } from './mediaType';

const own = 'application/json';

const accepted: readonly [string | undefined, TypeName | 406][] = [
  [undefined, own],
  ['', own],
  [' , ', own],
  ['*/*', own],
  ['application/*', own],
  ['application/json; charset=utf-8', own],
  ['application/json;charset="UTF-8"', own],
  ['APPLICATION/JSON ; Charset=utf8', own],
  ['application/json; charset=iso-8859-1', 406],
  ['application/json;version=1', own],
  ['text/csv; header=present', 'text/csv'],
  ['text/*', 'text/csv'],
  ['text/html', 406],
  ['json', 406],
  ['*/*;q=0', 406],
  ['*', own],
  ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', own],
  ['application/json;q=.5,, ,', own],
  ['*a', 406],
  ['text/html, */*;q=0.1', own],
  ['application/json;q=0, */*', 'application/jsonlines'],
  ['application/json;q=0.1, text/csv;q=0.2', 'text/csv'],
  ['text/html;note="a, text/csv", application/x-ndjson', 'application/x-ndjson'],
  ['application/jsonl', 'application/jsonl'],
  ['application/json-lines', 'application/json-lines'],
  ['text/csv;q=0.5, application/json; charset=utf-8; q=0.4', 'text/csv'],
];

for (const [accept, expected] of accepted) {
  test(`Accept: ${accept} is answered with ${expected}`, () => {
    if (expected !== 406) assert.equal(chooseAnswerType(accept, own), expected);
    else assert.throws(() => chooseAnswerType(accept, own), hasStatus(406));
  });
}

function hasStatus(status: number) {
  return (error: unknown) => error instanceof RequestError && error.statusCode === status;
}

/** A media range, its quality, and the parameters that must not matter. */
const range = fc.record({
  type: fc.constantFrom(
    ...[
      'application/json',
      'application/jsonlines',
      'text/csv',
      'application/*',
      'text/*',
      '*/*',
      'text/html',
    ],
  ),
  quality: fc.constantFrom(0, 0.1, 0.25, 0.5, 1),
  parameter: fc.constantFrom(
    '',
    ';charset=utf-8',
    '; Charset="UTF-8"',
    ';header=present',
    ';a="b, text/csv;q=1"',
  ),
});

test('of what Accept names, an answer has one with the highest quality, by the most specific range (RFC 9110, 12.5.1)', () => {
  const types = ['application/json', 'application/jsonlines', 'text/csv'] as const;
  fc.assert(
    fc.property(fc.array(range, { minLength: 1 }), fc.constantFrom(...types), (ranges, own) => {
      const known = new Map(ranges.map((one) => [one.type, one]));
      const qualityOf = (type: string) =>
        (known.get(type) ?? known.get(`${type.split('/')[0]}/*`) ?? known.get('*/*'))?.quality ?? 0;
      const accept = [...known.values()].map(
        ({ type, quality, parameter }) => `${type}${parameter};q=${quality}`,
      );
      const best = Math.max(...types.map(qualityOf));
      if (best === 0) assert.throws(() => chooseAnswerType(accept.join(', '), own), hasStatus(406));
      else assert.equal(qualityOf(formatOf(chooseAnswerType(accept.join(', '), own))), best);
    }),
    { seed: 1, numRuns: 2000 },
  );
});

const contentTypes: readonly [string | undefined, ReturnType<typeof readContentType> | 415][] = [
  ['application/json', { name: 'application/json' }],
  ['Application/JSON;charset=UTF-8', { name: 'application/json' }],
  ['application/json; charset="utf-8"', { name: 'application/json' }],
  ['application/json;', { name: 'application/json' }],
  ['application/json; charset=us-ascii', { name: 'application/json' }],
  ['application/json; charset=ASCII', { name: 'application/json' }],
  [`application/json;${' '.repeat(14_000)}charset=utf-8`, { name: 'application/json' }],
  ['application/json; charset=utf-16', 415],
  ['application/x-ndjson', { name: 'application/x-ndjson' }],
  ['application/jsonl; charset=utf8', { name: 'application/jsonl' }],
  ['text/csv; header=present', { name: 'text/csv', header: 'present' }],
  ['text/csv; charset=utf-8; Header="Absent"', { name: 'text/csv', header: 'absent' }],
  ['text/csv; header=maybe', 415],
  ['application/json; header=maybe', { name: 'application/json' }],
  ['application/json, text/csv', 415],
  ['text/plain', 415],
  ['', 415],
  [undefined, 415],
];

for (const [contentType, expected] of contentTypes) {
  test(`Content-Type: ${contentType} is read as ${JSON.stringify(expected)}`, () => {
    if (expected !== 415) assert.deepEqual(readContentType(contentType), expected);
    else assert.throws(() => readContentType(contentType), hasStatus(415));
  });
}
