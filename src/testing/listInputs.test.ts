// Every exported function that takes lists of the data's length, on lists that are empty, of unequal length, of one label,
// or longer than JavaScript allows arguments: a right value, or an error that says what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figure } from '../display/figure';
import * as workshop from '../index';
import { createHeadline } from './folders';

type Expected = RegExp | ((value: never) => void);
/** A function's name and what is special about its lists; the call; the error's text, or a check of the value. */
type Case = [input: string, call: () => unknown, expected: Expected];

const many = 130_000;
const headline = createHeadline({ title: 'Bank shares rise', category: 'a' });
const labels = ['a', 'b', 'c'];
const long = Array.from({ length: many }, (_, row) => ({
  ...headline,
  category: labels[row % 3] as string,
  story: `${row % 40_000}`,
}));
const longLabels = long.map(({ category }) => category);
/** One story with all rows. */
const oneStory = long.map((row) => ({ ...row, story: 'one' }));
const oneLabel = [headline, { ...headline, story: '2' }, { ...headline, story: '3' }];
const split = { training: long, validation: long.slice(0, 3) };
const none = { training: [], validation: [] };
const prediction = { result: 'a', probabilities: { a: 0.75, b: 0.25 } };
const answer = (title: string, probability: number) => ({
  title,
  expected: 'a',
  predicted: 'b',
  probability,
});
const answering = (rows: number) => ({ predict: () => Array.from({ length: rows }, () => prediction) });
const titles = { title: '', x: '', y: '' };
const line = {
  name: 'x',
  x: Array.from({ length: many }, (_, at) => at),
  y: new Array<number>(many).fill(1),
};
const evaluation = workshop.evaluate(['a'], ['a'], { rounds: 1 });
const nearest = { title: 'x', nearest: 'x', similarity: 1, sameStory: true };
const noLoad = { steps: [], held: 0, p99: 1, milliseconds: 1 };

const equals = (expected: unknown) => (value: unknown) => assert.deepEqual(value, expected);
const hasLength = (length: number) => (value: readonly unknown[]) => assert.equal(value.length, length);
/** A figure whose numbers are all finite, also in words. */
function isSound(figure: Figure): void {
  const numbers = figure.data.flatMap((trace) =>
    [trace.x, trace.y, trace.z].flatMap((values) => (values ?? []) as unknown[]).flat(),
  );
  assert.ok(numbers.every((value) => typeof value !== 'number' || Number.isFinite(value)));
  assert.doesNotMatch(workshop.describeFigure(figure), /NaN|Infinity|undefined/);
}

const differ = /lists differ in length: .* has \d+, .* has \d+/;

