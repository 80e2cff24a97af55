import assert from 'node:assert/strict';
import { appendFile, copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Headline, writeHeadlines } from '../data/headlines';
import { readTable } from '../data/table';
import { parseHyperparameters } from '../model/hyperparameters';
import { baseDirectory } from '../platform/baseDirectory';
import { createCorpus, createHeadline, startProgram, temporaryFolder, userError } from '../testing/folders';
import { readTrainingRows } from './trainingRows';

const program = join(__dirname, '..', '..', 'container', 'train');
const tables = join(__dirname, '..', '..', 'src', 'testing', 'fixtures', 'tables');
const columns = { text: 'text', label: 'label' };
const own = { text_column: 'text', label_column: 'label' };

/** A base folder whose channels are copies of fixtures. */
async function layOut(t: TestContext, channels: Readonly<Record<string, string>>): Promise<string> {
  const base = join(await temporaryFolder(t), 'ml');
  for (const [path, fixture] of Object.entries(channels)) {
    const copy = join(base, 'input', 'data', path);
    await mkdir(dirname(copy), { recursive: true });
    await cp(join(tables, fixture), copy, { recursive: true });
  }
  return base;
}

async function read(base: string, hyperparameters: Readonly<Record<string, string>> = own) {
  const told: string[] = [];
  const rows = await readTrainingRows(
    baseDirectory(base),
    parseHyperparameters({ ...hyperparameters }),
    (sentence) => told.push(sentence),
  );
  return { ...rows, all: [...rows.training, ...rows.validation], log: told.join('\n') };
}

/** Trains as a job does; returns its log. */
async function train(t: TestContext, base: string, exitCode = 0): Promise<string> {
  const settings = { ...own, epochs: '1', vocabulary_size: '200', max_length: '10' };
  await mkdir(join(base, 'input', 'config'), { recursive: true });
  await writeFile(join(base, 'input', 'config', 'hyperparameters.json'), JSON.stringify(settings));
  const job = startProgram(t, [program], { environment: { SAGEMAKER_BASE_DIR: base, VECTORS: '' } });
  assert.equal(await job.ended, exitCode, job.output());
  return job.output();
}

/** A channel as Jupyter leaves it. */
async function layOutCheckpoints(t: TestContext): Promise<string> {
  const table = 'ipynb-checkpoints.csv';
  return await layOut(t, {
    'training/train.csv': table,
    'training/.ipynb_checkpoints/train-checkpoint.csv': table,
  });
}

test('a job skips the copies that Jupyter keeps, and reports them once', async (t) => {
  const base = await layOutCheckpoints(t);
  const log = await train(t, base);
  assert.match(log, /Rows: 32 for training, 8 for validation/);
  assert.equal(log.split('Skipped: .ipynb_checkpoints/ (hidden).').length, 2);
});

test('readTable() reads a folder, and passes over what is not data', async (t) => {
  const folder = join(await layOutCheckpoints(t), 'input', 'data', 'training');
  const { rows, labels, remarks } = await readTable(folder, columns);
  assert.equal(rows.length, 40);
  assert.deepEqual(
    labels.map(({ rows }) => rows),
    [20, 20],
  );
  assert.deepEqual(remarks, [`${folder}: Skipped: .ipynb_checkpoints/ (hidden).`]);
});

test('a job merges spellings of a label over its files', async (t) => {
  const base = await layOut(t, { training: 'two-spellings' });
  const log = await train(t, base);
  assert.match(log, /The training data has 2 labels\. Rows by label: "Sports" 20, "politics" 20\./);
  assert.match(log, /Merged into one label each: "Sports" \(10 rows\) and "sports" \(10 rows\)/);
  const { labels } = await readTable(join(tables, 'two-spellings'), columns);
  assert.deepEqual(labels, [
    { label: 'Sports', rows: 20 },
    { label: 'politics', rows: 20 },
  ]);
});

test('a job merges spellings of a label over the training and the validation channel', async (t) => {
  const base = await layOut(t, {
    'training/a.csv': 'two-spellings/a.csv',
    'validation/b.csv': 'two-spellings/b.csv',
  });
  await appendFile(join(base, 'input', 'data', 'validation', 'b.csv'), 'the team wins,sports\n');
  const { training, validation } = await read(base);
  const labelsOf = (rows: readonly { category: string }[]) => [
    ...new Set(rows.map(({ category }) => category)),
  ];
  assert.deepEqual(labelsOf(training).sort(), ['politics', 'sports']);
  assert.deepEqual(labelsOf(validation).sort(), ['politics', 'sports']);
});

test('a job counts labels in all files of the channel, not in each', async (t) => {
  const base = await layOut(t, {});
  const training = join(base, 'input', 'data', 'training');
  await mkdir(training, { recursive: true });
  for (const label of ['a', 'b'])
    await writeFile(join(training, label), `text,label\n${`x,${label}\n`.repeat(9)}`);
  assert.equal((await read(base)).all.length, 18);
  await writeFile(join(training, 'b'), `text,label\n${'x,A\n'.repeat(9)}`);
  await assert.rejects(read(base), userError('1 label(s) in its column "label"', 'right column'));
});

test('a first line is a row, not a header, where the training channel has its label', async (t) => {
  const base = await layOut(t, {});
  for (const [channel, lines] of Object.entries({
    training: 'goose,spam\nswan,ham\nduck,spam\ncrane,ham\n',
    validation: 'heron,spam\nstork,ham\nrobin,ham\n',
  })) {
    await mkdir(join(base, 'input', 'data', channel), { recursive: true });
    await writeFile(join(base, 'input', 'data', channel, 'rows.csv'), lines);
  }
  const { validation } = await read(base, { text_column: '1', label_column: '2' });
  assert.deepEqual(
    validation.map(({ title }) => title),
    ['heron', 'stork', 'robin'],
  );
});

