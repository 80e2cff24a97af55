import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../platform/errors';
import { assertClose } from '../../testing/folders';
import { readAnswers, scoreAnswers } from './answers';

const truth = ['x', 'x', 'y', 'x'].map((category, row) => ({ title: `t${row}`, category, story: `s${row}` }));

const toText = (answers: readonly object[]) =>
  answers.map((answer) => `${JSON.stringify(answer)}\n`).join('');

const sure = (result: string, probability: number) => ({
  result,
  probabilities: { [result]: probability, [result === 'x' ? 'y' : 'x']: 1 - probability },
});

test('predictions with probabilities are scored with their calibration error, others without', () => {
  const answers = [sure('x', 0.9), sure('y', 0.9), sure('y', 0.9), sure('x', 0.9)];
  const scores = scoreAnswers(readAnswers('one', toText(answers), truth), truth);
  assert.equal(scores.accuracy, 0.75);
  // F1 of x: 2 · 2 / (2 + 3); of y: 2 · 1 / (2 + 1).
  assertClose(scores.macroF1, (4 / 5 + 2 / 3) / 2, 1e-12);
  assertClose(scores.calibrationError ?? Number.NaN, 0.15, 1e-12);
  const labels = answers.map(({ result }) => ({ result }));
  const { calibrationError, ...same } = scoreAnswers(readAnswers('one', toText(labels), truth), truth);
  assert.equal(calibrationError, undefined);
  assert.deepEqual(same, { accuracy: scores.accuracy, macroF1: scores.macroF1 });
});

test('predictions that cannot be right are rejected with the reason', () => {
  const right = truth.map(({ category }) => sure(category, 0.8));
  const cases: [object[], RegExp][] = [
    [right.slice(1), /they are 3, for 4 headlines/],
    [[...right.slice(1), sure('z', 0.8)], /one is "z"/],
    [[...right.slice(1), { result: 'x', probabilities: { x: 0.8, y: 0.8 } }], /do not fit/],
    [[...right.slice(1), { result: 'x', probabilities: { x: 0.2, y: 0.8 } }], /do not fit/],
    [[...right.slice(1), { result: 'x', probabilities: { y: 1 } }], /do not fit/],
    [truth.map(() => sure('x', 0.8)), /3 of 4 are right; by chance 3.0 would be/],
    [[...right.slice(1), ...right.slice(0, 1)], /2 of 4 are right; by chance 2.5 would be/],
  ];
  for (const [answers, reason] of cases) {
    assert.throws(
      () => readAnswers('one', toText(answers), truth),
      (error) => error instanceof UserError && reason.test(error.message) && error.message.includes('of one'),
    );
  }
});
