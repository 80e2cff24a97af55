import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeadline } from '../../testing/folders';
import { answersOf, surestMistakes } from './answers';

test('surestMistakes() are the wrong answers, the surest first', () => {
  const rows = ['one', 'two', 'three', 'four'].map((title) => createHeadline({ title, category: 'a' }));
  const predictions = [
    ['b', 0.6],
    ['a', 0.99],
    ['b', 0.9],
    ['c', 0.7],
  ].map(([result, p]) => ({ result: String(result), probabilities: { [String(result)]: Number(p) } }));
  const answers = answersOf(rows, predictions);
  assert.deepEqual(answers[0], { title: 'one', expected: 'a', predicted: 'b', probability: 0.6 });
  assert.deepEqual(
    surestMistakes(answers, 2).map(({ title }) => title),
    ['three', 'four'],
  );
  assert.equal(answers[0]?.title, 'one');
});
