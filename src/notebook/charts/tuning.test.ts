import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFigure } from '../../display/altText';
import type { ParallelAxis } from '../../display/figure';
import { figureTable } from '../../display/figureTable';
import type { Trial, TuningJobDescription } from '../../session/contract/tuning';
import { trialTable, tuningChart } from './tuning';

function trial(number: number, changed: Partial<Trial>): Trial {
  return {
    name: `search-00${number}`,
    status: 'Completed',
    hyperparameters: { learning_rate: 10 ** -number, epochs: number, split: number > 1 ? 'random' : 'story' },
    seconds: 1.6,
    billableSeconds: 0,
    ...changed,
  };
}

const first = trial(1, { objective: 0.75, modelArtifact: 'one' });
const second = trial(2, { objective: 0.9, modelArtifact: 'two' });
const description: TuningJobDescription = {
  name: 'search',
  status: 'Completed',
  objective: 'validation_accuracy',
  plannedTrials: 4,
  trials: [
    first,
    second,
    trial(3, { status: 'Failed', reason: 'no data\nat all' }),
    trial(4, { status: 'InProgress' }),
  ],
  best: second,
  seconds: 9,
};

test('tuningChart() has an axis for each hyperparameter and one for the objective, of measured trials', () => {
  const { data } = tuningChart(description, 'A search');
  const { dimensions } = data[0] as unknown as { dimensions: ParallelAxis[] };
  assert.deepEqual(
    dimensions.map(({ label, values }) => [label, values]),
    [
      ['learning_rate', [-1, -2]],
      ['epochs', [1, 2]],
      ['split', [1, 0]],
      ['validation_accuracy', [0.75, 0.9]],
    ],
  );
  assert.deepEqual(dimensions[0]?.ticktext, ['0.01', '0.1']);
  assert.deepEqual(dimensions[1]?.tickvals, [1, 2], 'no half epochs');
  assert.deepEqual(dimensions[2]?.ticktext, ['random', 'story']);
});

test('tuningChart() has alternative text and a table of its lines', () => {
  const figure = tuningChart(description, 'A search');
  assert.equal(
    describeFigure(figure),
    'Chart: A search. learning_rate: 2 values, from 0.01 to 0.1; epochs: 2 values, from 1 to 2; ' +
      'split: 2 values among random, story; validation_accuracy: 2 values, from 0.75 to 0.9.',
  );
  assert.deepEqual(figureTable(figure), {
    columns: ['learning_rate', 'epochs', 'split', 'validation_accuracy'],
    values: [
      ['0.1', 1, 'story', 0.75],
      ['0.01', 2, 'random', 0.9],
    ],
  });
});

test('tuningChart() accepts a search without measurements', () => {
  const { best: _, ...rest } = description;
  const figure = tuningChart({ ...rest, trials: [] });
  assert.equal(describeFigure(figure), 'Chart: search.');
});

test('trialTable() begins with the best, for a loss with the smallest, and ends with what is not measured', () => {
  const rows = trialTable(description);
  assert.deepEqual(rows, [
    {
      trial: 2,
      status: 'Completed, the best',
      validation_accuracy: '0.9000',
      learning_rate: '0.01',
      epochs: '2',
      split: 'random',
      seconds: 2,
      reason: '',
    },
    {
      trial: 1,
      status: 'Completed',
      validation_accuracy: '0.7500',
      learning_rate: '0.1',
      epochs: '1',
      split: 'story',
      seconds: 2,
      reason: '',
    },
    { trial: 3, status: 'Failed', validation_accuracy: '', ...row(3), seconds: 2, reason: 'no data' },
    { trial: 4, status: 'InProgress', validation_accuracy: '', ...row(4), seconds: 2, reason: '' },
  ]);
  const byLoss = trialTable({ ...description, objective: 'loss' }) as { trial: number }[];
  assert.deepEqual(
    byLoss.map((one) => one.trial),
    [1, 2, 3, 4],
  );
});

function row(number: number) {
  return { learning_rate: `0.${'1'.padStart(number, '0')}`, epochs: String(number), split: 'random' };
}
