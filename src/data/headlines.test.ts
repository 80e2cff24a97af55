import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ZipFile } from 'yazl';
import { createHeadline, temporaryFolder, userError } from '../testing/folders';
import { openText } from './files/textFile';
import { categories, type Headline, readNews, writeHeadlines } from './headlines';
import { seededRandom } from './random';
import { readTable } from './table';

const line = '7\tGoose wins\thttp://example.com/7\tThe Example\te\tstory7\texample.com\t1394470370698';
const header = 'ID,TITLE,URL,PUBLISHER,CATEGORY,STORY,HOSTNAME,TIMESTAMP';

/** A file of `lines` in a folder of its own. */
async function fileOf(t: TestContext, ...lines: (string | Uint8Array)[]): Promise<string> {
  const path = join(await temporaryFolder(t), 'news.csv');
  await writeFile(path, Buffer.concat(lines.map((text) => Buffer.from(text as string))));
  return path;
}

test('readNews() returns a row for each line, in order, with the category’s full name', async (t) => {
  const second = line.replaceAll('7', '8').replace('\te\t', '\tm\t');
  const { rows, skipped } = await readNews(await fileOf(t, `${line}\n${second}\n`));
  assert.deepEqual(skipped, []);
  assert.deepEqual(rows[0], {
    id: '7',
    title: 'Goose wins',
    url: 'http://example.com/7',
    publisher: 'The Example',
    category: 'Entertainment',
    story: 'story7',
    hostname: 'example.com',
    timestamp: 1394470370698,
  });
  assert.deepEqual([rows[1]?.id, rows[1]?.story, rows[1]?.category], ['8', 'story8', 'Health']);
});

test('readNews() takes a quotation mark in the original layout for an ordinary character', async (t) => {
  const titles = ['"Goose wins', '"', '""goose"" wins "', 'a, "b", c'];
  const path = await fileOf(t, titles.map((title) => line.replace('Goose wins', title)).join('\n'));
  assert.deepEqual(
    (await readNews(path)).rows.map(({ title }) => title),
    titles,
  );
});

