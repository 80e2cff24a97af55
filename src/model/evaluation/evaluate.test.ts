import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../data/random';
import { metrics } from '../../testing/fixtures/keras.json';
import { assertClose } from '../../testing/folders';
import { evaluate } from './evaluate';

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

/** scikit-learn's definitions, row by row. */
function figuresByDefinition(expected: readonly string[], predicted: readonly string[]) {
  const labels = [...new Set([...expected, ...predicted])].sort();
  const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const rows = [...expected.keys()];
  const byLabel = labels.map((label) => {
    const truePositives = rows.filter((row) => expected[row] === label && predicted[row] === label).length;
    const falsePositives = rows.filter((row) => expected[row] !== label && predicted[row] === label).length;
    const falseNegatives = rows.filter((row) => expected[row] === label && predicted[row] !== label).length;
    const precision = ratio(truePositives, truePositives + falsePositives);
    const recall = ratio(truePositives, truePositives + falseNegatives);
    const f1 = ratio(2 * precision * recall, precision + recall);
    return { label, precision, recall, f1, support: truePositives + falseNegatives };
  });
  const accuracy = rows.filter((row) => expected[row] === predicted[row]).length / rows.length;
  return { accuracy, macroF1: byLabel.reduce((sum, { f1 }) => sum + f1, 0) / labels.length, byLabel };
}

const anyRows = fc.array(fc.record({ expected: fc.nat(5), predicted: fc.nat(7), story: fc.nat(4) }), {
  minLength: 1,
  maxLength: 40,
});

test('evaluate() agrees with the definitions for any labels', () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      const expected = rows.map((row) => `label ${row.expected}`);
      const predicted = rows.map((row) => `label ${row.predicted}`);
      const { accuracy, macroF1, byLabel } = figuresByDefinition(expected, predicted);
      const evaluation = evaluate(expected, predicted, { rounds: 1 });
      assertClose([evaluation.accuracy, evaluation.macroF1], [accuracy, macroF1], 1e-12);
      for (const [index, { label, ...figures }] of byLabel.entries()) {
        const { label: found, ...others } = evaluation.byLabel[index] ?? assert.fail();
        assert.equal(found, label);
        assertClose(Object.values(others), Object.values(figures), 1e-12);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('evaluate() draws whole stories: its intervals are those of the rows drawn, measured by definition', () => {
  fc.assert(
    fc.property(anyRows, fc.integer({ min: 1, max: 99 }), (rows, seed) => {
      const truth = rows.map(({ expected, story }) => ({
        title: '',
        category: `label ${expected}`,
        story: `s${story}`,
      }));
      const predicted = rows.map((row) => `label ${row.predicted}`);
      const { intervals, byLabel } = evaluate(truth, predicted, { rounds: 1, seed });
      // One round has one value, which is both ends.
      const stories = [...new Set(truth.map(({ story }) => story))];
      const random = seededRandom(seed);
      const drawn = stories
        .map(() => stories[random.integer(stories.length)])
        .flatMap((story) => [...rows.keys()].filter((row) => truth[row]?.story === story));
      const figures = figuresByDefinition(
        drawn.map((row) => truth[row]?.category as string),
        drawn.map((row) => predicted[row] as string),
      );
      assertClose(intervals.accuracy, [figures.accuracy, figures.accuracy], 1e-12);
      for (const [index, { label }] of byLabel.entries()) {
        const recall = figures.byLabel.find((of) => of.label === label)?.recall ?? 0;
        assertClose(intervals.byLabel[index]?.recall ?? [], [recall, recall], 1e-12);
      }
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('evaluate() takes a thousand labels', () => {
  const expected = Array.from({ length: 5000 }, (_, row) => `label ${row % 1000}`);
  const predicted = expected.map((label, row) => (row % 4 === 0 ? 'label 0' : label));
  const { accuracy, byLabel, intervals } = evaluate(expected, predicted, { rounds: 100 });
  assert.equal(byLabel.length, 1000);
  assertClose(accuracy, 0.751, 1e-12);
  assert.ok(intervals.accuracy[0] < accuracy && accuracy < intervals.accuracy[1]);
});

test('evaluate() treats rows without a story as groups of one', () => {
  const rows = Array.from({ length: 200 }, (_, row) => ({ title: '', category: `${row % 2}`, story: '' }));
  const predicted = rows.map(({ category }, row) => (row % 3 === 0 ? '0' : category));
  const labels = rows.map(({ category }) => category);
  assert.deepEqual(evaluate(rows, predicted).intervals, evaluate(labels, predicted).intervals);
});