const cases: Case[] = [
  ['evaluate: empty', () => workshop.evaluate([], []), /expected and predicted are empty/],
  ['evaluate: unequal', () => workshop.evaluate(['a', 'b'], ['a']), /expected has 2, predicted has 1/],
  ['evaluate: one empty', () => workshop.evaluate([], ['a']), /expected has 0, predicted has 1/],
  [
    'evaluate: no label',
    () => workshop.evaluate(['a'], [undefined as never]),
    /predicted\[0\] is undefined, which has no label/,
  ],
  [
    'evaluate: no category',
    () => workshop.evaluate([{} as never], ['a']),
    /expected\[0\] is \{\}, which has no label/,
  ],
  [
    'evaluate: texts',
    () =>
      workshop.evaluate(
        line.y.map((_, row) => `text ${row}`),
        line.y.map(String),
      ),
    /130001 different labels/,
  ],
  ['evaluate: no rounds', () => workshop.evaluate(['a'], ['a'], { rounds: 0 }), /rounds is 0/],
  [
    'evaluate: NaN as probability',
    () => workshop.evaluate(['a'], [{ result: 'a', probabilities: { a: Number.NaN } }]),
    /predictions\[0\] gives its label "a" the probability NaN/,
  ],
  [
    'evaluate: no probability of the predicted label',
    () => workshop.evaluate(['a'], [{ result: 'a', probabilities: { b: 1 } }]),
    /"a" the probability undefined/,
  ],
  [
    'evaluate: one label',
    () => workshop.evaluate(['a'], ['a']),
    (value: workshop.Evaluation) => assert.equal(value.macroF1, 1),
  ],
  [
    'evaluate: long',
    () => workshop.evaluate(long, longLabels, { rounds: 2 }),
    (value: workshop.Evaluation) => assert.deepEqual([value.rows, value.accuracy], [many, 1]),
  ],
  [
    'evaluate: long, with probabilities',
    () => workshop.evaluate(long, answering(many).predict(), { rounds: 2 }),
    (value: workshop.Evaluation) =>
      assert.ok(Math.abs((value.calibration?.expectedError ?? 0) - (0.75 - 1 / 3)) < 1e-4),
  ],
  [
    'evaluate: labels and predictions mixed',
    () => workshop.evaluate(['b', 'a'], ['b', prediction], { rounds: 2 }),
    (value: workshop.Evaluation) => assert.equal(value.calibration?.expectedError, 0.25),
  ],
  ['splitByStory: empty', () => workshop.splitByStory([]), /0 row\(s\) cannot be split/],
  [
    'splitByStory: one label',
    () => workshop.splitByStory(oneLabel, { validationFraction: 0.34 }).validation,
    hasLength(1),
  ],
  ['splitByStory: long', () => workshop.splitByStory(long).validation, hasLength(many / 5)],
  ['splitByStory: one story', () => workshop.splitByStory(oneStory), /the largest has 130000 rows/],
  ['splitRandomly: empty', () => workshop.splitRandomly([]), /0 row\(s\) cannot be split/],
  [
    'splitRandomly: long, one object',
    () => workshop.splitRandomly(new Array(many).fill(headline)).validation,
    hasLength(many / 5),
  ],
  ['foldsByStory: empty', () => workshop.foldsByStory([]), /number of stories, which is 0/],
  [
    'foldsByStory: long',
    () => workshop.foldsByStory(long).map(({ validation }) => validation.length),
    equals(new Array(5).fill(many / 5)),
  ],
  ['describeSplit: empty', () => workshop.describeSplit(none).notes, equals([])],
  ['describeSplit: long', () => workshop.describeSplit(split, { maxLength: 1 }).copies.rows, equals(3)],
  ['countKnownStories: empty', () => workshop.countKnownStories(none), equals(0)],
  ['countKnownStories: long', () => workshop.countKnownStories(split), equals(3)],
  ['nearestTitles: empty', () => workshop.nearestTitles(none), equals([])],
  ['nearestTitles: long', () => workshop.nearestTitles(split, { count: 1 }), hasLength(1)],
  ['sample: empty', () => workshop.sample([], 3), equals([])],
  ['sample: long', () => workshop.sample(long, many), hasLength(many)],
  ['countBy: empty', () => workshop.countBy([], String), equals([])],
  ['countBy: long', () => workshop.countBy(line.x, String), hasLength(many)],
  ['examplesBy: empty', () => workshop.examplesBy([], String).size, equals(0)],
  ['examplesBy: long', () => workshop.examplesBy(line.x, String).size, equals(many)],
  ['tellingWords: empty', () => workshop.tellingWords([]), equals([])],
  [
    'tellingWords: long',
    () => workshop.tellingWords(long),
    (value: object[]) => assert.ok(Array.isArray(value)),
  ],
  ['learnVocabulary: empty', () => workshop.learnVocabulary([], 9), equals([])],
  ['learnVocabulary: long', () => workshop.learnVocabulary(line.x.map(String), many + 1), hasLength(many)],
  ['createEncoder: empty', () => workshop.createEncoder([], 2)([]).length, equals(0)],
  [
    'createEncoder: long',
    () => workshop.createEncoder(line.x.map(String), 2)(longLabels).length,
    equals(2 * many),
  ],
  ['answersOf: empty', () => workshop.answersOf([], []), equals([])],
  ['answersOf: unequal', () => workshop.answersOf([headline], []), differ],
  ['answersOf: long', () => workshop.answersOf(long, answering(many).predict()), hasLength(many)],
  ['surestMistakes: empty', () => workshop.surestMistakes([]), equals([])],
  [
    'surestMistakes: long',
    () =>
      workshop.surestMistakes(
        line.x.map((at) => answer(`${at}`, at / many)),
        1,
      ),
    equals([answer(`${many - 1}`, (many - 1) / many)]),
  ],
  [
    'compare: empty',
    () => workshop.compare(answering(0), answering(0), []),
    equals({ agreeing: 0, differing: [], largestDifference: 0 }),
  ],
  [
    'compare: unequal',
    () => workshop.compare(answering(2), answering(1), ['x', 'y']),
    /first predictor’s list has 2, the second predictor’s list has 1/,
  ],
  [
    'compare: long',
    () => workshop.compare(answering(many), answering(many), longLabels),
    equals({ agreeing: many, differing: [], largestDifference: 0 }),
  ],
  [
    'explain: empty',
    () => workshop.explain(answering(1), ''),
    (value: workshop.Explanation) => assert.deepEqual(value.parts, []),
  ],
  ['explain: unequal', () => workshop.explain(answering(1), 'two words'), differ],
  [
    'explain: an unknown label',
    () => workshop.explain(answering(1), '', 'c'),
    /"c" is not one of the model's labels, which are: a, b/,
  ],
  ['explain: no predictions', () => workshop.explain(answering(0), ''), differ],
  [
    'learningCurve: no fractions',
    () => workshop.learningCurve({} as never, split, { fractions: [] }),
    /fractions is \[\]/,
  ],
  [
    'learningCurve: fraction of 0',
    () => workshop.learningCurve({} as never, split, { fractions: [0.5, 0] }),
    /fractions is \[0.5, 0\]/,
  ],
  ['crossValidate: empty', () => workshop.crossValidate({} as never, []), /number of stories, which is 0/],
  [
    'compareSplits: empty',
    () => workshop.compareSplits({} as never, [], [1], {}),
    /0 row\(s\) cannot be split/,
  ],
  [
    'compareSplits: no seeds',
    () => workshop.compareSplits({} as never, long, [], {}),
    equals({ story: [], random: [] }),
  ],
  ['mean: empty', () => workshop.mean([]), equals(Number.NaN)],
  ['mean: long', () => workshop.mean(line.y), equals(1)],
  ['barChart: empty', () => workshop.barChart([], titles), isSound],
  [
    'barChart: long',
    () =>
      workshop.barChart(
        line.x.map((at) => [`${at}`, at] as const),
        titles,
      ),
    isSound,
  ],
  ['histogram: empty', () => workshop.histogram([], titles), isSound],
  ['histogram: long', () => workshop.histogram(line.x, titles), isSound],
  ['lineChart: empty', () => workshop.lineChart([], titles), isSound],
  [
    'lineChart: unequal',
    () => workshop.lineChart([{ name: '', x: [1, 2], y: [1] }], titles),
    /x has 2, y has 1/,
  ],
  ['lineChart: long', () => workshop.lineChart([line], titles), isSound],
  ['dotChart: empty', () => workshop.dotChart([{ name: '', x: [], y: [] }], titles), isSound],
  [
    'dotChart: unequal hover',
    () => workshop.dotChart([{ name: '', x: [1], y: [1], hover: [] }], titles),
    /hover has 0/,
  ],
  ['dotChart: long', () => workshop.dotChart([line], titles), isSound],
  ['publisherChart: empty', () => workshop.publisherChart([]), isSound],
  ['publisherChart: long', () => workshop.publisherChart(long), isSound],
  ['tellingWordsChart: empty', () => workshop.tellingWordsChart([]), isSound],
  ['storySizeChart: empty', () => workshop.storySizeChart([]), isSound],
  ['storySizeChart: long', () => workshop.storySizeChart(long), isSound],
  ['nearestTitlesChart: empty', () => workshop.nearestTitlesChart({ random: [] }), isSound],
  [
    'nearestTitlesChart: long',
    () => workshop.nearestTitlesChart({ random: new Array(many).fill(nearest) }),
    isSound,
  ],
  ['trainingCurves: empty', () => workshop.trainingCurves([]), isSound],
  ['learningCurveChart: empty', () => workshop.learningCurveChart([]), isSound],
  ['architectureChart: empty', () => workshop.architectureChart([]), isSound],
  ['loadChart: empty', () => workshop.loadChart(noLoad), isSound],
  ['confusionMatrix: no answers', () => workshop.confusionMatrix(evaluation, []), isSound],
  [
    'confusionMatrix: long',
    () => workshop.confusionMatrix(evaluation, new Array(many).fill(answer('x', 1))),
    isSound,
  ],
  ['scoresChart: one label', () => workshop.scoresChart(evaluation), isSound],
  ['reliabilityDiagram: without probabilities', () => workshop.reliabilityDiagram(evaluation), isSound],
  ['describeFigure: empty', () => workshop.describeFigure({ data: [], layout: {} }), equals('Chart.')],
  [
    'describeFigure: long',
    () => workshop.describeFigure(workshop.lineChart([line], titles)),
    (value: string) => assert.match(value, /130000 values/),
  ],
  ['showPredictions: empty', () => workshop.showPredictions([], []), equals(undefined)],
  ['showPredictions: unequal', () => workshop.showPredictions(['x'], []), differ],
  ['showPredictions: too few labels', () => workshop.showPredictions(['x'], [prediction], []), differ],
  ['showTable: empty', () => workshop.showTable([]), equals(undefined)],
];

