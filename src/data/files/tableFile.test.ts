import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

import { gzipSync } from 'node:zlib';
import { temporaryFolder, userError } from '../../testing/folders';
import { type Columns, readTableFile } from './tableFile';

const fixtures = join(__dirname, '..', '..', '..', 'src', 'testing', 'fixtures', 'tables');
const named = { text: 'text', label: 'label' };

async function fileOf(t: TestContext, text: string | Uint8Array, name = 'table.csv'): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, text);
  return path;
}

const read: [
  file: string,
  rows: number,
  columns?: Columns,
  others?: { skipped?: number[]; repeated?: number },
][] = [
  ['stray-quote-to-end.csv', 599, named, { skipped: [102] }],
  ['stray-quote-closed-late.csv', 599, named, { skipped: [102] }],
  ['crlf-then-lf.csv', 600],
  ['header-crlf-rows-lf.csv', 600],
  ['cr-only.csv', 100],
  ['header-in-middle.csv', 200, named, { repeated: 1 }],
  ['header-in-middle3.csv', 400, named, { repeated: 3 }],
  ['inner-quotes.csv', 100],
  ['backslash-quotes.csv', 100],
  ['backslash-quotes-comma.csv', 100],
  ['excel-unicode-text.txt', 100],
  ['excel-utf16.csv', 100],
  ['excel-utf16-nobom.csv', 100],
  ['nbsp-header.csv', 40],
  ['nfd-header.csv', 40, { text: 'título', label: 'label' }],
  ['agnews-train.csv', 60, { text: '3', label: '1' }],
  ['SMSSpamCollection', 60, { text: '2', label: '1' }],
  ['train.ft.txt', 60],
  ['News_Category_Dataset_v3.json', 60, { text: 'headline', label: 'category' }],
  ['array.json', 30],
  ['sep-line.csv', 100],
  ['preamble.csv', 50],
  ['pipe.csv', 100],
  ['space-after-comma.csv', 100],
  ['semicolon-with-commas-in-header.csv', 50, { text: 'text, as typed, by hand', label: 'label' }],
  ['r-rownames.csv', 50],
  ['trailing-comma.csv', 50],
  ['ragged-short.csv', 50],
  ['group-half-empty-sample.csv', 40, { ...named, group: 'thread' }],
];
for (const [file, count, columns = named, { skipped = [], repeated = 0 } = {}] of read) {
  test(`readTableFile() reads ${file}`, async () => {
    const table = await readTableFile(join(fixtures, file), columns);
    assert.equal(table.rows.length, count);
    assert.deepEqual(
      table.skipped.map(({ line }) => line),
      skipped,
    );
    assert.equal(table.repeatedHeaders.length, repeated);
    const labels = new Set(table.rows.map(({ label }) => label.toLowerCase()));
    assert.ok(labels.size >= 2 && labels.size <= 4, [...labels].join());
    assert.ok(table.rows.every(({ title }) => title.includes(' ')));
  });
}

const refused: [file: string, parts: string[], columns?: Columns][] = [
  ['table.xlsx', ['Excel workbook', 'CSV UTF-8']],
  ['train.parquet', ['damaged Parquet']],
  ['train.tar.gz', ['tar archive', 'tar -xf']],
  ['two-tables.zip', ['2 tables: train.csv, test.csv', 'Unpack it']],
  ['two-col-spaces.txt', ['columns by spaces', 'commas (CSV)']],
  ['excel-cp1252.csv', ['not UTF-8', 'line 2', 'iconv -f WINDOWS-1252']],
  ['latin1-header.csv', ['not UTF-8', 'line 1', 'WINDOWS-1252'], { text: 'título', label: 'categoría' }],
  ['sentiment140.csv', ['not UTF-8', 'WINDOWS-1252'], { text: '6', label: '1' }],
  ['agnews-train.csv', ['no column "text"', 'looks like a row', "{ text: '3', label: '1' }"]],
  ['SMSSpamCollection', ['no column "text"', 'looks like a row', "{ text: '2', label: '1' }"]],
  ['array.json', ['no column "body"', 'text, label'], { text: 'body', label: 'label' }],
  [
    'train.ft.txt',
    ["fastText's layout", "{ text: 'text', label: 'label' }"],
    { text: 'body', label: 'label' },
  ],
  ['pipe.csv', ['no column 3', '2 columns'], { text: '1', label: '3' }],
];
for (const [file, parts, columns = named] of refused) {
  test(`readTableFile() rejects ${file} read by ${Object.values(columns)}, with the reason`, async () => {
    await assert.rejects(readTableFile(join(fixtures, file), columns), userError(file, ...parts));
  });
}