const saved: [name: string, save: (text: string) => Uint8Array | string][] = [
  ['without a last line end', (text) => text.trimEnd()],
  ['with CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['with a byte order mark', (text) => `\ufeff${text}`],
  ['in UTF-16, little end first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['in UTF-16, big end first', (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ['in gzip', (text) => gzipSync(text)],
  ['in gzip and UTF-16', (text) => gzipSync(Buffer.from(`\ufeff${text}`, 'utf16le'))],
];
for (const [name, save] of saved) {
  test(`readNews() reads both layouts saved ${name}`, async (t) => {
    const text = `${line}\n${line.replace('Goose', 'Große “Gans”, 🦢')}\n`;
    const rows = (await readNews(await fileOf(t, save(text)))).rows;
    assert.deepEqual(
      rows.map(({ title, timestamp }) => [title, timestamp]),
      [
        ['Goose wins', 1394470370698],
        ['Große “Gans”, 🦢 wins', 1394470370698],
      ],
    );
    const kaggle = `${header}\n${text
      .replaceAll('"', '""')
      .replaceAll(/[^\t\n]+/g, '"$&"')
      .replaceAll('\t', ',')}`;
    assert.deepEqual((await readNews(await fileOf(t, save(kaggle)))).rows, rows);
  });
}

/** Paths and texts → a zip archive. */
async function zip(entries: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = new ZipFile();
  for (const [path, text] of Object.entries(entries)) archive.addBuffer(Buffer.from(text), path);
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('readNews() reads the table in a zip archive, not what a Mac or a publisher adds', async (t) => {
  const text = { '__MACOSX/news.csv': 'not this', 'ReadMe.txt': 'nor this', 'folder/news.tsv': `${line}\n` };
  assert.equal((await readNews(await fileOf(t, await zip(text)))).rows[0]?.id, '7');
  const published = { '2pageSessions.csv': 'a\tb\n', 'newsCorpora.csv': `${line}\n`, 'readme.txt': 'x' };
  assert.equal((await readNews(await fileOf(t, await zip(published)))).rows[0]?.id, '7');
});

test('readNews() rejects a zip archive with several tables, naming them, and a damaged one', async (t) => {
  const bytes = await zip({ 'one.csv': `${line}\n`, 'two.csv': `${line}\n` });
  const several = await fileOf(t, bytes);
  await assert.rejects(readNews(several), userError(several, '2 tables: one.csv, two.csv', 'name the one'));
  const cut = await fileOf(t, bytes.subarray(0, -30));
  await assert.rejects(readNews(cut), userError(cut, 'cannot be unpacked', 'Get a fresh copy'));
  const single = await zip({ 'one.csv': `${line}\n`.repeat(1000) });
  const damaged = await fileOf(t, single.fill(0xff, 45, 70));
  await assert.rejects(readNews(damaged), userError(damaged, 'cannot be unpacked', 'Get a fresh copy'));
});

test('readNews() reads Kaggle’s quoting: commas, doubled quotes and line breaks in a field', async (t) => {
  const record =
    '7,"Goose, ""the best"",\nwins",http://example.com/7,The Example,e,story7,example.com,1394470370698';
  const { rows } = await readNews(await fileOf(t, `${header}\n${record}\n${record.replace('7', '8')}\n`));
  assert.deepEqual(
    rows.map(({ id, title }) => [id, title]),
    [
      ['7', 'Goose, "the best",\nwins'],
      ['8', 'Goose, "the best",\nwins'],
    ],
  );
});

test('readNews() finds the columns of a CSV by its header: further ones, semicolons, what Excel and pandas add', async (t) => {
  const rows = [line, line.replace('Goose', 'Gans')];
  const { rows: expected } = await readNews(await fileOf(t, rows.join('\n')));
  const table = (delimiter: string, [before, after]: [string[], string[]]) =>
    [header.split(','), ...rows.map((row) => row.split('\t'))]
      .map((fields, index) => [before[index], ...fields, after[index]].filter((cell) => cell !== undefined))
      .map((fields) => `${fields.join(delimiter)}\n`)
      .join('');
  for (const text of [
    table(',', [['', '0', '1'], []]),
    table(',', [
      ['Unnamed: 0', '0', '1'],
      ['label', '', 'x'],
    ]),
    table(',', [[], ['', '', '']]),
    table(',', [[], [undefined as unknown as string, '', '']]),
    table(';', [[], []]),
    `sep=;\n${table(';', [[], []])}`,
    `"sep=,"\n${table(',', [['', '0', '1'], []])}`,
  ]) {
    const file = await readNews(await fileOf(t, `${text}${text.replace(/^.*sep.*\n/, '')}`));
    assert.deepEqual(file.rows, [...expected, ...expected], text);
    assert.deepEqual([file.skipped, file.repeatedHeaders.length], [[], 1], text);
  }
  const short = `${table(',', [['', '0', '1'], []])}${rows[0]?.replaceAll('\t', ',')}\n`;
  const { skipped } = await readNews(await fileOf(t, short));
  assert.deepEqual(skipped, [{ line: 4, lines: 1, reason: '8 column(s) instead of 9' }]);
});

test('readNews() knows every code, in either case and with spaces around it', async (t) => {
  for (const [code, category] of Object.entries(categories)) {
    const path = await fileOf(t, line.replace('\te\t', `\t ${code.toUpperCase()} \t`));
    assert.equal((await readNews(path)).rows[0]?.category, category);
  }
  assert.deepEqual(Object.keys(categories).sort(), ['b', 'e', 'm', 't']);
});

test('readNews() keeps rows that share an ID, and titles of 100,000 characters in either layout', async (t) => {
  const long = line.replace('Goose wins', '鵞'.repeat(100_000));
  const path = await fileOf(t, `${line}\n${long}\n`);
  const expected = [
    ['7', 10],
    ['7', 100_000],
  ];
  for (const text of [path, await fileOf(t, `${header}\n${line}\n${long}\n`.replaceAll('\t', ','))]) {
    const { rows } = await readNews(text);
    assert.deepEqual(
      rows.map(({ id, title }) => [id, title.length]),
      expected,
    );
  }
});

const wrongLines: [name: string, wrong: string | Uint8Array, reason: string][] = [
  ['a column too few', '1\tGoose', '2 column(s) instead of 8'],
  ['a column too many', `${line}\tx`, '9 column(s) instead of 8'],
  ['no title', line.replace('Goose wins', ' '), 'the title is empty'],
  [
    'an unknown category',
    line.replace('\te\t', '\tq\t'),
    'unknown category "q", expected one of b (Business)',
  ],
  ['no category', line.replace('\te\t', '\t\t'), 'unknown category ""'],
  ['an object’s own name for a category', line.replace('\te\t', '\tconstructor\t'), 'category "constructor"'],
  ['a timestamp in words', line.replace(/\d+$/, 'noon'), 'TIMESTAMP is "noon"'],
  ['a blank timestamp', line.replace(/\d+$/, ' '), 'TIMESTAMP is " "'],
  ['an infinite timestamp', line.replace(/\d+$/, 'Infinity'), 'TIMESTAMP is "Infinity"'],
  ['a NUL byte', line.replace('wins', 'wi\0ns').padStart(5000, '1'), 'it contains a NUL byte'],
  ['bytes that are not UTF-8', Buffer.from(line.replace('Goose', 'café'), 'latin1'), 'it is not UTF-8'],
];
for (const [name, wrong, reason] of wrongLines) {
  test(`readNews() skips a line with ${name} and gives line and reason`, async (t) => {
    const path = await fileOf(t, `${line}\n`.repeat(100), wrong, `\n${line}\n`);
    const { rows, skipped } = await readNews(path);
    assert.equal(rows.length, 101);
    assert.equal(skipped.length, 1);
    assert.equal(skipped[0]?.line, 101);
    assert.ok(skipped[0]?.reason.includes(reason), skipped[0]?.reason);
  });
}

test('readNews() counts empty lines apart from malformed ones', async (t) => {
  const { rows, skipped, blank, lines } = await readNews(await fileOf(t, `${line}\n\n${line}\n \n`));
  assert.deepEqual([rows.length, skipped.length, blank, lines], [2, 0, 2, 4]);
});

test('readNews() rejects a file with more malformed lines than typing errors explain', async (t) => {
  const wrong = `${line}\tx\n`;
  const few = await fileOf(t, `${line}\n`.repeat(990), wrong.repeat(10));
  assert.equal((await readNews(few)).skipped.length, 10);
  const many = await fileOf(t, `${line}\n`.repeat(989), wrong.repeat(11));
  await assert.rejects(
    readNews(many),
    userError(many, '11 of 1000 lines', 'line 990: 9 column(s)', 'and 6 more'),
  );
  const half = await fileOf(t, `${line}\n${wrong}`);
  await assert.rejects(readNews(half), userError('1 of 2 lines', 'line 2'));
});

const wrongFiles: [name: string, bytes: Uint8Array | string, ...parts: string[]][] = [
  ['an empty file', '', 'is empty'],
  ['a binary file', Buffer.from(`${line}\x01\0\n`), 'is a binary file'],
  ['a file with a NUL byte', Buffer.from(`${line}\0\n`), 'line 1', 'contains a NUL byte'],
  ['another table', 'a,b,c\n1,2,3\n', 'begins with "a,b,c"', 'ID, TITLE, URL', 'text and label columns'],
  ['another table of tabs', 'a\tb\n1\t2\n', 'begins with "a\\tb"'],
  ['a line without end', 'x'.repeat(5_000_000), 'line 1', 'more than 1,000,000 characters'],
  [
    'a gzip file that was cut off',
    gzipSync(`${line}\n`.repeat(1000)).subarray(0, 60),
    'gzip file that was cut off',
  ],
  ['a damaged gzip file', damagedGzip(), 'damaged gzip file'],
  ['a zip file without a table', emptyZip(), 'no .csv, .tsv, .txt, .json'],
];
for (const [name, bytes, ...parts] of wrongFiles) {
  test(`readNews() rejects ${name}, naming the file`, async (t) => {
    const path = await fileOf(t, bytes);
    await assert.rejects(readNews(path), userError(path, ...parts));
  });
}

function damagedGzip(): Uint8Array {
  const bytes = gzipSync(`${line}\n`.repeat(1000));
  return bytes.fill(0xff, 20, 40);
}

/** The end record of an archive without entries, after the signature of one. */
function emptyZip(): Uint8Array {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  return Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), end]);
}

