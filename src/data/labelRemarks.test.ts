import assert from 'node:assert/strict';
import test from 'node:test';
import { normaliseText } from './files/labelText';
import { countLabels, describeLabels, remarkOnLabels } from './labelRemarks';

/** Rows of labels as a file has them: the remarks on them, without merging capitals. */
function remarksOn(labels: readonly string[], column = 'topic'): string[] {
  const rows = labels.map((label, at) => ({ title: `text ${at}`, category: normaliseText(label) }));
  const spellings = new Map(
    countLabels(labels.map((category) => ({ category }))).map((one) => [one.label, one.rows]),
  );
  return remarkOnLabels(rows, { column, spellings });
}

/** Ten rows of each label. */
function tenOf(...labels: string[]): string[] {
  return labels.flatMap((label) => Array.from({ length: 10 }, () => label));
}

const silent: readonly (readonly string[])[] = [
  ['sports', 'politics', 'tech'],
  ['0', '1', '2', '10', '100'],
  ['-1', '1', '0.5', '5'],
  ['1,000', '1'],
  ['12345678901234567890', '12345678901234567891'],
  ['+', '++', '*', '**'],
  ['C', 'C#', 'C++'],
  ['A', 'A-', 'B'],
  ['a|b', 'a|c', 'b'],
  ['yes', 'no', 'n', 'unknown', 'other'],
  ['nana', 'nonesuch', 'Nancy'],
  ['हिन्दी', 'தமிழ்', 'عربي'],
];

test('ordinary labels get no remark', () => {
  for (const labels of silent) assert.deepEqual(remarksOn(tenOf(...labels)), [], labels.join(' '));
});

const empty = [
  'nan',
  'NaN',
  'None',
  'null',
  'NULL',
  '(null)',
  '<NA>',
  'N/A',
  'n/a',
  'n.a.',
  'NA',
  '#N/A',
  '#REF!',
]
  .concat([
    'undefined',
    '-',
    '--',
    '–',
    '?',
    '???',
    'missing',
    'Missing',
    '[]',
    '{}',
    '\\N',
    '(blank)',
    'NaT',
  ])
  .concat(['not available', 'unlabelled', 'nil', 'empty', '...']);

for (const word of empty) {
  test(`the label ${word} may stand for an empty cell`, () => {
    const [remark, ...others] = remarksOn([...tenOf('a', 'b'), word]);
    assert.equal(
      remark,
      `"${word}" (1 row) may stand for an empty cell, for example at "text 20". ` +
        'Unless you mean it as a label, remove these rows or label them.',
    );
    assert.deepEqual(others, []);
  });
}

const alike: readonly (readonly [string, RegExp])[] = [
  ['1 1.0', /equal numbers/],
  ['1 01', /equal numbers/],
  ['0 -0.00', /equal numbers/],
  ['1.5 1,50', /equal numbers/],
  ['2 +2 2.', /equal numbers/],
  ['1000 1e3', /equal numbers/],
  ['.5 0.5', /equal numbers/],
  ['a|b b|a', /same parts in another order/],
  ['a;b b;a', /same parts in another order/],
  ['a/b b/a', /same parts in another order/],
  ['a,b b,a', /same parts in another order/],
  ["['a','b'] ['b','a']", /same parts in another order/],
  ['a|b a,b', /another separator/],
  ['a|b|c c|a|b b|c|a', /another order/],
  ['sci-tech sci_tech', /spaces, hyphens, quotation marks or the width/],
  ['sports "sports', /quotation marks/],
  ['sports ｓｐｏｒｔｓ', /width of letters/],
];

for (const [labels, expected] of alike) {
  test(`${labels} are reported as similar`, () => {
    const remarks = remarksOn(tenOf(...labels.split(' '), 'other'));
    assert.equal(remarks.length, 1, remarks.join('\n'));
    assert.match(remarks[0] ?? '', expected);
    for (const label of labels.split(' '))
      assert.ok(remarks[0]?.includes(`"${label}" (10 rows)`), remarks[0]);
  });
}

test('labels that differ only in what cannot be seen are told as merged, with the characters', () => {
  const remarks = remarksOn(
    tenOf('sports', 'sports\u200b', 'New\u00a0York', 'New York', 'café', 'cafe\u0301'),
  );
  assert.equal(remarks.length, 1, remarks.join('\n'));
  for (const label of ['"sports\\u{200b}"', '"New\\u{a0}York"', '"cafe\\u{301}"', '"café"']) {
    assert.ok(remarks[0]?.includes(label), remarks[0]);
  }
});

test('the name of the label column as a label is pointed out', () => {
  assert.match(remarksOn([...tenOf('a', 'b'), 'Topic'], ' topic').join(), /"Topic" \(1 row\) is the name/);
  assert.deepEqual(remarksOn(tenOf('1', '2'), '2'), []);
});

test('more labels than half of the rows raise the question of the right column', () => {
  const ids = Array.from({ length: 20 }, (_, at) => `id${at}`);
  assert.match(remarksOn(ids, 'id').join(), /20 labels in 20 rows.*Is "id" the right column\?/);
  assert.deepEqual(remarksOn([...ids, ...ids]), []);
});

test('a label with nearly all rows is pointed out', () => {
  assert.match(
    remarksOn([...Array(97).fill('ham'), 'spam', 'spam', 'spam']).join(),
    /"ham" has 97\.0% of the rows/,
  );
  assert.deepEqual(remarksOn([...Array(90).fill('ham'), ...tenOf('spam')]), []);
});

test('countLabels() puts the most frequent first, and describeLabels() cuts a long list', () => {
  const labels = countLabels(['b', 'a', 'c', 'c'].map((category) => ({ category })));
  assert.deepEqual(labels, [
    { label: 'c', rows: 2 },
    { label: 'a', rows: 1 },
    { label: 'b', rows: 1 },
  ]);
  assert.equal(describeLabels(labels), '3 labels. Rows by label: "c" 2, "a" 1, "b" 1.');
  assert.equal(describeLabels(labels, 1), '3 labels. Rows by label: "c" 2, and 2 more with 2 rows.');
});

test('a remark names five labels and five groups at most', () => {
  const numbers = Array.from({ length: 9 }, (_, at) => [`${at}`, `${at}.0`]).flat();
  const [remark = ''] = remarksOn(tenOf(...numbers));
  assert.match(remark, /^"0" .*; and 4 more are equal numbers/);
  const [many = ''] = remarksOn(tenOf('a', 'nan', 'none', 'null', '-', '?', 'n/a', 'missing'));
  assert.match(many, / and 2 more may stand for/);
});
