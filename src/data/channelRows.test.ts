import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder, userError } from '../testing/folders';
import { joinChannels, readChannelRows } from './channelRows';
import type { FileRows } from './files/fileRows';
import type { LabelledTitle } from './headlines';
import { readTable } from './table';

const columns = { text: 'text', label: 'label', group: 'thread' };

function row(fields: Partial<LabelledTitle>): LabelledTitle {
  return { title: 'a title', category: 'a', story: '', ...fields };
}

const labels = fc.constantFrom('Sports', 'sports', 'SPORTS', 'politics', 'Politics', 'tech');
const stories = fc.constantFrom('', '', ' ', 'x', 'y', 'row 1', 'row 2', "row' 1");
const someRows = fc.array(
  fc.record({ title: fc.string({ unit: 'grapheme-ascii', minLength: 1 }), category: labels, story: stories }),
  { minLength: 1, maxLength: 30 },
);

/** Title, label and the titles of its group, for each row, sorted: what remains equal wherever a row stands. */
function withoutOrder(rows: readonly LabelledTitle[]): string[] {
  const groups = groupByStory(rows);
  return rows
    .map(({ title, category, story }) => {
      const group = (groups.get(story) ?? []).map((one) => one.title).sort();
      return JSON.stringify([title, category, group]);
    })
    .sort();
}

function groupByStory(rows: readonly LabelledTitle[]): Map<string, LabelledTitle[]> {
  const groups = new Map<string, LabelledTitle[]>();
  for (const one of rows) groups.set(one.story, [...(groups.get(one.story) ?? []), one]);
  return groups;
}

async function writeTable(folder: string, name: string, rows: readonly LabelledTitle[]): Promise<void> {
  const lines = rows.map(({ title, category, story }) => `"${title}",${category},${story}\n`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `text,label,thread\n${lines.join('')}`);
}

test('a table in any number of files, in any order, has the rows, labels and groups that it has in one', async (t) => {
  const folder = await temporaryFolder(t);
  let number = 0;
  const ends = [row({ title: 'first', category: 'tech' }), row({ title: 'last', category: 'politics' })];
  const table = fc.array(fc.tuple(labels, stories, fc.nat(3)), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(table, async (drawn) => {
      number += 1;
      const rows = drawn.map(([category, story], at) => row({ title: `title ${at}`, category, story }));
      await writeTable(join(folder, `${number}`, 'whole'), 'table.csv', [...rows, ...ends]);
      const parts = [0, 1, 2, 3].map((part) => rows.filter((_, at) => drawn[at]?.[2] === part));
      parts[0]?.push(...ends);
      for (const [part, some] of parts.entries()) {
        if (some.length > 0)
          await writeTable(join(folder, `${number}`, 'parts'), `${part}.csv`, some.reverse());
      }
      const read = async (name: string) => await readTable(join(folder, `${number}`, name), columns);
      const [whole, split] = [await read('whole'), await read('parts')];
      assert.deepEqual(withoutOrder(split.rows), withoutOrder(whole.rows));
      assert.deepEqual(split.labels, whole.labels);
    }),
    { numRuns: 60 },
  );
});

const numbers = { text: '1', label: '2' };

test('a table without a header has the same rows in any number of files, if each label has two', async (t) => {
  const folder = await temporaryFolder(t);
  let number = 0;
  const cells = fc.array(fc.tuple(labels, fc.nat(9)), { minLength: 2, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cells, async (drawn) => {
      number += 1;
      const lines = drawn.flatMap(([label, part], at) => [
        { part, line: `title ${at},${label}` },
        { part: (part + at) % 10, line: `other ${at},${label}` },
      ]);
      lines.push({ part: 0, line: 'a goose,spam' }, { part: 1, line: 'a swan,Spam' });
      for (let part = 0; part < 10; part += 1) {
        const own = lines.filter((one) => one.part === part).map(({ line }) => `${line}\n`);
        if (own.length === 0) continue;
        await mkdir(join(folder, `${number}`), { recursive: true });
        await writeFile(join(folder, `${number}`, `${part}.csv`), own.join(''));
      }
      const { rows } = await readTable(join(folder, `${number}`), numbers);
      const read = rows.map(({ title, category }) => `${title},${category.toLowerCase()}`);
      assert.deepEqual(read.sort(), lines.map(({ line }) => line.toLowerCase()).sort());
    }),
    { numRuns: 60 },
  );
});

test('readTable() takes first lines for headers if no row has their label, and reports them', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['a', 'b', 'c']) {
    await writeFile(join(folder, `${name}.csv`), 'Text,Label\ngoose,spam\nswan,ham\n');
  }
  const { rows, remarks } = await readTable(folder, numbers);
  assert.equal(rows.length, 6);
  assert.deepEqual(remarks, [
    'a.csv: line 1 is taken for a header, because no other row has the label "Label". So are the first lines of 2 more file(s).',
  ]);
});

test('readTable() points out files with the same rows, and no others', async (t) => {
  const folder = await temporaryFolder(t);
  const rows = Array.from({ length: 12 }, (_, at) =>
    row({ title: `title ${at}`, category: at % 2 ? 'a' : 'b' }),
  );
  const files = { 'train.csv': rows, 'train (1).csv': rows, 'other.csv': [...rows].reverse() };
  for (const [name, some] of Object.entries(files)) await writeTable(folder, name, some);
  const { remarks } = await readTable(folder, columns);
  const copies = remarks.filter((remark) => remark.includes('twice'));
  assert.deepEqual(copies, [
    'train.csv has the rows of train (1).csv: these rows count twice. Remove copies of files.',
  ]);
});

