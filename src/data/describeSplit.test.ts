import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from '../testing/folders';
import { describeSplit } from './describeSplit';
import type { LabelledTitle } from './headlines';
import { splitByStory } from './split';
import { generateHeadlines } from './synthetic';

const row = (title: string, category = 'a'): LabelledTitle => ({ title, category, story: title });
const rows = (count: number, word: string, category = 'a') =>
  Array.from({ length: count }, (_, at) => row(`${word} ${at}`, category));
const none: LabelledTitle[] = [];

test('describeSplit() names the most frequent validation label and its share', () => {
  const training = [...rows(60, 'cat', 'a'), ...rows(60, 'dog', 'b')];
  const validation = [...rows(15, 'cow', 'a'), ...rows(45, 'pig', 'b')];
  const { largestLabel, notes } = describeSplit({ training, validation });
  assert.deepEqual(largestLabel, { label: 'b', rows: 45, share: 0.75 });
  assert.deepEqual(notes, ['Always predicting "b" scores 75.0% on the validation rows.']);
});

test('describeSplit() finds copies after normalisation, each validation row once', () => {
  const training = [row('Stocks: up -- again'), row('Stocks, up again!'), row('Rain'), row('???')];
  const validation = [
    ...rows(56, 'sun'),
    row('stocks UP again'),
    row('STOCKS up again'),
    row('rain'),
    row('!!!'),
  ];
  const { copies, notes } = describeSplit({ training, validation });
  assert.deepEqual(copies, { rows: 3, share: 0.05 });
  assert.ok(notes.includes('Validation rows with the text of a training row: 3 of 60 (5.0%).'));
});

test('describeSplit() points out validation data that is the training data, part of it, or largely', () => {
  const some = rows(100, 'cat');
  const noteOf = (training: LabelledTitle[], validation: LabelledTitle[]) =>
    describeSplit({ training, validation }).notes[1];
  assert.match(noteOf(some, some) ?? '', /: 100 of 100 .* is the training data\. .* memory/);
  assert.match(noteOf(some, some.slice(0, 60)) ?? '', /: 60 of 60 \(100\.0%\)\. The accuracy .* memory/);
  assert.match(
    noteOf(some, [...some.slice(0, 60), ...rows(20, 'dog')]) ?? '',
    /: 60 of 80 \(75\.0%\).* memory/,
  );
});

test('describeSplit() gives the width of Wilson’s interval for few validation rows', () => {
  const training = rows(60, 'cat');
  for (const count of [1, 13, 49]) {
    const { intervalWidth, notes } = describeSplit({ training, validation: rows(count, 'dog') });
    // Wilson (1927), both ends at p = 1/2.
    const z2 = 1.96 ** 2;
    const half = (1.96 / (1 + z2 / count)) * Math.sqrt(0.25 / count + z2 / (4 * count ** 2));
    assertClose(intervalWidth, 2 * half, 1e-12);
    assert.ok(notes[1]?.includes(`${Math.round(200 * half)} points wide`), notes[1]);
  }
  assert.equal(describeSplit({ training, validation: rows(50, 'dog') }).notes.length, 1);
});

test('describeSplit() lists labels on one side only', () => {
  const training = [
    ...rows(50, 'cat', 'a'),
    ...['b', 'c', 'd', 'e', 'f', 'g'].map((label) => row(label, label)),
  ];
  const validation = [...rows(60, 'cow', 'a'), ...rows(20, 'pig', 'z')];
  const { unknown, unmeasuredLabels, notes } = describeSplit({ training, validation });
  assert.deepEqual(unknown, { rows: 20, share: 0.25, labels: ['z'] });
  assert.deepEqual(unmeasuredLabels, ['b', 'c', 'd', 'e', 'f', 'g']);
  assert.match(
    notes[1] ?? '',
    / label that is not in training: 20 of 80 \(25\.0%\)\. They count as wrong\. Labels: "z"\.$/,
  );
  assert.match(
    notes[2] ?? '',
    /^Labels without a validation row, .*: 6 \("b", "c", "d", "e", "f" and 1 more\)\.$/,
  );
});

test('describeSplit() counts texts longer than maxLength, by known tokens where there is a vocabulary', () => {
  const training = [row('one two three four'), row('one two')];
  const validation = [row('one two three'), ...rows(57, 'cow')];
  assert.deepEqual(describeSplit({ training, validation }, { maxLength: 2 }).cut, {
    rows: 2,
    share: 2 / 60,
    longest: 4,
  });
  const { cut, notes } = describeSplit(
    { training, validation },
    { maxLength: 2, vocabulary: ['one', 'two', 'four'] },
  );
  assert.deepEqual(cut, { rows: 1, share: 1 / 60, longest: 4 });
  assert.equal(
    notes.at(-1),
    'Texts that max_length cuts to their last 2 tokens: 1 of 60 (1.7%). The longest has 4 tokens.',
  );
  assert.equal(describeSplit({ training, validation }).cut, undefined);
});

test('describeSplit() takes an empty side', () => {
  assert.deepEqual(describeSplit({ training: none, validation: none }), {
    training: 0,
    validation: 0,
    copies: { rows: 0, share: 0 },
    unknown: { rows: 0, share: 0, labels: [] },
    unmeasuredLabels: [],
    intervalWidth: 1,
    notes: [],
  });
  assert.deepEqual(describeSplit({ training: rows(9, 'cat'), validation: none }, { maxLength: 9 }).notes, []);
  assert.equal(describeSplit({ training: none, validation: rows(9, 'cat') }).unknown.share, 1);
});

test('describeSplit() of the synthetic set counts the copies that a comparison of all pairs finds', () => {
  const split = splitByStory(generateHeadlines({ rows: 400 }));
  const words = (title: string) =>
    title
      .toLowerCase()
      .match(/[a-z0-9']+/g)
      ?.join(' ');
  const copies = split.validation.filter(({ title }) =>
    split.training.some((other) => words(other.title) === words(title)),
  );
  assert.equal(describeSplit(split).copies.rows, copies.length);
});