/** Files of ten rows or so, and what is read of them: rows, or parts of the message. */
const texts: [
  name: string,
  text: string | Uint8Array,
  expected: [string, string][] | string[],
  columns?: Columns,
][] = [
  ['labels of one spelling', 'text,label\na,sp\u00adam\u200b\nb, spam\u00a0\nc,spam\n', spams('a', 'b', 'c')],
  ['a header commented out', '#text,label\na,spam\nb,spam\n', spams('a', 'b')],
  [
    'words and a blank line above the header',
    'Report of "May\n\ntext,label\na,spam\nb,spam\n',
    spams('a', 'b'),
  ],
  [
    'a byte order mark in the middle',
    '\ufefftext,label\na,spam\n\ufefftext,label\nb,spam\n',
    spams('a', 'b'),
  ],
  ['empty cells as Excel leaves them', 'text,label\na,spam\n,\n,\nb,spam\n,\n', spams('a', 'b')],
  ['the mark that ends a file under DOS', 'text,label\na,spam\nb,spam\n\x1a', spams('a', 'b')],
  [
    'a title and a header by number',
    'text,label\na,spam\nb,spam\n',
    spams('a', 'b'),
    { text: '1', label: '2' },
  ],
  ['no header by number', 'a,spam\nb,spam\n', spams('a', 'b'), { text: '1', label: '2' }],
  [
    'two files put together, by number',
    `text,label\n${'a,spam\n'.repeat(20)}text,label\nb,spam\n`,
    spams(...Array(20).fill('a'), 'b'),
    { text: '1', label: '2' },
  ],
  ...['|---|---|', '|:--|--:|', '| - | :-: |', '|:-|-|'].map((rule): (typeof texts)[number] => [
    `a table in Markdown, ruled by ${rule}`,
    `| text | label |\n${rule}\n| a | spam |\n| b | spam |\n`,
    spams(' a ', ' b '),
  ]),
  ...['[1] a', '[2024-01-31] a', '[10:05] a', '[[link]] a', '[-] a', '[true] a', '{1} a'].map(
    (text): (typeof texts)[number] => [
      `no header, and a first text in brackets: ${text}`,
      `${text},spam\nb,spam\n`,
      spams(text, 'b'),
      { text: '1', label: '2' },
    ],
  ),
  [
    'lines in quotes',
    '"text,label"\n"a,spam"\n"b,spam"\n',
    ['whole of its first line in quotes', 'outer quotes'],
  ],
  [
    'rows in quotes under a plain header',
    `text,label\n${'"a,""spam"""\n'.repeat(20)}`,
    ['20 of 20', 'line 2: the whole line is in quotes', 'outer quotes'],
  ],
  ['names in quotes between spaces', '"text" "label"\n"1" "a" "spam"\n', ['columns by spaces']],
  ['numbers as names', '0,1\na,spam\nb,spam\n', spams('a', 'b'), { text: '0', label: '1' }],
  [
    'a quote that begins an unquoted text',
    'text,label\n"Wow" he said,spam\nb,spam\n',
    spams('"Wow" he said', 'b'),
  ],
  ['a comment with a lonely quote', '# size 24" or "so\ntext,label\na,spam\nb,spam\n', spams('a', 'b')],
  ['empty texts in quotes', `text,label\n${'"",spam\n'.repeat(20)}`, ['20 of 20', '"text" is empty']],
  [
    'empty texts in quotes between tabs',
    `text\tlabel\n${'"a"\tspam\n'.repeat(3)}""\tspam\n`,
    spams('a', 'a', 'a'),
  ],
  ['a table of Markdown', '| text | label |\n|---|:---|\n| a | spam |\n| b | spam |\n', spams(' a ', ' b ')],
  ['JSON with a list a line', '["a","b"]\n["c","d"]\n', ['more after its JSON array', 'one object a line']],
  ['line ends that Windows doubled', 'text,label\r\r\na,spam\r\r\nb,spam\r\r\n', spams('a', 'b')],
  ['a lonely quote between bars', 'text|label\n"|spam\nb|spam\nc|spam\n', spams('"', 'b', 'c')],
  ['fastText', '__label__spam a\n__label__spam b c\n', spams('a', 'b c')],
  ['fastText with several labels', '__label__a __label__b c\n'.repeat(20), ['20 of 20', 'several labels']],
  [
    'JSON of other types',
    '{"text":1,"label":true}\n\n{"text":"b","label":"true"}\n',
    [
      ['1', 'true'],
      ['b', 'true'],
    ],
  ],
  [
    'JSON without a label',
    `${'{"text":"a","label":"x"}\n'.repeat(9)}{"text":"a","label":null}\n`,
    Array(9).fill(['a', 'x']),
  ],
  [
    'JSON with labels in a list',
    '{"text":"a","label":["x"]}\n'.repeat(9),
    ['9 of 9', '"label" contains a list'],
  ],
  [
    'JSON by columns',
    '{"text":{"0":"a","1":"b"},"label":{"0":"x","1":"y"}}',
    ['by columns', 'orient="records"'],
  ],
  [
    'JSON in a member',
    '{"data": [{"text":"a","label":"x"},{"text":"b","label":"x"}]}',
    ['in "data"', 'jq -c'],
  ],
  ['JSON over lines', '{\n  "text": "a",\n  "label": "x"\n}\n{\n"text": "b"\n}', ['span lines', 'jq -c .']],
  [
    'a JSON array over lines',
    '[\n {"text": "a]\\"", "label": "x"},\n {"text": "b", "label": "x"}\n]\n',
    [
      ['a]"', 'x'],
      ['b', 'x'],
    ],
  ],
  ['a JSON array cut off', '[{"text":"a","label":"x"},{"text":"b","la', ['cut off', 'element 2']],
  ['a web page', '<!DOCTYPE html>\n<html></html>', ['web page', 'raw']],
  [
    'a pointer of Git LFS',
    'version https://git-lfs.github.com/spec/v1\noid sha256:1\n',
    ['Git LFS', 'git lfs pull'],
  ],
  ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]), ['UTF-32', 'iconv']],
  ['compressed with bzip2', 'BZh91AY', ['bzip2', 'bunzip2']],
  ['bytes', Buffer.from([1, 2, 0, 3, 0xff, 0]), ['binary file']],
  ['gzip in UTF-16', gzipSync(Buffer.from('\ufefftext,label\na,spam\nb,spam\n', 'utf16le')), spams('a', 'b')],
  [
    'UTF-16 big-endian without a mark',
    Buffer.from('text,label\n鵞,spam\n鳥,spam\n', 'utf16le').swap16(),
    spams('鵞', '鳥'),
  ],
  ['a header alone, as a part of a channel may be', 'text,label\n', []],
  ['one column', 'text\na\nb\n', ['no columns', '"text"']],
  ['too many fields', `text,label\n${'a, b, c,spam\n'.repeat(20)}`, ['20 of 20', '4 column(s) instead of 2']],
  [
    'fully quoted fields between tabs, one without its end',
    `text\tlabel\n${'"a"\t"spam"\n'.repeat(20)}"b"\t"spam\n`,
    spams(...Array(20).fill('a')),
  ],
  [
    'texts that are all tables with the same labels',
    `text,label\n${'"a,0\nb,1\nc",1\n"d,1\ne,0\nf",0\n'.repeat(20)}`,
    Array(20)
      .fill([
        ['a,0\nb,1\nc', '1'],
        ['d,1\ne,0\nf', '0'],
      ])
      .flat(),
  ],
  [
    'tables in some texts, as well as stray quotes that close',
    `text,label\n${'"a,0\nb,1\nc",1\nd,0\ne,1\nf,0\n'.repeat(20)}`,
    ['malformed', 'line 2: a quote opens here and closes in line 4'],
  ],
  [
    'an unquoted comma in every text',
    `text,label\n${Array.from({ length: 20 }, (_, row) => `on day ${row}, rain,spam\n`).join('')}`,
    ['20 of 20', 'needs double quotes'],
  ],
  [
    'a NUL byte in a line',
    `text,label\n${'a long text,spam\n'.repeat(5)}b\0,spam\n`,
    spams(...Array(5).fill('a long text')),
  ],
  [
    'UTF-16 that is cut off',
    Buffer.from('\ufefftext,label\na,spam\n', 'utf16le').subarray(0, -1),
    ['cut off'],
  ],
  ['blank lines alone', '\n\n', ['nothing but blank lines']],
  ['gzip in gzip', gzipSync(gzipSync('text,label\na,spam\n')), ['compressed twice', 'gunzip']],
  ['a dictionary of Python a line', "{'text': 'a', 'label': 'spam'}\n", ["Python's notation", 'json.dumps']],
  [
    'JSON as pandas splits it',
    '{"columns":["text","label"],"index":[0,1],"data":[["a","x"],["b","y"]]}',
    ['by columns', 'orient="records"'],
  ],
  [
    'JSON in a member that comes later',
    '{"version":1,"data":[{"text":"a","label":"x"},{"text":"b","label":"x"}]}',
    ['in "data"', 'jq -c'],
  ],
  ['fastText as its own scripts write it', '__label__spam , a b\n__label__spam, c\n', spams('a b', 'c')],
  [
    'a quote that never closes over text',
    `text,label\na,spam\nb,spam\n"${'c\n'.repeat(20)}`,
    ['lines 4 to 23', 'never closes'],
  ],
];
for (const [name, text, expected, columns = named] of texts) {
  test(`readTableFile() knows ${name}`, async (t) => {
    const path = await fileOf(t, text);
    if (typeof expected[0] === 'string') {
      await assert.rejects(readTableFile(path, columns), userError(path, ...(expected as string[])));
      return;
    }
    const { rows } = await readTableFile(path, columns);
    assert.deepEqual(
      rows.map(({ title, label }) => [title, label]),
      expected,
    );
  });
}