test('readNews() explains a missing path, and a path that is not a file', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(readNews(join(folder, 'x.csv')), userError(`${join(folder, 'x.csv')} does not exist`));
  await assert.rejects(readNews(folder), userError(`${folder} is a folder`));
});

test('readNews() rejects a pipe or a device without waiting for it', async (t) => {
  const pipe = join(await temporaryFolder(t), 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  for (const path of [pipe, '/dev/zero']) {
    await assert.rejects(readNews(path), userError(`${path} is a pipe or a device`, 'Save the rows'));
  }
});

const beginnings: [name: string, beginning: string][] = [
  ['the first line of the original layout', line],
  ['another line of the original layout', `${line}\n`.repeat(30)],
  ['a field of Kaggle’s layout', `${header}\n7,`],
  ['a quoted field of Kaggle’s layout', `${header}\n7,"`],
  ['many lines in one quoted field', `${header}\n7,"${'goose\n'.repeat(200_000)}`],
];
for (const [name, beginning] of beginnings) {
  test(`a line of 2 GB is rejected before it fills the memory: ${name}`, async (t) => {
    const path = await fileOf(t, beginning, 'x'.repeat(5000));
    // A hole in the file: it takes no room on the disk and reads as bytes of zero.
    await truncate(path, 2 ** 31);
    const before = process.memoryUsage().rss;
    const refused = userError(path, 'more than 100,000,000 bytes', 'Check the path');
    await assert.rejects(readNews(path), refused);
    const columns = beginning.startsWith(header)
      ? { text: 'TITLE', label: 'CATEGORY' }
      : { text: '7', label: 'e' };
    await assert.rejects(readTable(path, columns), refused);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 300e6, `${grown} bytes of memory`);
  });
}