test('joinChannels() merges labels whatever the order of rows and whatever channel they are in', () => {
  fc.assert(
    fc.property(someRows, fc.nat(), (rows, cut) => {
      const at = cut % (rows.length + 1);
      const chosen = (...channels: LabelledTitle[][]) =>
        joinChannels(...channels)
          .flat()
          .map(({ title, category }) => `${category} ${title}`)
          .sort();
      const backwards = [...rows].reverse();
      assert.deepEqual(chosen(rows.slice(0, at), rows.slice(at)), chosen(rows));
      assert.deepEqual(chosen(backwards.slice(0, at), backwards.slice(at)), chosen(rows));
    }),
  );
});

test('joinChannels() takes the most frequent spelling of a label, over all channels', () => {
  const [training = [], validation = []] = joinChannels(
    [row({ category: 'Sports' }), row({ category: 'Sports' }), row({ category: 'sports' })],
    [row({ category: 'sports' }), row({ category: 'SPORTS' }), row({ category: 'sports' })],
  );
  assert.deepEqual(
    new Set([...training, ...validation].map(({ category }) => category)),
    new Set(['sports']),
  );
});

test('joinChannels() gives each row without a story a story of its own, and keeps the others together', () => {
  fc.assert(
    fc.property(someRows, someRows, (training, validation) => {
      const before = [...training, ...validation];
      const after = joinChannels(training, validation).flat();
      const counts = new Map<string, number>();
      for (const { story } of after) counts.set(story, (counts.get(story) ?? 0) + 1);
      for (const [at, { story }] of before.entries()) {
        const now = after[at]?.story ?? '';
        if (story.trim() === '') assert.equal(counts.get(now), 1);
        else assert.equal(now, story);
      }
    }),
  );
});

/** A reader of files whose content is the number of their lines, and the number of malformed ones. */
function fake(
  files: Readonly<Record<string, Partial<FileRows<LabelledTitle>> & { kept: number; lost: number }>>,
) {
  return async (file: string): Promise<FileRows<LabelledTitle>> => {
    const { kept, lost, ...others } = files[file.split('/').at(-1) ?? ''] ?? { kept: 0, lost: 0 };
    return {
      rows: Array.from({ length: kept }, () => row({})),
      skipped: lost > 0 ? [{ line: 2, lines: lost, reason: 'it is odd' }] : [],
      repeatedHeaders: [],
      lines: kept + lost + 1 + (others.repeatedHeaders?.length ?? 0),
      blank: 0,
      header: 1,
      ...others,
    };
  };
}

async function channelOf(t: TestContext, files: Parameters<typeof fake>[0]) {
  const folder = await temporaryFolder(t);
  for (const name of Object.keys(files)) await writeFile(join(folder, name), 'a line\n');
  return readChannelRows(folder, fake(files));
}

test('readChannelRows() names the file of each malformed line', async (t) => {
  const { rows, skipped } = await channelOf(t, {
    'a.csv': { kept: 20, lost: 1 },
    'b.csv': { kept: 20, lost: 9 },
  });
  assert.equal(rows.length, 40);
  assert.deepEqual(skipped, [
    { line: 2, lines: 1, reason: 'it is odd (a.csv)' },
    { line: 2, lines: 9, reason: 'it is odd (b.csv)' },
  ]);
});

test('readChannelRows() allows ten malformed lines or one in a hundred in all files together, never half', async (t) => {
  const few = { kept: 20, lost: 6 };
  await assert.rejects(
    channelOf(t, { 'a.csv': few, 'b.csv': few }),
    userError('12 of 52 lines are malformed', 'it is odd (a.csv)'),
  );
  const many = { kept: 990, lost: 9 };
  assert.equal((await channelOf(t, { 'a.csv': many, 'b.csv': many })).skipped.length, 2);
  await assert.rejects(channelOf(t, { 'a.csv': { kept: 3, lost: 3 } }), userError('3 of 6'));
  // Rows of 30 lines each, so that 1% of the lines are more than ten.
  const long = { kept: 100, lost: 20, lines: 3021 };
  assert.equal((await channelOf(t, { 'a.csv': long })).rows.length, 100);
});

test('readChannelRows() reads a channel whose parts need not all have rows', async (t) => {
  const parts = { 'part-0.csv': { kept: 2, lost: 0 }, 'part-1.csv': { kept: 0, lost: 0 } };
  assert.equal((await channelOf(t, parts)).rows.length, 2);
});

test('readChannelRows() tells header lines that occur again, and rejects a channel without rows', async (t) => {
  const { remarks } = await channelOf(t, { 'a.csv': { kept: 9, lost: 0, repeatedHeaders: [4, 8] } });
  assert.deepEqual(remarks, ['a.csv: the header occurs again in line 4 and 1 more; not read as a row.']);
  await assert.rejects(
    channelOf(t, { 'a.csv': { kept: 0, lost: 0 } }),
    userError('has a header and no rows'),
  );
});