function spams(...titles: string[]): [string, string][] {
  return titles.map((title) => [title, 'spam']);
}

test('readTableFile() reports a malformed first line of a file without a header', async (t) => {
  const path = await fileOf(t, `a,b,spam\n${'a,spam\nb,ham\n'.repeat(10)}`);
  const { rows, skipped, header } = await readTableFile(path, { text: '1', label: '2' });
  assert.deepEqual([rows.length, skipped.map(({ line }) => line), header], [20, [1], 0]);
});

test('readTableFile() explains how to download an address', async () => {
  await assert.rejects(
    readTableFile('s3://bucket/rows.csv', named),
    userError('not a file', 'aws s3 cp s3://bucket/rows.csv .'),
  );
  await assert.rejects(readTableFile('https://example.com/rows.csv', named), userError('curl -LO'));
});

for (const codec of ['snappy', 'zstd', 'gzip', 'brotli']) {
  test(`readTableFile() reads Parquet compressed with ${codec}`, async () => {
    const { rows, skipped, lines } = await readTableFile(join(fixtures, `rows-${codec}.parquet`), named);
    assert.deepEqual([rows.length, lines], [39, 40]);
    assert.deepEqual(rows[1], { title: 'goose wins the cup 1', label: 'ham', group: '' });
    assert.deepEqual(skipped, [{ line: 6, lines: 1, reason: 'the column "label" is empty' }]);
  });
}

