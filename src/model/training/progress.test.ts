import assert from 'node:assert/strict';
import { type mock, test } from 'node:test';
import type { TrainingProgress } from './metrics';
import { trackProgress } from './progress';

/** A tracker over a clock that is moved by hand. */
function track(t: { mock: typeof mock }, epochs = 2) {
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  const told: TrainingProgress[] = [];
  const onProgress = (progress: TrainingProgress) => told.push(progress);
  const tracker = trackProgress({ epochs, totalExamples: 100, seconds: 2, onProgress });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { tracker, told, pass };
}

test('progress is told at most every two seconds, with speed and time left', (t) => {
  const { tracker, told, pass } = track(t);
  tracker.beginEpoch(1);
  for (let examples = 10; examples <= 100; examples += 10) {
    pass(1);
    tracker.step(examples);
  }
  assert.deepEqual(
    told.map(({ examples, secondsLeft }) => [examples, secondsLeft]),
    [
      [20, 18],
      [40, 16],
      [60, 14],
      [80, 12],
      [100, 10],
    ],
  );
  for (const { epoch, epochs, totalExamples, examplesPerSecond } of told) {
    assert.deepEqual([epoch, epochs, totalExamples, examplesPerSecond], [1, 2, 100, 10]);
  }
});

test('the time left counts what is done between epochs, the speed does not', (t) => {
  const { tracker, told, pass } = track(t, 3);
  tracker.beginEpoch(1);
  pass(1);
  tracker.step(100);
  pass(1);
  tracker.beginEpoch(2);
  pass(1);
  tracker.step(50);
  assert.deepEqual(told, [
    { epoch: 2, epochs: 3, examples: 50, totalExamples: 100, examplesPerSecond: 50, secondsLeft: 3 },
  ]);
});

test('a run that continues estimates by its own epochs', (t) => {
  const { tracker, told, pass } = track(t, 4);
  tracker.beginEpoch(4);
  pass(2);
  tracker.step(50);
  assert.equal(told[0]?.secondsLeft, 2);
  assert.equal(tracker.examples(), 50);
});
