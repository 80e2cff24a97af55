// Whatever a cell gives the evaluation functions, they compute the right figures or throw a UserError.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabelledTitle } from '../../data/headlines';
import { UserError } from '../../platform/errors';
import type { Prediction } from '../training/classifier';
import { answersOf, surestMistakes } from './answers';
import { bootstrapDifference } from './bootstrap';
import { calibrate } from './calibration';
import { compare } from './compare';
import { evaluate } from './evaluate';
import { explain } from './explain';

const prediction = { result: 'a', probabilities: { a: 0.9, b: 0.1 } };
const row = { title: 'x', category: 'a', story: '' };
const answering = { predict: (texts: readonly string[]) => texts.map(() => prediction) };
const giving = (given: unknown) => ({ predict: () => given as Prediction[] });
/** A value as a cell without types gives it. */
const any = <Type>(value: unknown) => value as Type;

const wrong: [name: string, ask: () => unknown, message: RegExp][] = [
  [
    'evaluate: a promise',
    () => evaluate(['a'], any(Promise.resolve([prediction]))),
    /predicted is a promise.*await/,
  ],
  ['evaluate: nothing', () => evaluate(any(undefined), ['a']), /expected is undefined; expected an array/],
  ['evaluate: text', () => evaluate(any('abc'), any('abd')), /expected is "abc"; expected an array/],
  ['evaluate: a set', () => evaluate(any(new Set(['a'])), ['a']), /expected is \{\}; expected an array/],
  ['evaluate: holes', () => evaluate(new Array(3), ['a', 'a', 'a']), /expected\[0\] is undefined/],
  [
    'evaluate: a hole',
    () => evaluate(['a', 'a'], Object.assign(new Array(2), ['a'])),
    /predicted\[1\] is undefined/,
  ],
  [
    'evaluate: an inherited member',
    () => evaluate(['a'], [{ ...prediction, result: 'toString' }]),
    /undefined; expected 0 to 1/,
  ],
  ['evaluate: too many rounds', () => evaluate(['a'], ['a'], { rounds: 1e10 }), /rounds is .* 1 to 100,000/],
  [
    'evaluate: no seed',
    () => evaluate(['a'], ['a'], { seed: Number.NaN }),
    /seed is NaN; expected a whole number from 0/,
  ],
  [
    'calibrate: no bins',
    () => calibrate(['a'], [prediction], 0),
    /count is 0; expected a whole number from 1/,
  ],
  ['calibrate: half a bin', () => calibrate(['a'], [prediction], 1.5), /count is 1.5/],
  ['calibrate: null', () => calibrate(['a'], any([null])), /predictions\[0\] is null/],
  ['bootstrapDifference: NaN', () => bootstrapDifference([Number.NaN], [1], [1]), /first\[0\] is NaN/],
  ['answersOf: labels', () => answersOf([row], any(['a'])), /predictions\[0\] is "a"/],
  ['answersOf: titles', () => answersOf(any<LabelledTitle[]>(['x']), [prediction]), /rows\[0\] is "x"/],
  [
    'answersOf: no probabilities',
    () => answersOf([row], any([{ result: 'a' }])),
    /"a" the probability undefined/,
  ],
  ['surestMistakes: fewer than none', () => surestMistakes([], -1), /count is -1/],
  ['surestMistakes: NaN', () => surestMistakes([], Number.NaN), /count is NaN/],
  ['compare: text', () => compare(answering, answering, any('abc')), /headlines is "abc"/],
  [
    'compare: no list',
    () => compare(giving(undefined), answering, ['x']),
    /first predictor’s list is undefined/,
  ],
  ['compare: labels', () => compare(answering, giving(['a']), ['x']), /second predictor’s list\[0\] is "a"/],
  ['explain: a number', () => explain(answering, any(5)), /title is 5; expected text/],
  [
    'explain: an inherited label',
    () => explain(answering, 'x y', 'constructor'),
    /"constructor" is not one of/,
  ],
  ['explain: a book', () => explain(answering, 'word '.repeat(20_000)), /more than 1000 words/],
  ['explain: labels', () => explain(giving(['a', 'a', 'a']), 'x y'), /predictions\[0\] is "a"/],
];

for (const [name, ask, message] of wrong) {
  test(`${name} is an error that says so`, async () => {
    await assert.rejects(
      async () => ask(),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}

test('labels named as members of every object are labels like others', () => {
  const names = ['__proto__', 'constructor', 'toString'];
  const predictions = names.map((result) => ({
    result,
    probabilities: Object.fromEntries(names.map((name) => [name, name === result ? 0.8 : 0.1])),
  }));
  const { accuracy, byLabel, calibration } = evaluate(names, predictions);
  assert.equal(accuracy, 1);
  assert.deepEqual(
    byLabel.map(({ label, support }) => [label, support]),
    names.map((name) => [name, 1]),
  );
  assert.equal(calibration?.expectedError.toFixed(3), '0.200');
});