test('readTableFile() reads numbers and truth values of Parquet as labels, and rejects lists', async () => {
  const labelsOf = async (label: string) => {
    const { rows } = await readTableFile(join(fixtures, 'rows-snappy.parquet'), { text: 'text', label });
    return rows.slice(0, 3).map((row) => row.label);
  };
  assert.deepEqual(await labelsOf('stars'), ['0', '1', '2']);
  assert.deepEqual(await labelsOf('big'), [
    '1152921504606846976',
    '1152921504606846977',
    '1152921504606846976',
  ]);
  assert.deepEqual(await labelsOf('good'), ['true', 'false', 'true']);
  assert.deepEqual(await labelsOf('score'), ['0', '1', '0']);
  await assert.rejects(labelsOf('tags'), userError('"tags" contains a list'));
  await assert.rejects(labelsOf('label names'), userError('no column "label names"', 'text, label, stars'));
});

test('readTableFile() keeps what differs in Parquet apart: decimals, parts of a millisecond, dates', async () => {
  const labelsOf = async (label: string) => {
    const path = join(fixtures, 'exact-values.parquet');
    const { rows } = await readTableFile(path, { text: 'text', label });
    return [...new Set(rows.map((row) => row.label))];
  };
  // pyarrow wrote the file from these values.
  assert.deepEqual(await labelsOf('decimal'), ['1234567890123456789', '1234567890123456788', '-5']);
  assert.deepEqual(await labelsOf('small decimal'), [
    '12345678901234.5678',
    '12345678901234.5679',
    '-0.5',
    '3',
  ]);
  assert.deepEqual(await labelsOf('nanoseconds'), [
    '1970-01-01T00:00:00.000000001Z',
    '1970-01-01T00:00:00.000000002Z',
    '2023-11-14T22:13:20.000000001Z',
    '2023-11-14T22:13:20.000Z',
  ]);
  assert.deepEqual(await labelsOf('microseconds'), [
    '1970-01-01T00:00:00.000001Z',
    '1969-12-31T23:59:59.999999Z',
    '2023-11-14T22:13:20.000001Z',
  ]);
  assert.deepEqual(await labelsOf('date'), ['2022-01-08T00:00:00.000Z', '2022-01-09T00:00:00.000Z']);
});

