import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EpochMetrics, formatEpoch, metricDefinitions, parseEpoch } from './metrics';
import { seededRandom } from './random';
import { assertClose } from './testing';

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

test('parseEpoch() gives back what formatEpoch() printed, to four decimals', () => {
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

test('parseEpoch() finds no epoch on other lines', () => {
  const others = [
    '',
    'Rows: 10 for training, 2 for validation',
    'Hyperparameters: {"epochs":2,"loss":1,"accuracy":1}',
    'epoch=1 epochs=2',
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
