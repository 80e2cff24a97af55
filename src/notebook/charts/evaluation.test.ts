import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../model/evaluation/evaluate';
import { confusionMatrix } from './evaluation';

test('confusionMatrix() colours by the share of each expected label and prints counts', () => {
  const evaluation = evaluate(['a', 'a', 'a', 'a', 'b'], ['a', 'a', 'a', 'b', 'b']);
  const [cells] = confusionMatrix(evaluation).data;
  assert.deepEqual(cells?.z, [
    [0.75, 0.25],
    [0, 1],
  ]);
  assert.deepEqual(cells?.text, [
    ['3', '1'],
    ['0', '1'],
  ]);
});
