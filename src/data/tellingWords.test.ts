import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, createHeadline } from '../testing/folders';
import { tellingWords } from './tellingWords';

const rows = [
  ['a', 'bank shares rise bank'],
  ['a', 'shares fall'],
  ['b', 'film star bank'],
  ['b', 'film premiere star film'],
  ['c', 'virus rise'],
].map(([category = '', title = '']) => createHeadline({ category, title }));

test('tellingWords() gives the scores of Monroe, Colaresi and Quinn’s formulas, worked out in Python', () => {
  const words = tellingWords(rows, { count: 1, priorWords: 10 });
  assert.deepEqual(
    words.map(({ category, word, uses, usesElsewhere, example }) => [
      category,
      word,
      uses,
      usesElsewhere,
      example,
    ]),
    [
      ['a', 'shares', 2, 0, 'bank shares rise bank'],
      ['b', 'film', 3, 0, 'film star bank'],
      ['c', 'virus', 1, 0, 'virus rise'],
    ],
  );
  assertClose(
    words.map(({ score }) => score),
    [1.218896, 1.439023, 1.164138],
    1e-6,
  );
});

test('tellingWords() tells no word that a category does not prefer', () => {
  const same = [createHeadline({ category: 'a' }), createHeadline({ category: 'b' })];
  assert.deepEqual(tellingWords(same), []);
  assert.deepEqual(tellingWords([]), []);
});

test('a larger prior asks for more uses', () => {
  const often = Array.from({ length: 30 }, () => createHeadline({ category: 'a', title: 'often here' }));
  const mixed = [...often, createHeadline({ category: 'a', title: 'once here' })];
  const others = Array.from({ length: 31 }, () => createHeadline({ category: 'b', title: 'there' }));
  const [first, second] = [1, 10_000].map((priorWords) => {
    const words = tellingWords([...mixed, ...others], { priorWords });
    const scoreOf = (word: string) => words.find((one) => one.word === word)?.score ?? 0;
    return scoreOf('often') / scoreOf('once');
  });
  assert.ok((second as number) > (first as number), `${first} ${second}`);
});
