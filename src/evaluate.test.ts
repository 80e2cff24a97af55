import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from './evaluate';
import { metrics } from './fixtures/keras.json';
import { seededRandom } from './random';
import { assertClose } from './testing';

test('evaluate() gives scikit-learn’s figures', () => {
  const evaluation = evaluate(metrics.truth.map(String), metrics.predicted.map(String));
  const figures = (name: 'precision' | 'recall' | 'f1' | 'support') =>
    evaluation.byLabel.map((label) => label[name]);

  assert.equal(evaluation.rows, metrics.truth.length);
  assertClose(evaluation.accuracy, metrics.accuracy, 1e-7);
  assertClose(evaluation.macroF1, metrics.macro_f1, 1e-7);
  for (const name of ['precision', 'recall', 'f1', 'support'] as const) {
    assertClose(figures(name), metrics[name], 1e-7);
  }
  assert.deepEqual(evaluation.confusion, metrics.confusion);
});

test('evaluate() counts rows by expected label first and by predicted label second, in order of label', () => {
  const evaluation = evaluate(['b', 'b', 'a'], ['b', 'c', 'b']);
  assert.deepEqual(
    evaluation.byLabel.map(({ label, support }) => [label, support]),
    [
      ['a', 1],
      ['b', 2],
      ['c', 0],
    ],
  );
  assert.deepEqual(evaluation.confusion, [
    [0, 1, 0],
    [0, 1, 1],
    [0, 0, 0],
  ]);
  assertClose(evaluation.macroF1, (0 + 1 / 2 + 0) / 3, 1e-12);
});

test('evaluate() gives zero where scikit-learn divides by zero', () => {
  const [never, nobody] = evaluate(['a'], ['b']).byLabel;
  assert.deepEqual(never, { label: 'a', precision: 0, recall: 0, f1: 0, support: 1 });
  assert.deepEqual(nobody, { label: 'b', precision: 0, recall: 0, f1: 0, support: 0 });
});

test('evaluate() gives ones where every prediction is right', () => {
  const evaluation = evaluate(['x', 'y', 'x'], ['x', 'y', 'x']);
  assert.equal(evaluation.accuracy, 1);
  assert.equal(evaluation.macroF1, 1);
  for (const { precision, recall, f1 } of evaluation.byLabel)
    assert.deepEqual([precision, recall, f1], [1, 1, 1]);
});

test('evaluate() swaps precision and recall where expected and predicted change places', () => {
  const random = seededRandom(2);
  for (let round = 0; round < 50; round++) {
    const draw = () => Array.from({ length: 1 + round }, () => 'abcd'[random.integer(4)] as string);
    const [expected, predicted] = [draw(), draw()];
    const [there, back] = [evaluate(expected, predicted), evaluate(predicted, expected)];
    assert.equal(there.accuracy, back.accuracy);
    assert.deepEqual(
      there.byLabel.map(({ precision, recall, f1 }) => [precision, recall, f1]),
      back.byLabel.map(({ precision, recall, f1 }) => [recall, precision, f1]),
    );
    assert.equal(
      there.confusion.flat().reduce((sum, count) => sum + count, 0),
      expected.length,
    );
    assert.deepEqual(
      there.confusion,
      back.confusion.map((_, row) => back.confusion.map((counts) => counts[row])),
    );
  }
});