for (const [column, holds] of [
  ['far date', 'a date that is out of range'],
  ['bytes', 'text that is not UTF-8'],
] as const) {
  test(`readTableFile() skips a row of Parquet with ${holds}`, async () => {
    const path = join(fixtures, 'exact-values.parquet');
    const { rows, skipped } = await readTableFile(path, { text: 'text', label: column });
    const reason = `the column "${column}" contains ${holds}; expected one value`;
    assert.deepEqual([rows.length, skipped], [39, [{ line: 1, lines: 1, reason }]]);
  });
}

test('readTableFile() asks which delimiter it is where two fit, and believes sep=', async (t) => {
  const rows = 'Paris, France;buy\nRome, Italy;sell\n'.repeat(20);
  const byNumber = { text: '1', label: '2' };
  await assert.rejects(
    readTableFile(await fileOf(t, rows), byNumber),
    userError('has no header, and "," and ";" both divide', 'sep=;'),
  );
  const { rows: read } = await readTableFile(await fileOf(t, `sep=;\n${rows}`), byNumber);
  assert.deepEqual(read[0], { title: 'Paris, France', label: 'buy', group: '' });
});

test('readTableFile() rejects a JSON array that is not UTF-8', async (t) => {
  const path = join(await temporaryFolder(t), 'rows.json');
  const rows = ['d\xe9j\xe0', 'd\xe8j\xe1', 'plain'].map((label) => ({ text: 'some words', label }));
  await writeFile(path, Buffer.from(JSON.stringify([...rows, ...rows]), 'latin1'));
  await assert.rejects(readTableFile(path, named), userError('rows.json is not UTF-8 text. It looks like'));
});

