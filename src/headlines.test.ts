import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { categories, type Headline, parseHeadlines, readHeadlines, writeHeadlines } from './headlines';
import { seededRandom } from './random';
import { createHeadline, temporaryFolder, userError } from './testing';

const line = '7\tGoose wins\thttp://example.com/7\tThe Example\te\tstory7\texample.com\t1394470370698';

test('parseHeadlines() gives one row a line, in order, with the category in words', () => {
  assert.deepEqual(parseHeadlines(`${line}\n${line.replace('7', '8').replace('\te\t', '\tm\t')}\n`, 'x'), [
    {
      id: '7',
      title: 'Goose wins',
      url: 'http://example.com/7',
      publisher: 'The Example',
      category: 'Entertainment',
      story: 'story7',
      hostname: 'example.com',
      timestamp: 1394470370698,
    },
    {
      id: '8',
      title: 'Goose wins',
      url: 'http://example.com/7',
      publisher: 'The Example',
      category: 'Health',
      story: 'story7',
      hostname: 'example.com',
      timestamp: 1394470370698,
    },
  ]);
});

test('parseHeadlines() takes a quotation mark for an ordinary character', () => {
  const titles = ['"Goose wins', '"', '""goose"" wins "', 'a, "b", c'];
  const text = titles.map((title) => line.replace('Goose wins', title)).join('\n');
  assert.deepEqual(
    parseHeadlines(text, 'x').map(({ title }) => title),
    titles,
  );
});

test('parseHeadlines() reads a last line with and without its newline', () => {
  assert.equal(parseHeadlines(`${line}\n${line}`, 'x').length, 2);
  assert.equal(parseHeadlines(`${line}\n${line}\n`, 'x').length, 2);
  assert.equal(parseHeadlines(`${line}\r\n${line}\r\n`, 'x')[1]?.timestamp, 1394470370698);
});

test('parseHeadlines() knows every code of the layout', () => {
  for (const [code, category] of Object.entries(categories)) {
    assert.equal(parseHeadlines(line.replace('\te\t', `\t${code}\t`), 'x')[0]?.category, category);
  }
  assert.deepEqual(Object.keys(categories).sort(), ['b', 'e', 'm', 't']);
});

const wrongLines: [name: string, wrong: string, ...parts: string[]][] = [
  ['a column too few', '1\tGoose', '2 column(s) instead of 8', 'ID, TITLE, URL', 'tabs'],
  ['a column too many', `${line}\tx`, '9 column(s) instead of 8'],
  ['an empty line', '', '1 column(s) instead of 8'],
  [
    'an unknown category',
    line.replace('\te\t', '\tq\t'),
    'unknown category "q"',
    'b (Business)',
    'm (Health)',
  ],
  ['no category', line.replace('\te\t', '\t\t'), 'unknown category ""'],
  ['an object’s own name for a category', line.replace('\te\t', '\tconstructor\t'), 'category "constructor"'],
  ['a timestamp in words', line.replace(/\d+$/, 'noon'), 'TIMESTAMP is "noon"', 'milliseconds'],
  ['an empty timestamp', line.replace(/\d+$/, ''), 'TIMESTAMP is ""'],
  ['a blank timestamp', line.replace(/\d+$/, ' '), 'TIMESTAMP is " "'],
  ['an infinite timestamp', line.replace(/\d+$/, 'Infinity'), 'TIMESTAMP is "Infinity"'],
];
for (const [name, wrong, ...parts] of wrongLines) {
  test(`parseHeadlines() refuses ${name}, naming the line`, () => {
    assert.throws(
      () => parseHeadlines(`${line}\n${wrong}\n${line}\n`, 'news.csv'),
      userError('news.csv, line 2:', ...parts),
    );
  });
}

test('writeHeadlines() → readHeadlines() gives the same rows again', async (t) => {
  const path = join(await temporaryFolder(t), 'news.csv');
  const random = seededRandom(1);
  const characters = [...' "\',;\\aZ0éß“…猫🦢\r\u00a0'];
  const text = () =>
    Array.from({ length: random.integer(12) }, () => characters[random.integer(characters.length)]).join('');
  const rows = Array.from({ length: 300 }, (_, index): Headline => {
    const category = Object.values(categories)[index % 4] as string;
    const words = { title: text(), url: text(), publisher: text(), story: text(), hostname: text() };
    return { id: String(index), ...words, category, timestamp: random.integer(2 ** 31) * 1000 };
  });
  await writeHeadlines(path, rows);
  assert.deepEqual(await readHeadlines(path), rows);
});

test('writeHeadlines() refuses rows that could not be read again', async (t) => {
  const path = join(await temporaryFolder(t), 'news.csv');
  const write = (fields: Partial<Headline>) =>
    writeHeadlines(path, [createHeadline(), createHeadline(fields)]);
  await assert.rejects(write({ category: 'Sport' }), userError('Row 2', '"Sport"', 'b (Business)'));
  await assert.rejects(write({ title: 'Goose\twins' }), userError('Row 2', '"Goose\\twins"', 'tab'));
  await assert.rejects(
    write({ publisher: 'The\nExample' }),
    userError('Row 2', '"The\\nExample"', 'line break'),
  );
  assert.ok(!existsSync(path));
});

test('readHeadlines() says what is wrong with a file that is not there, or is no file', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(readHeadlines(join(folder, 'x.csv')), userError('no file', join(folder, 'x.csv')));
  await assert.rejects(readHeadlines(folder), userError(`${folder} is a folder`));
});

const wrongFiles: [name: string, bytes: Uint8Array, ...parts: string[]][] = [
  ['an empty file', Buffer.from(''), 'is empty', 'Expected the original layout'],
  ['a binary file', Buffer.from(`${line}\0\n`), 'is a binary file', 'Expected the original layout'],
  [
    'text that is not UTF-8',
    Buffer.from(line.replace('Goose', 'café'), 'latin1'),
    'is not UTF-8',
    'Expected',
  ],
  ['a wrong line', Buffer.from(`${line}\n1\t2\t3\n`), ', line 2: 3 column(s)'],
];
for (const [name, bytes, ...parts] of wrongFiles) {
  test(`readHeadlines() refuses ${name}, naming the file`, async (t) => {
    const path = join(await temporaryFolder(t), 'news.csv');
    await writeFile(path, bytes);
    await assert.rejects(readHeadlines(path), userError(path, ...parts));
  });
}

test('readHeadlines() passes over a byte order mark', async (t) => {
  const path = join(await temporaryFolder(t), 'news.csv');
  await writeFile(path, `\ufeff${line}\n`);
  assert.equal((await readHeadlines(path))[0]?.id, '7');
});

test('readHeadlines() reads every line of the real dataset', async (t) => {
  const sample = join(__dirname, '..', '..', 'shared', 'data', 'uci-news-sample', 'newsCorpora.csv');
  const path = [sample, process.env.HEADLINES].find((candidate) => candidate && existsSync(candidate));
  if (!path) return t.skip('the real dataset is not on this machine; HEADLINES names it where it is');
  const rows = await readHeadlines(path);
  const lines = (await readFile(path)).filter((byte) => byte === 0x0a).length;
  assert.equal(rows.length, lines);
  if (lines !== 15141) return t.diagnostic(`${lines} rows: class counts are known for the sample alone`);
  const counts = { Business: 6580, Entertainment: 5114, 'Science & Technology': 2863, Health: 584 };
  for (const [category, count] of Object.entries(counts)) {
    assert.equal(rows.filter((row) => row.category === category).length, count, category);
  }
});
