import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { projectFolder } from '../../../platform/paths';
import { temporaryFolder, userError } from '../../../testing/folders';
import { runTransform } from '../../local/transformRun';
import { countColumns, type InputRules, readBatches } from './input';

const csv = { type: 'text/csv', column: undefined } as const;
const json = { type: 'application/jsonlines', column: undefined } as const;
const fixture = (name: string) =>
  readFileSync(join(projectFolder, 'src', 'testing', 'fixtures', 'transform-short-row', name));

async function* inChunks(content: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(content);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function read(content: string | Buffer, rules: InputRules, most = 1000) {
  const all = { lines: [] as string[], numbers: [] as number[], sent: [] as string[] };
  for await (const { lines, numbers, sent } of readBatches(inChunks(content), rules, most)) {
    all.lines.push(...lines);
    all.numbers.push(...numbers);
    all.sent.push(...sent);
  }
  return all;
}

const oneLine = /^[^\0\r\n\ufeff]*$/;
const cell = fc
  .oneof(
    fc.constantFrom(
      '2',
      'a;b',
      'a|b',
      'a\tb',
      'say "no"',
      '"',
      'a, b',
      ' x ',
      'zwölf',
      '日本',
      '=1+1',
      '1e5',
      "it's",
    ),
    fc.string({ unit: 'grapheme' }),
  )
  .filter((text) => oneLine.test(text));
const headline = cell.filter((text) => text.trim() !== '').map((text) => `${text}.`);
const lineEnds = fc.constantFrom('\n', '\r\n');
const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
const inCsv = (text: string, isQuoted: boolean) => (isQuoted || /[",;|\t]/.test(text) ? quote(text) : text);

/** Below a name they make the first row a header. */
const areNumbers = (cells: readonly (string | undefined)[]) =>
  cells.length > 1 && cells.every((cell = '') => cell.trim() !== '' && Number.isFinite(Number(cell)));

test('of well-formed CSV, each row sends the cell that another reader finds in the column', async () => {
  const table = fc.integer({ min: 1, max: 4 }).chain((columns) =>
    fc.record({
      column: fc.nat(columns - 1),
      rows: fc.array(
        fc.record({
          headline,
          cells: fc.array(cell, { minLength: columns, maxLength: columns }),
          isQuoted: fc.boolean(),
          end: lineEnds,
        }),
        { minLength: 1, maxLength: 30 },
      ),
      endsInLineEnd: fc.boolean(),
      most: fc.constantFrom(300, 100_000),
    }),
  );
  const property = fc.asyncProperty(table, async ({ column, rows, endsInLineEnd, most }) => {
    const lines = rows.map(({ headline, cells, isQuoted }) =>
      cells
        .with(column, headline)
        .map((text) => inCsv(text, isQuoted))
        .join(','),
    );
    const text = lines.map((line, row) => line + (rows[row]?.end ?? '')).join('');
    const file = endsInLineEnd ? text : text.replace(/\r?\n$/, '');
    fc.pre(lines.every((line) => Buffer.byteLength(line) < most && line.trim() !== ''));
    const oracle: string[][] = parse(file, { record_delimiter: ['\r\n', '\n'] });
    fc.pre(
      !oracle[0]?.some((_, at) => at !== column && areNumbers(oracle.slice(1).map((cells) => cells[at]))),
    );
    const found = await read(file, { ...csv, column }, most);
    assert.deepEqual(found.lines, lines);
    assert.deepEqual(
      found.numbers,
      lines.map((_, row) => row + 1),
    );
    assert.deepEqual(
      found.sent.map((one) => parse(one)[0]),
      oracle.map((cells) => [cells[column]]),
    );
  });
  await fc.assert(property, { numRuns: 300 });
});

test('whatever a file holds, its records are all read, in order, or it is invalid', async () => {
  const piece = fc.constantFrom(
    'a',
    'b,c',
    ',',
    '"',
    '""',
    '\n',
    '\r\n',
    '\r',
    ';',
    '1;2',
    '\ufeff',
    '\0',
    ' ',
    'headline',
  );
  const property = fc.asyncProperty(
    fc.array(piece, { maxLength: 20 }),
    fc.option(fc.nat(2)),
    async (pieces, at) => {
      const column = at ?? undefined;
      const file = pieces.join('');
      const found = await read(file, { ...csv, column }).catch((error) => void userError('line')(error));
      if (!found) return;
      const text = file.replace(/^\ufeff/, '').replace(/\r$/, '');
      const oracle: string[][] = parse(text, {
        record_delimiter: ['\r\n', '\n'],
        skip_empty_lines: true,
        relax_column_count: true,
      });
      const rows = oracle.filter((cells) => cells.length > 1 || cells[0]?.trim() !== '');
      assert.ok(rows.every(({ length }) => length === rows[0]?.length));
      assert.deepEqual(
        found.sent.map((one) => (parse(one, { skip_empty_lines: true }) as string[][])[0]?.[0]),
        rows.map((cells) => cells[column ?? 0]),
      );
    },
  );
  await fc.assert(property, { numRuns: 1000 });
});

test('each part has as many results as records, in their order, however requests are cut', async (t) => {
  const folder = await temporaryFolder(t);
  const record = fc.record({ input: headline, id: fc.nat() });
  let run = 0;
  const property = fc.asyncProperty(
    fc.array(fc.array(record, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 400, max: 2000 }),
    async (parts, bytes) => {
      run += 1;
      const [input, output] = [join(folder, `in-${run}`), join(folder, `out-${run}`)];
      await Promise.all([mkdir(input), mkdir(output)]);
      const names = parts.map((_, part) => `part-${part}.jsonl`);
      for (const [part, records] of parts.entries()) {
        fc.pre(records.every((one) => Buffer.byteLength(JSON.stringify(one)) < bytes));
        await writeFile(
          join(input, names[part] as string),
          records.map((one) => `${JSON.stringify(one)}\n`).join(''),
        );
      }
      const server = {
        concurrency: 3,
        bytes,
        close: async () => undefined,
        ask: async (body: string) => {
          const records = body.split('\n').map((line) => JSON.parse(line));
          await new Promise((resolve) => setImmediate(resolve));
          return records.map(({ input }) => `${JSON.stringify(`said ${input}`)}\n`).join('');
        },
      };
      const listener = { onProgress: () => undefined, say: () => undefined };
      await runTransform({ input, output, parts: names, ...json }, server, listener);
      for (const [part, records] of parts.entries()) {
        const results = readFileSync(join(output, `${names[part]}.out`), 'utf8')
          .split('\n')
          .slice(0, -1);
        assert.deepEqual(
          results.map((line) => JSON.parse(line)),
          records.map((one) => ({ ...one, SageMakerOutput: `said ${one.input}` })),
        );
      }
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

const utf16 = (text: string) => Buffer.from(text, 'utf16le');

/** Content, rules, and words of the error. */
const invalidRows: [string | Buffer, Partial<InputRules>, ...string[]][] = [
  [fixture('a.csv'), { column: 1 }, 'line 2', '1 column, and line 1 has 2'],
  [fixture('b-semicolon.csv'), { column: 1 }, 'line 1', 'semicolons separate', 'JSON Lines'],
  [fixture('b-semicolon.csv'), { column: 0 }, 'semicolons separate'],
  [fixture('b-semicolon.csv'), {}, 'semicolons separate'],
  ['1;goal\n', { column: 0 }, 'semicolons separate'],
  ['1;"goal, team"\n2;"minister"\n', { column: 1 }, 'line 1', 'semicolons separate'],
  ['1;goal\n2;goal, team\n', { column: 0 }, 'semicolons separate'],
  ['1\tgoal\n2\tvote\n', {}, 'tabs separate'],
  ['1|goal\n2|vote\n', { column: 1 }, 'vertical bars separate'],
  ['1,goal\n2,vote,x\n', { column: 1 }, 'line 2', '3 columns, and line 1 has 2'],
  ['1,goal\n2,vote, election\n', { column: 1 }, 'line 2', 'Put quotes around'],
  ['1,goal\n', { column: 2 }, 'line 1', 'no column 2', 'from 0', '$[2]'],
  ['1,goal\n2,vote\n', {}, 'line 1', '2 columns', 'column: 0'],
  ['goal\nvote, election\n', {}, 'line 2', '2 columns'],
  ['1,goal\n2,\n', { column: 1 }, 'line 2', 'column 1 is empty'],
  ['1,goal\n2," "\n', { column: 1 }, 'line 2', 'column 1 is empty'],
  ['goal\n""\n', {}, 'line 2', 'is empty'],
  ['id,Headline\n1,goal\n', { column: 1 }, 'line 1', '"Headline" is a header'],
  ['text\ngoal\n', {}, 'line 1', 'is a header'],
  ['id, título \n1,goal\n', { column: 1, textColumn: 'título' }, 'line 1', 'is a header'],
  ['1,goal\nid,headline\n', { column: 1 }, 'line 2', 'for a header'],
  ['sep=,\n1,goal\n', { column: 0 }, 'line 1', 'is a header'],
  [
    'id,tweet\n1,goal\n2,vote\n',
    { column: 1 },
    'line 1',
    '"id" is above a column of numbers',
    'Remove',
    'id,tweet',
  ],
  [
    '"review","stars"\n"goal","4.5"\n"vote","3"\n',
    { column: 0 },
    'line 1',
    '"stars" is above a column of numbers',
  ],
  ['a,b,année\nx,goal,2024\ny,vote,2025\n', { column: 1 }, 'line 1', '"année" is above a column of numbers'],
  [',tweet\n0,goal\n1,vote\n2,goal\n', { column: 1 }, 'line 1', '"" is above a column of numbers'],
  ['"","tweet"\r\n"1","goal"\r\n"2","vote"\r\n', { column: 1 }, 'line 1', '"" is above a column of numbers'],
  [
    '1,"goal\nfor team"\n2,vote\n',
    { column: 1 },
    'a record spans lines 1 to 2',
    'splits by line',
    'JSON Lines',
  ],
  ['1,goal\n2,"a\n\nb"\n', { column: 1 }, 'spans lines 2 to 4'],
  ['1,goal\n2,"vote\n3,x\n', { column: 1 }, 'line 2', 'a quote is never closed'],
  ['1,5" disk\n', { column: 1 }, 'line 1', 'inside a cell'],
  ['1,"a" b\n', { column: 1 }, 'line 1', 'inside a cell'],
  ['1, "a"\n', { column: 1 }, 'line 1', 'inside a cell'],
  ['1,a\n', { column: 1, columns: 3 }, 'line 1', 'the first file has 3'],
  [Buffer.concat([Buffer.from('fffe', 'hex'), utf16('1,goal\n')]), { column: 1 }, 'line 1', 'UTF-16'],
  [utf16('1,goal for team\n'), { column: 1 }, 'line 1', 'UTF-16'],
  [
    Buffer.from('1,goal\n2,café\n', 'latin1'),
    { column: 1 },
    'line 2 is not valid UTF-8',
    'Windows-1252',
    '2,café',
  ],
  ['1,goal\n2,vo\0te\n', { column: 1 }, 'line 2 contains a NUL byte'],
  ['1,goal\r2,vote\r', { column: 1 }, 'line 1', 'carriage return'],
  ['1,goal\n2,vo\rte\n', { column: 1 }, 'line 2', 'carriage return'],
  ['1,goal\r'.repeat(1000), { column: 1 }, 'line 1', 'End lines with LF or CR LF'],
  [Buffer.from('1f8b0800', 'hex'), {}, 'line 1', 'gzip'],
  ['PK\u0003\u0004', {}, 'line 1', 'zip archive or a workbook'],
  ['goal\n\nvote\n', { forSageMaker: true }, 'line 2 is blank'],
  ['\ufeffgoal\n', { forSageMaker: true }, 'line 1', 'byte order mark'],
];

for (const [content, rules, ...words] of invalidRows) {
  test(`CSV is invalid: ${JSON.stringify(String(content).slice(0, 60))} ${JSON.stringify(rules)}`, async () => {
    await assert.rejects(read(content, { ...csv, ...rules }), userError(...words));
  });
}

const invalidRecords: [string, ...string[]][] = [
  ['{"headline": "a"}', 'line 1', '"input" is missing'],
  ['"a"\n{"input": null}', 'line 2', '"input" is null'],
  ['{"input": 5}', '"input" is a number'],
  ['{"input": ["a"]}', '"input" is a list'],
  ['{"input": {"a": 1}}', '"input" is an object'],
  ['{"input": ""}', '"input" is empty'],
  ['{"input": " \\n"}', '"input" is empty'],
  ['""', 'the headline is empty'],
  ['{"input": "a", "SageMakerOutput": 1}', 'already has a member "SageMakerOutput"'],
  ['{"input": "a", "SageMaker\\u004futput": 1}', 'already has a member "SageMakerOutput"'],
  ['5', 'a number, not a record'],
  ['null', 'null, not a record'],
  ['["a", "b"]', 'a list, not a record'],
  ['{"input": "a"}\n{"input": "b"', 'line 2', 'not JSON'],
  ['{\n "input": "a"\n}', 'line 1', 'not JSON', 'one record per line'],
  ['{"input": "a"}{"input": "b"}', 'line 1', 'not JSON'],
  ['{"input": "a"}\r{"input": "b"}', 'line 1', 'carriage return'],
  ['{"__proto__": {"input": "a"}}', '"input" is missing'],
];

for (const [content, ...words] of invalidRecords) {
  test(`JSON Lines are invalid: ${JSON.stringify(content)}`, async () => {
    await assert.rejects(read(content, json), userError(...words));
  });
}

test('a byte order mark, blank lines and any line ends are not part of a headline', async () => {
  const rows = await read('\ufeff1,goal\r\n\n2,vote\n \r\n3,"film"', { ...csv, column: 1 });
  assert.deepEqual(rows, {
    lines: ['1,goal', '2,vote', '3,"film"'],
    numbers: [1, 3, 5],
    sent: ['"goal"', '"vote"', '"film"'],
  });
  assert.deepEqual((await read('\ufeff"goal"\n', { ...csv, column: 0 })).sent, ['"goal"']);
  assert.deepEqual((await read('\ufeff{"input":"a"}\r\n"b"', json)).sent, ['{"input":"a"}', '"b"']);
});

test('text that holds other delimiters, or words of a header, is text', async () => {
  for (const file of [
    'goal; vote\n',
    'a | b\nc\n',
    '"a;b"\n"c;d"\n',
    '1,a;b\n2,c;d\n',
    'the text\n',
    'a\ntitle\n',
  ]) {
    const column = file.startsWith('1') ? 1 : undefined;
    assert.equal((await read(file, { ...csv, column })).lines.length, file.trim().split('\n').length, file);
  }
  assert.deepEqual((await read('2\n', { ...csv, textColumn: 2 })).sent, ['2']);
});

test('a word over numbers is a cell where it may be a value, or where the numbers may be chance', async () => {
  for (const file of [
    'a,goal\n1,vote\n',
    'n/a,goal\n1,vote\n2,film\n',
    ',goal\n7,vote\n9,film\n',
    'a,goal\n1,vote\nb,film\n',
    '1,goal\n2,2024\n3,2025\n',
  ]) {
    assert.equal(
      (await read(file, { ...csv, column: 1 })).lines.length,
      file.trim().split('\n').length,
      file,
    );
  }
});

test('the columns of a first row are counted, where it has any', async () => {
  assert.equal(await countColumns(inChunks('\n1,"a, b",c\n2\n')), 3);
  assert.equal(await countColumns(inChunks('1,"a\n')), undefined);
  assert.equal(await countColumns(inChunks('')), undefined);
});