test('readTableFile() skips rows of a table whose labels are words for nothing only where they are empty', async () => {
  const { rows, skipped } = await readTableFile(join(fixtures, 'nan-labels.csv'), named);
  assert.deepEqual([rows.length, skipped.length], [45, 5]);
});

/** Lines of `count` rows. */
function lines(count: number, toLine: (index: number, label: string) => string): string {
  return Array.from(
    { length: count },
    (_, index) => `${toLine(index, ['spam', 'ham'][index % 2] as string)}\n`,
  ).join('');
}

const mail = 'Dear all, hello\nsome text, with a comma\n> quoted "" words\n';
const documents: [name: string, toLine: (index: number, label: string) => string][] = [
  ['e-mails of hundreds of lines', (index, label) => `"${mail.repeat(200)}bye ${index}",${label}`],
  ['excerpts of another table', (_, label) => `"${'a,1\nb,2\nc,1\n'.repeat(50)}",${label}`],
  ['two lines each, a comma in both', (index, label) => `"well ${index}, then\nbye, so",${label}`],
];
for (const [name, toLine] of documents) {
  test(`readTableFile() reads texts that span lines: ${name}`, async (t) => {
    const columnFirst = await fileOf(t, `text,label\n${lines(30, toLine)}`);
    const { rows, skipped } = await readTableFile(columnFirst, named);
    assert.deepEqual([rows.length, skipped], [30, []]);
    const labelFirst = (index: number, label: string) =>
      `${label},${toLine(index, label).slice(0, -label.length - 1)}`;
    const turned = await readTableFile(await fileOf(t, `label,text\n${lines(30, labelFirst)}`), named);
    assert.deepEqual(turned.rows, rows);
  });
}

const strays: [name: string, text: string, rows: number, skipped: number[]][] = [
  [
    'in every 150th row',
    lines(30_000, (index, label) => `${index % 150 ? '' : '"'}goose ${index},${label}`),
    29_800,
    [],
  ],
  [
    'in the first row, closed in the last',
    `"${lines(50, (index, label) => `goose ${index},${label}`)}end",ham\n`,
    50,
    [2],
  ],
  ['before labels that come later', sorted('5" x"'), 1999, [992]],
  ['before labels that come later, never closed', sorted(''), 1999, [992]],
];
for (const [name, text, count, skipped] of strays) {
  test(`readTableFile() loses no other row to a stray quote ${name}`, async (t) => {
    const table = await readTableFile(await fileOf(t, `text,label\n${text}`), named);
    assert.equal(table.rows.length, count);
    if (skipped.length > 0)
      assert.deepEqual(
        table.skipped.map(({ line }) => line),
        skipped,
      );
  });
}

/** Rows of one label, the 990th with a quote, then rows of another, which `inner` closes. */
function sorted(inner: string): string {
  const first = lines(1000, (index) => `${index === 990 ? '"' : ''}goose ${index},spam`);
  return first + lines(1000, (index) => `goose ${index} ${index === 500 ? inner : ''},ham`);
}

const long = 'x'.repeat(1_500_000);
const tooLong: [name: string, text: string][] = [
  ['quoted', `"${long}",spam`],
  ['over lines', `"${long.replaceAll('x'.repeat(50_000), `${'x'.repeat(50_000)}\n`)}",spam`],
  ['beyond what is kept', `${long.repeat(4)},spam`],
];
for (const [name, text] of tooLong) {
  test(`readTableFile() skips a field of more than a million characters: ${name}`, async (t) => {
    const rows = lines(5000, (index, label) => `goose ${index},${label}`);
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const path = await fileOf(t, `text,label\n${rows}${text}\n${rows}`.replaceAll('\n', lineEnd));
      const table = await readTableFile(path, named);
      assert.equal(table.rows.length, 10_000);
      assert.deepEqual(table.skipped, [
        {
          line: 5002,
          lines: text.split('\n').length,
          reason: 'it has a field of more than 1,000,000 characters',
        },
      ]);
    }
  });
}

