import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder, userError } from '../testing/folders';
import { readTable } from './table';

const columns = { text: 'message', label: 'topic' };

async function fileOf(t: TestContext, text: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(t), 'table.csv');
  await writeFile(path, text);
  return path;
}

test('readTable() takes text and label from the named columns, in any order', async (t) => {
  const path = await fileOf(t, 'id,topic,message\n1,billing,"Paid, twice"\n2,delivery,Late again\n');
  const { rows, skipped } = await readTable(path, columns);
  assert.deepEqual(skipped, []);
  assert.deepEqual(
    rows.map(({ title, category }) => [title, category]),
    [
      ['Paid, twice', 'billing'],
      ['Late again', 'delivery'],
    ],
  );
});

for (const [name, delimiter] of [
  ['tabs', '\t'],
  ['semicolons', ';'],
  ['commas', ','],
] as const) {
  test(`readTable() reads columns parted by ${name}`, async (t) => {
    const lines = [
      ['message', 'topic'],
      ['one', 'a'],
      ['two', 'b'],
    ];
    const path = await fileOf(t, lines.map((line) => line.join(delimiter)).join('\n'));
    assert.equal((await readTable(path, columns)).rows[1]?.title, 'two');
  });
}

test('readTable() keeps groups together; without a group column, every row is a group', async (t) => {
  const path = await fileOf(t, 'message,topic,thread\none,a,x\ntwo,b,x\nthree,a,y\n');
  const stories = (rows: readonly { story: string }[]) => rows.map(({ story }) => story);
  assert.equal(new Set(stories((await readTable(path, columns)).rows)).size, 3);
  assert.deepEqual(stories((await readTable(path, { ...columns, group: 'thread' })).rows), ['x', 'x', 'y']);
});

test('readTable() points out a word for an empty cell that makes a group', async (t) => {
  const path = await fileOf(t, 'message,topic,thread\none,a,nan\ntwo,b,nan\nthree,a,\nfour,b,\nfive,b,N/A\n');
  const { remarks } = await readTable(path, { ...columns, group: 'thread' });
  assert.deepEqual(remarks, [
    '"nan" in the column "thread" may stand for an empty cell, but makes a group of 2 rows. Leave such cells empty.',
  ]);
});

test('readTable() explains how to download an address', async () => {
  await assert.rejects(
    readTable('s3://bucket/rows.csv', columns),
    userError('aws s3 cp s3://bucket/rows.csv .'),
  );
});

test('readTable() takes labels that differ in case and spaces for one, in the most frequent spelling', async (t) => {
  const path = await fileOf(
    t,
    'message,topic\n1,Late  Delivery\n2, late delivery \n3,late delivery\n4,BILLING\n',
  );
  const { rows } = await readTable(path, columns);
  assert.deepEqual(
    rows.map(({ category }) => category),
    ['late delivery', 'late delivery', 'late delivery', 'BILLING'],
  );
});

test('readTable() skips rows without text or label and lists them', async (t) => {
  const good = 'fine,a\nfine,b\n'.repeat(10);
  const path = await fileOf(t, `message,topic\n${good} ,a\nfine,\nfine,a,b\n`);
  const { rows, skipped } = await readTable(path, columns);
  assert.equal(rows.length, 20);
  assert.deepEqual(skipped, [
    { line: 22, lines: 1, reason: 'the column "message" is empty' },
    { line: 23, lines: 1, reason: 'the column "topic" is empty' },
    {
      line: 24,
      lines: 1,
      reason: '3 column(s) instead of 2 (a text with "," needs double quotes around it)',
    },
  ]);
});

test('readTable() names the columns that there are where one is missing', async (t) => {
  const path = await fileOf(t, 'message,topic\n1,a\n2,b\n');
  await assert.rejects(
    readTable(path, { ...columns, label: 'Topics' }),
    userError('"Topics"', 'message, topic'),
  );
  await assert.rejects(
    readTable(path, { ...columns, group: 'thread' }),
    userError('"thread"', 'message, topic'),
  );
});