test('readNews() leaves out what is appended while it reads', async (t) => {
  const path = await fileOf(t, `${line}\n`.repeat(2000));
  const text = openText(path);
  const first = (await text.next()).value as Buffer;
  await appendFile(path, `${line}\n`.repeat(1000));
  let bytes = first.length;
  for await (const chunk of text) bytes += chunk.length;
  assert.equal(bytes, 2000 * (line.length + 1));
});

test('writeHeadlines() → readNews() gives the same rows again', async (t) => {
  const path = join(await temporaryFolder(t), 'news.csv');
  const random = seededRandom(1);
  const characters = [...' "\',;\\aZ0éß“…猫🦢\u2028\u00a0'];
  const text = () =>
    Array.from({ length: random.integer(12) }, () => characters[random.integer(characters.length)]).join('');
  const rows = Array.from({ length: 300 }, (_, index): Headline => {
    const category = Object.values(categories)[index % 4] as string;
    const words = { title: `T${text()}`, url: text(), publisher: text(), story: text(), hostname: text() };
    return { id: String(index), ...words, category, timestamp: random.integer(2 ** 31) * 1000 };
  });
  await writeHeadlines(path, rows);
  assert.deepEqual((await readNews(path)).rows, rows);
});

test('writeHeadlines() rejects rows that could not be read again', async (t) => {
  const path = join(await temporaryFolder(t), 'news.csv');
  const write = (fields: Partial<Headline>) =>
    writeHeadlines(path, [createHeadline(), createHeadline(fields)]);
  await assert.rejects(write({ category: 'Sport' }), userError('Row 2', '"Sport"', 'b (Business)'));
  await assert.rejects(write({ title: 'Goose\twins' }), userError('Row 2', '"Goose\\twins"', 'tab'));
  await assert.rejects(
    write({ publisher: 'The\nExample' }),
    userError('Row 2', '"The\\nExample"', 'line break'),
  );
  await assert.rejects(write({ title: 'Goose\rwins' }), userError('Row 2', 'line break'));
  assert.ok(!existsSync(path));
});

const samples = join(__dirname, '..', '..', '..', 'shared', 'data', 'uci-news-sample');

test('readNews() reads of Kaggle’s file what it reads of the original one', async (t) => {
  const kaggle = join(samples, 'uci-news-aggregator.head.csv');
  if (!existsSync(kaggle)) return t.skip('the real dataset is not on this machine');
  const { rows, skipped } = await readNews(kaggle);
  const original = await readNews(join(samples, 'newsCorpora.csv'));
  assert.deepEqual(skipped, []);
  assert.equal(rows.length, 500);
  assert.deepEqual(rows, original.rows.slice(0, 500));
});

test('readNews() reads every line of the real dataset', async (t) => {
  const sample = join(samples, 'newsCorpora.csv');
  const path = [sample, process.env.HEADLINES].find((candidate) => candidate && existsSync(candidate));
  if (!path) return t.skip('the real dataset is not on this machine; HEADLINES names it where it is');
  const { rows, skipped } = await readNews(path);
  assert.deepEqual(skipped, []);
  const lines = (await readFile(path)).filter((byte) => byte === 0x0a).length;
  assert.equal(rows.length, lines);
  if (lines !== 15141) return t.diagnostic(`${lines} rows: class counts are known for the sample alone`);
  const counts = { Business: 6580, Entertainment: 5114, 'Science & Technology': 2863, Health: 584 };
  for (const [category, count] of Object.entries(counts)) {
    assert.equal(rows.filter((row) => row.category === category).length, count, category);
  }
});

test('readNews() loses no other row to a stray quote in Kaggle’s layout, and skips headers in the middle', async (t) => {
  const row = (id: number) =>
    `${id},Goose wins,http://example.com/7,The Example,e,story7,example.com,1394470370698\n`;
  const rows = Array.from({ length: 60 }, (_, id) => row(id));
  rows[20] = row(20).replace('Goose', '"Goose');
  rows[50] = row(50).replace('Goose wins', '"Goose, wins"');
  rows.splice(30, 0, `\ufeff${header}\n`);
  const news = await readNews(await fileOf(t, `${header}\n`, ...rows));
  assert.equal(news.rows.length, 59);
  assert.equal(news.rows[48]?.title, 'Goose wins');
  assert.deepEqual(news.repeatedHeaders, [32]);
  assert.deepEqual(
    news.skipped.map(({ line, lines }) => [line, lines]),
    [[22, 1]],
  );
});

test('readNews() reads any mix of line ends', async (t) => {
  const ends = ['\n', '\r\n', '\r'];
  const text = Array.from({ length: 30 }, (_, index) => `${line}${ends[index % 3]}`);
  const { rows, lines } = await readNews(await fileOf(t, ...text));
  assert.deepEqual([rows.length, lines], [30, 30]);
});