test('readTableFile() reads what is left of a file that was cut off, and says where', async (t) => {
  const rows = lines(2000, (index, label) => `goose ${index},${label}`);
  const table = await readTableFile(
    await fileOf(t, `text,label\n${rows}"Dear all, hello\nsome, text\nmore`),
    named,
  );
  assert.equal(table.rows.length, 2000);
  assert.deepEqual(table.skipped, [{ line: 2002, lines: 3, reason: 'a quote opens here and never closes' }]);
});

test('readTableFile() keeps every digit of whole numbers in JSON, as ids of threads have many', async (t) => {
  const first = 2n ** 60n;
  const ids = Array.from(
    { length: 20 },
    (_, index) => `${index % 3 === 0 ? '-' : ''}${first + BigInt(index)}`,
  );
  const objects = ids.map(
    (id, index) => `{"text": "${index}: 1234567890123456789 \\"7", "label": ${index % 2}, "thread": ${id}}`,
  );
  for (const text of [objects.join('\n'), `[${objects.join(',\n')}]`]) {
    const { rows, skipped } = await readTableFile(await fileOf(t, text), { ...named, group: 'thread' });
    assert.deepEqual(skipped, []);
    assert.deepEqual(
      rows.map(({ group }) => group),
      ids,
    );
    assert.deepEqual([rows[1]?.title, rows[1]?.label], ['1: 1234567890123456789 "7', '1']);
  }
});

test('readTableFile() shows text that is not UTF-8 as the likely encoding has it', async (t) => {
  const inWindows1251 = (text: string) =>
    Buffer.from(
      text.replaceAll(/[А-я]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x350)),
      'latin1',
    );
  for (const [encoding, text, encode] of [
    ['windows-1251', 'Сегодня хорошая погода и мы пошли гулять в парк', inWindows1251],
    ['WINDOWS-1252', 'Größe passt überhaupt nicht', (all: string) => Buffer.from(all, 'latin1')],
  ] as const) {
    const table = `text,label\na,spam\n${`${text},ham\r\n`.repeat(20)}`;
    await assert.rejects(
      readTableFile(await fileOf(t, encode(table)), named),
      userError('line 3', `looks like ${encoding}, in which it reads "${text},ham"`, `iconv -f ${encoding}`),
    );
  }
});

test('one stray quote does not change how the quotes of a file with tabs or bars are read', async (t) => {
  const titles = Array.from({ length: 300 }, (_, row) =>
    row % 20 === 7 ? `goose ${row}, 5" disk` : row % 30 === 11 ? `goose ${row}\nsecond line` : `goose ${row}`,
  );
  for (const delimiter of ['\t', '|']) {
    for (const stray of [0, 50, 150, 299]) {
      const rows = titles.map((title, row) => {
        const text = /["\n]/.test(title) ? `"${title.replaceAll('"', '""')}"` : title;
        return `${row === stray ? '"' : ''}${text}${delimiter}${row % 2 ? 'spam' : 'ham'}\n`;
      });
      const path = await fileOf(t, `text${delimiter}label\n${rows.join('')}`);
      const table = await readTableFile(path, named);
      const line = 2 + stray + titles.slice(0, stray).filter((title) => title.includes('\n')).length;
      assert.deepEqual(
        table.skipped.map(({ line, lines }) => [line, lines]),
        [[line, 1]],
      );
      assert.deepEqual(
        table.rows.map(({ title }) => title),
        titles.filter((_, row) => row !== stray),
      );
    }
  }
});
