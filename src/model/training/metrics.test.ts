import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../data/random';
import { assertClose } from '../../testing/folders';
import {
  type EpochMetrics,
  findNonFiniteMetric,
  formatEpoch,
  formatNote,
  formatProgress,
  metricDefinitions,
  parseEpoch,
  parseNote,
  parseProgress,
  type TrainingProgress,
} from './metrics';

const line =
  'epoch=1 epochs=2 loss=0.6021 accuracy=0.7710 validation_loss=0.5500 validation_accuracy=0.8125 seconds=4.2';
const metrics: EpochMetrics = {
  epoch: 1,
  loss: 0.6021,
  accuracy: 0.771,
  validation_loss: 0.55,
  validation_accuracy: 0.8125,
};

test('formatEpoch() prints one line with every metric', () => {
  assert.equal(formatEpoch(metrics, 2, 4.21), line);
  assert.equal(
    formatEpoch({ epoch: 2, loss: 1, accuracy: 0 }, 2, 0.04),
    'epoch=2 epochs=2 loss=1.0000 accuracy=0.0000 seconds=0.0',
  );
});

test('parseEpoch() reads the metrics of a line, whatever stands before them', () => {
  assert.deepEqual(parseEpoch(line), metrics);
  assert.deepEqual(parseEpoch(`2031-01-01T00:00:00Z [algo-1] ${line}\n`), metrics);
});

test('parseEpoch() reads the lines of formatEpoch(), to four decimals', () => {
  const random = seededRandom(1);
  for (let epoch = 1; epoch <= 200; epoch++) {
    const [loss, accuracy] = [random.fraction() * 10 ** random.integer(6), random.fraction()];
    const validation = { validation_loss: random.fraction(), validation_accuracy: random.fraction() };
    const given: EpochMetrics = { epoch, loss, accuracy, ...(epoch % 2 && validation) };
    const found = parseEpoch(formatEpoch(given, 200, random.fraction()));
    assert.deepEqual(Object.keys(found ?? {}), Object.keys(given));
    assertClose(Object.values(found ?? {}), Object.values(given), 0.00005 + 1e-9);
  }
});

test('parseEpoch() and the metric definitions show NaN and infinite values as such', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, 1e-9]) {
    const given = { ...metrics, loss: value, validation_accuracy: value };
    const line = formatEpoch(given, 2, 1);
    const found = parseEpoch(line);
    const shown = Number(value.toFixed(4));
    assert.deepEqual([found?.loss, found?.validation_accuracy], [shown, shown], line);
    assert.equal(findNonFiniteMetric(given), Number.isFinite(value) ? undefined : `loss is ${value}`);
    for (const { Name, Regex } of metricDefinitions) {
      const expected = Number(given[Name as keyof EpochMetrics]?.toFixed(4));
      assert.deepEqual(Number(new RegExp(Regex).exec(line)?.[1]), expected, Name);
    }
  }
});

test('parseEpoch() finds no epoch on other lines', () => {
  const others = [
    '',
    'Rows: 10 for training, 2 for validation',
    'Hyperparameters: {"epochs":2,"loss":1,"accuracy":1}',
    'epoch=1 epochs=2',
    'epoch=1 loss=- accuracy=0.5000',
    'epoch=NaN loss=0.5000 accuracy=0.5000',
    'epochs=2 loss=0.5000 accuracy=0.5000',
    'epoch=1 validation_loss=0.5000 validation_accuracy=0.5000',
    'last_epoch=1 my_loss=0.5000 my_accuracy=0.5000',
  ];
  for (const other of others) assert.equal(parseEpoch(other), undefined, other);
});

test('metricDefinitions are what SageMaker accepts and find their own metric on the line', () => {
  assert.deepEqual(
    metricDefinitions.map(({ Name }) => Name),
    ['epoch', 'loss', 'accuracy', 'validation_loss', 'validation_accuracy'],
  );
  assert.ok(metricDefinitions.length <= 40);
  for (const { Name, Regex } of metricDefinitions) {
    assert.ok(Regex.length <= 500);
    const found = [...line.matchAll(new RegExp(Regex, 'g'))].map((match) => Number(match[1]));
    assert.deepEqual(found, [metrics[Name as keyof EpochMetrics]]);
  }
});

const progressLine = 'Epoch 1 of 2: 3200 of 11900 examples, 4120 examples/s, 0:05 left';
const progress: TrainingProgress = {
  epoch: 1,
  epochs: 2,
  examples: 3200,
  totalExamples: 11900,
  examplesPerSecond: 4120,
  secondsLeft: 5,
};

test('formatProgress() prints one line that parseProgress() reads, whatever stands before it', () => {
  assert.equal(formatProgress(progress), progressLine);
  assert.deepEqual(parseProgress(progressLine), progress);
  assert.deepEqual(parseProgress(`2031-01-01T00:00:00Z [algo-1] ${progressLine}\n`), progress);
});

test('formatProgress() rounds to what a reader wants to know', () => {
  const printed = (examplesPerSecond: number, secondsLeft: number) =>
    formatProgress({ ...progress, examplesPerSecond, secondsLeft }).split('examples, ')[1];
  assert.equal(printed(4123.4, 59.6), '4120 examples/s, 1:00 left');
  assert.equal(printed(0.01234, 3600), '0.0123 examples/s, 1:00:00 left');
  assert.equal(printed(123456, 90061), '123000 examples/s, 25:01:01 left');
  assert.equal(printed(12.3, 0), '12.3 examples/s, 0:00 left');
  for (const secondsLeft of [0, 59, 60, 3599, 3600, 90061]) {
    assert.equal(parseProgress(formatProgress({ ...progress, secondsLeft }))?.secondsLeft, secondsLeft);
  }
});

test('a line of progress is not one of an epoch, and the other way about', () => {
  assert.equal(parseEpoch(progressLine), undefined);
  for (const { Regex } of metricDefinitions) assert.doesNotMatch(progressLine, new RegExp(Regex));
  for (const other of ['', line, 'Epoch 1 of 2', 'Rows: 10 for training, 2 for validation']) {
    assert.equal(parseProgress(other), undefined);
  }
});

test('parseNote() reads the lines of formatNote() with any prefix, and no others', () => {
  const note = 'Only 13 rows for validation: the 95% interval of the accuracy can be 48 points wide.';
  assert.equal(parseNote(formatNote(note)), note);
  assert.equal(parseNote(`2031-01-01T00:00:00Z [algo-1] ${formatNote(note)}\n`), note);
  for (const other of ['', line, 'note: none']) assert.equal(parseNote(other), undefined);
});
