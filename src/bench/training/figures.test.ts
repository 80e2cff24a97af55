import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from '../../testing/folders';
import { ourName } from './contestants';
import { measures, summariseRuns, type TrainingRun } from './figures';

/** A run with so many seconds, whose accuracy is that of its rights; a story for each row. */
function run(name: string, seed: number, fold: number, rights: readonly number[], seconds = 1): TrainingRun {
  const accuracy = rights.reduce((sum, right) => sum + right, 0) / rights.length;
  return {
    ...{ name, seed, rights: rights.map(Boolean), stories: rights.map((_, row) => `${fold}-${row}`) },
    scores: { accuracy, macroF1: accuracy / 2 },
    measures: { seconds, peakMegabytes: 1, modelMegabytes: 2, microseconds: 3, version: 'v' },
  };
}

test('accuracies are means over folds and then over seeds, times medians over all runs', () => {
  const runs = [
    run(ourName, 1, 1, [1, 1], 5),
    run(ourName, 1, 2, [1, 0], 1),
    run(ourName, 2, 1, [1, 0], 2),
    run(ourName, 2, 2, [0, 0], 3),
  ];
  const { figures, seeds, versions } = summariseRuns(runs, []);
  const ours = figures[ourName] ?? {};
  assert.deepEqual(ours[measures.accuracy], { mean: 0.5, median: 0.5, smallest: 0.25, largest: 0.75 });
  assert.deepEqual(ours[measures.seconds], { mean: 2.75, median: 2.5, smallest: 1, largest: 5 });
  assert.equal(ours[measures.calibration], undefined);
  assert.equal(ours[measures.largeSeconds], undefined);
  assert.deepEqual([seeds[ourName], versions[ourName]], [2, 'v']);
});

test('the difference to the default architecture is that of the accuracies, on the same rows', () => {
  const runs = [
    run(ourName, 1, 1, [1, 1, 0, 0]),
    run(ourName, 2, 1, [1, 0, 0, 0]),
    run('other', 1, 1, [1, 1, 1, 0]),
  ];
  const { differences } = summariseRuns(runs, []);
  assertClose(differences.other?.mean ?? Number.NaN, 0.75 - 0.375, 1e-12);
  const [low, high] = differences.other?.interval ?? [Number.NaN, Number.NaN];
  assert.ok(low >= 0 && low < 0.375 && high > 0.375, `${low} to ${high}`);
  assert.deepEqual(differences[ourName], { mean: 0, interval: [0, 0] });
});

test('figures on the large rows are shown with the others', () => {
  const large = { name: ourName, accuracy: 0.9, measures: run(ourName, 1, 1, [1], 60).measures };
  const { figures } = summariseRuns([run(ourName, 1, 1, [1])], [large]);
  assert.equal(figures[ourName]?.[measures.largeSeconds]?.median, 60);
  assert.equal(figures[ourName]?.[measures.largeAccuracy]?.mean, 0.9);
});