/** Exports that take no lists as long as the data, or whose own tests give them such lists from files and jobs. */
const others = new Set(
  `buildImage checkBetter checkCopies checkJobFolder checkOwnNetwork checkTrained cheaperFrom createEncoder describeBill
  defineNetwork describeHyperparameters lineageTable loadArtifact loadDataset loadTest loadVectors measuredArchitectures
  exportLayersModel importLayersModel liveChart monthlyCost normalise openSession orSay parseProgress percent publishImage readNetwork readNews readScored readTable say show
  showExplanation testImage tokenise trialTable tuningChart uploadSplit watch watchTransform watchTuning writeExampleTable
  writeHeadlines writeRecords writeReport`.split(/\s+/),
);

for (const [input, call, expected] of cases) {
  test(input.replace(': ', '() '), async () => {
    const run = async () => await call();
    if (!(expected instanceof RegExp)) return (expected as (value: unknown) => void)(await run());
    await assert.rejects(run(), (error: Error) => {
      assert.equal(error.name, 'UserError', error.stack);
      assert.match(error.message, expected);
      return true;
    });
  });
}

test('every exported function is in the table, or among those without lists of rows', () => {
  const covered = new Set([...cases.map(([input]) => input.split(':')[0]), ...others]);
  const functions = Object.entries(workshop).filter(([, value]) => typeof value === 'function');
  assert.deepEqual(
    functions.map(([name]) => name).filter((name) => !covered.has(name)),
    [],
  );
});