test('readTable() finds a column with spaces, and in other capitals where no other has its name', async (t) => {
  const path = await fileOf(t, 'Message text; Topic ;topic\n1;a;c\n2;b;d\n');
  const labelsOf = async (label: string) =>
    (await readTable(path, { text: 'message TEXT', label })).rows.map(({ category }) => category);
  assert.deepEqual(await labelsOf('Topic'), ['a', 'b']);
  assert.deepEqual(await labelsOf(' topic '), ['c', 'd']);
  await assert.rejects(labelsOf('TOPIC'), userError(path, '2 columns named "TOPIC"', 'its own name'));
});

test('readTable() rejects one column for both, and a table of a header alone', async (t) => {
  const path = await fileOf(t, 'message,topic\n1,a\n2,b\n');
  const one = { text: 'message', label: 'Message' };
  await assert.rejects(readTable(path, one), userError('"message" cannot be both', 'Name two'));
  const empty = await fileOf(t, 'message,topic\n');
  await assert.rejects(readTable(empty, columns), userError(`${empty} has a header and no rows.`));
});

test('readTable() passes over empty lines above the header', async (t) => {
  const path = await fileOf(t, '\r\n\r\nmessage,topic\r\n1,a\r\n2,b\r\n');
  assert.equal((await readTable(path, columns)).rows.length, 2);
});

test('readTable() takes a quotation mark between tabs for what it is in that file', async (t) => {
  const plain = ['5" disk', '"Goose', 'a "b"', '"', 'Goose"', '"a" b'];
  const rows = plain.map((text) => `${text}\ta\nfine\tb\n`).join('');
  const titles = async (text: string) =>
    (await readTable(await fileOf(t, `message\ttopic\n${text}`), columns)).rows.map(({ title }) => title);
  assert.deepEqual(
    (await titles(rows)).filter((title) => title !== 'fine'),
    plain,
  );
  const quoted = '"two\nlines, ""one"" row"\ta\n"a\ttab"\tb\nfine\tb\n';
  assert.deepEqual(await titles(quoted), ['two\nlines, "one" row', 'a\ttab', 'fine']);
});

test('readTable() tells a character that stands for a lost one from bytes that are not UTF-8', async (t) => {
  const good = Buffer.from(`message,topic\n${'lost \ufffd,a\nfine,b\n'.repeat(10)}`);
  const path = await fileOf(
    t,
    Buffer.concat([good, Buffer.from('café,a\n"zwei\nfür",b\nfine,a\n', 'latin1')]),
  );
  const { rows, skipped } = await readTable(path, columns);
  assert.deepEqual([rows.length, rows[0]?.title], [21, 'lost \ufffd']);
  const reason = 'it is not UTF-8 (save the file as UTF-8)';
  assert.deepEqual(skipped, [
    { line: 22, lines: 1, reason },
    { line: 23, lines: 2, reason },
  ]);
});

test('readTable() takes a quote inside an unquoted field for an ordinary character', async (t) => {
  const path = await fileOf(
    t,
    'message,topic\nfine,a\na "b" c,a\nfine,b\nfine,\n5" disk,b\nfine,a\nfine,b\n',
  );
  const { rows, skipped } = await readTable(path, columns);
  assert.deepEqual([rows.length, rows[1]?.title, rows[3]?.title], [6, 'a "b" c', '5" disk']);
  assert.deepEqual(
    skipped.map(({ line }) => line),
    [5],
  );
});

test('readTable() rejects one label and more than 1,000', async (t) => {
  const one = await fileOf(t, 'message,topic\n1,a\n2,A\n');
  await assert.rejects(readTable(one, columns), userError('1 label(s)', '2 to 1000'));
  const lines = Array.from({ length: 1001 }, (_, row) => `text,label ${row}\n`);
  const many = await fileOf(t, `message,topic\n${lines.join('')}`);
  await assert.rejects(readTable(many, columns), userError('1001 label(s)', 'right column'));
  const most = await fileOf(t, `message,topic\n${lines.slice(1).join('')}`);
  assert.equal((await readTable(most, columns)).rows.length, 1000);
});

test('readTable() says that a quote never closes', async (t) => {
  const path = await fileOf(t, `message,topic\n${'fine,a\nfine,b\n'.repeat(10)}"open,a\n`);
  assert.match(
    (await readTable(path, columns)).skipped[0]?.reason ?? '',
    /a quote opens here and never closes/,
  );
});
