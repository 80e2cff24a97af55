// Properties of reading tables: the same rows as Python's csv on well-formed files, and nothing lost silently on others.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../testing/folders';
import { readTableFile } from './tableFile';

const columns = { text: 'text', label: 'label' };
const lineEnds = ['\n', '\r\n', '\r'];
const seed = 20;

interface Case {
  rows: string[][];
  delimiter: string;
  lineEnd: 'mixed' | number;
  quotesAll: boolean;
}

/** Words, and pieces that CSV gives a meaning to. */
const piece = fc.constantFrom(
  ...[
    'goose',
    'wins',
    'the cup',
    '"',
    '""',
    ',',
    ';',
    '|',
    '\t',
    ' ',
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    "it's",
    '\\',
  ],
  ...['café', '鵞鳥', '🦢', '5" disk', '#1', '\u2028', 'x,y\n1,2\n3,4\n', '> a reply\n', '{"a": [1]}'],
);
const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
const label = fc.constantFrom('spam', 'ham', 'not sure', 'in, between');

const wellFormed: fc.Arbitrary<Case> = fc.record({
  rows: fc
    .array(fc.tuple(text, label, text), { minLength: 4, maxLength: 40 })
    .map((rows) => rows.map(([first, second, other], index) => [`${index}: ${first}`, second, other])),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  lineEnd: fc.constantFrom('mixed' as const, 0, 1, 2),
  quotesAll: fc.boolean(),
});

/** Writes rows as RFC 4180 has it. */
function write({ rows, delimiter, lineEnd, quotesAll }: Case): string {
  const field = (value: string) =>
    quotesAll || /["\r\n]/.test(value) || value.includes(delimiter)
      ? `"${value.replaceAll('"', '""')}"`
      : value;
  const end = (index: number) => lineEnds[lineEnd === 'mixed' ? index % 3 : lineEnd];
  return [['text', 'label', 'more'], ...rows]
    .map((row, index) => row.map(field).join(delimiter) + end(index))
    .join('');
}

const oracle = `
import csv, json, sys
csv.field_size_limit(10 ** 9)
out = []
for path, delimiter in json.load(sys.stdin):
    with open(path, newline='', encoding='utf-8') as file:
        out.append([row for row in csv.reader(file, delimiter=delimiter) if row])
json.dump(out, sys.stdout)
`;

const withPlainEnds = (value: string) => value.replaceAll(/\r\n?/g, '\n');

test('readTableFile() reads of well-formed files what Python’s csv reads', async (t) => {
  const folder = await temporaryFolder(t);
  const cases = fc.sample(wellFormed, { seed, numRuns: 150 });
  const files = cases.map((_, index) => join(folder, `${index}.csv`));
  await Promise.all(cases.map((sample, index) => writeFile(files[index] as string, write(sample))));
  const input = JSON.stringify(cases.map(({ delimiter }, index) => [files[index], delimiter]));
  const python = spawnSync('python3', ['-c', oracle], { input, encoding: 'utf8', maxBuffer: 1e9 });
  if (python.error) return t.skip('there is no python3');
  const expected: string[][][] = JSON.parse(python.stdout);
  for (const [index, file] of files.entries()) {
    const [, ...rows] = expected[index] as string[][];
    const table = await readTableFile(file, columns);
    assert.deepEqual(
      table.rows.map(({ title, label: found }) => [title, found]),
      rows.map(([title = '', found = '']) => [withPlainEnds(title), found]),
      file,
    );
    assert.deepEqual(table.skipped, []);
  }
});

test('a stray quote anywhere costs no other row, and its line is named', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'table.csv');
  const short = fc.array(fc.constantFrom('goose', 'a, b', '"so"', 'x\ny', ' ', '5'), {
    minLength: 1,
    maxLength: 5,
  });
  const files = fc.record({
    rows: fc.array(fc.tuple(short, fc.constantFrom('spam', 'ham')), { minLength: 40, maxLength: 60 }),
    labelFirst: fc.boolean(),
    quotesAll: fc.boolean(),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(files, async ({ rows, labelFirst, quotesAll, place }) => {
      const cells = rows.map(([words, name], index) => [`(${index}) ${words.join(' ')} (${index})`, name]);
      const names = ['text', 'label'];
      const table = [names, ...cells].map((row) => (labelFirst ? row.toReversed() : row));
      const records = table.map((row) =>
        row
          .map((value) => (quotesAll || /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
          .join(','),
      );
      const hit = 1 + Math.floor(place * (records.length - 1.001));
      const record = records[hit] as string;
      const at = Math.floor(((place * 1e6) % 1) * (record.length + 1));
      records[hit] = `${record.slice(0, at)}"${record.slice(at)}`;
      await writeFile(path, `${records.join('\n')}\n`);
      const first = records.slice(0, hit).join('\n').split('\n').length + 1;
      const last = first + record.split('\n').length - 1;
      const { rows: found, skipped } = await readTableFile(path, columns);
      const others = cells.filter((_, index) => index !== hit - 1);
      const isOther = ({ title }: { title: string }) => others.some(([other]) => other === title);
      assert.deepEqual(
        found.filter(isOther).map(({ title, label: name }) => [title, name]),
        others,
        records.join('\n'),
      );
      const isHit = ({ line, lines }: { line: number; lines: number }) =>
        line >= first && line + lines - 1 <= last;
      assert.ok(
        skipped.every(isHit),
        `${JSON.stringify(skipped)} for ${first} to ${last}\n${records.join('\n')}`,
      );
      assert.ok(skipped.length > 0 || found.length >= rows.length, records.join('\n'));
    }),
    { numRuns: 150, seed },
  );
});