test('without a group column, every row of several files is a group of its own', async (t) => {
  const base = await layOut(t, { training: 'row-n-story' });
  assert.match(await train(t, base), /Rows: 32 for training, 8 for validation/);
  const { rows } = await readTable(join(tables, 'row-n-story'), columns);
  assert.equal(new Set(rows.map(({ story }) => story)).size, 40);
});

test('rows without a thread are groups of their own, and threads stay together', async (t) => {
  const fixture = 'group-half-empty-sample.csv';
  const { rows } = await readTable(join(tables, fixture), { ...columns, group: 'thread' });
  assert.equal(rows.length, 40);
  assert.equal(new Set(rows.map(({ story }) => story)).size, 20 + 7);
  const base = await layOut(t, { 'training/table.csv': fixture });
  const { training, validation } = await read(base, { ...own, group_column: 'thread' });
  assert.ok(Math.abs(validation.length - 8) <= 2);
  const known = new Set(training.map(({ story }) => story));
  assert.ok(validation.every(({ story }) => !known.has(story)));
});

test('news rows without a story are groups of their own', async (t) => {
  const base = await layOut(t, {});
  const file = join(base, 'input', 'data', 'training', 'news.tsv');
  const lonely = Array.from({ length: 30 }, (_, at) => createHeadline({ id: `${at}`, story: '' }));
  const rows: Headline[] = [...createCorpus(), ...lonely];
  await writeHeadlines(file, rows);
  const { all } = await read(base, {});
  const stories = new Set(createCorpus().map(({ story }) => story));
  assert.equal(new Set(all.map(({ story }) => story)).size, stories.size + 30);
});

test('an id as label ends the job with the question of the right column', async (t) => {
  const base = await layOut(t, { 'training/table.csv': 'wrong-label-id.csv' });
  const hyperparameters = { ...own, label_column: 'id' };
  await assert.rejects(
    read(base, hyperparameters),
    userError('500 labels in 500 rows', 'Is "id" the right column?'),
  );
  const { remarks } = await readTable(join(tables, 'wrong-label-id.csv'), { ...columns, label: 'id' });
  assert.match(remarks.join('\n'), /Is "id" the right column\?/);
  // With every row in training such labels can be learnt, and a validation channel of the same rows can be measured.
  const { log } = await read(base, { ...hyperparameters, validation_split: '0' });
  assert.match(log, /Data note: 500 labels in 500 rows.*Is "id" the right column\?/);
});

test('an id as label of a validation channel ends the job with the same question', async (t) => {
  const base = await layOut(t, {
    'training/table.csv': 'wrong-label-id.csv',
    'validation/table.csv': 'wrong-label-id.csv',
  });
  const validation = join(base, 'input', 'data', 'validation', 'table.csv');
  const hyperparameters = { ...own, label_column: 'id' };
  assert.equal((await read(base, hyperparameters)).validation.length, 500);
  const others = Array.from({ length: 20 }, (_, at) => `${1000 + at},a law is new,politics\n`);
  await writeFile(validation, `id,text,label\n${others.join('')}`);
  await assert.rejects(read(base, hyperparameters), userError('Is "id" the right column?'));
});

const odd: readonly (readonly [string, number, readonly RegExp[]])[] = [
  [
    'nan-labels.csv',
    5,
    [
      /"NaN" 10\b/,
      /"NaN" \(10 rows\) and "None" \(5 rows\) may stand for an empty cell, for example at "\w/,
      /malformed lines are skipped:\nline 2: the column "label" is empty/,
    ],
  ],
  [
    'float-labels.csv',
    6,
    [/"0" \(15 rows\) and "0\.0" \(9 rows\)/, /"1" .* and "1\.0"/, /"2\.0" .* and "2" .* equal numbers/],
  ],
  [
    'multi-label.csv',
    9,
    [/"extra\|sports" \(24 rows\) and "sports\|extra" \(23 rows\).* same parts in another order/],
  ],
  ['nbsp-labels.csv', 3, [/"sports" \(11 rows\) and "sports\\u\{200b\}" \(6 rows\).*invisible/]],
];

for (const [fixture, labels, expected] of odd) {
  test(`a job and readTable() list the labels of ${fixture} and point out the odd ones`, async (t) => {
    const log = await train(t, await layOut(t, { 'training/table.csv': fixture }));
    assert.ok(log.includes(`The training data has ${labels} labels.`), log);
    for (const pattern of expected) assert.match(log, pattern);
    assert.ok(log.indexOf('Data note: ') < log.indexOf('epoch=1 '));
    const table = await readTable(join(tables, fixture), columns);
    assert.equal(table.labels.length, labels);
    for (const remark of table.remarks) assert.ok(log.includes(`Data note: ${remark}`), remark);
  });
}

test('a job names the file whose layout is another one', async (t) => {
  const base = await layOut(t, { training: 'two-spellings' });
  const other = join(base, 'input', 'data', 'training', 'c.csv');
  await writeFile(other, 'text,topic\nthe team wins,sports\n');
  await assert.rejects(read(base), userError(other, '"label"'));
});

test('a job names what was passed over where nothing is left of a channel', async (t) => {
  const base = await layOutCheckpoints(t);
  const validation = join(base, 'input', 'data', 'validation');
  await mkdir(join(validation, '.ipynb_checkpoints'), { recursive: true });
  await copyFile(join(tables, 'ipynb-checkpoints.csv'), join(validation, '.ipynb_checkpoints', 'a.csv'));
  await assert.rejects(read(base), userError(validation, 'contains no data', '.ipynb_checkpoints/ (hidden)'));
  assert.deepEqual((await readdir(validation)).length, 1);
});
