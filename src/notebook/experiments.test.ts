// Cross-validation and the learning curve, with a session that trains nothing and counts rows instead.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { splitByStory } from '../data/split';
import { generateHeadlines } from '../data/synthetic';
import type { Session, TrainingJobDescription, TrainingRequest } from '../session/contract/session';
import { assertClose, userError } from '../testing/folders';
import { tinyNetwork } from '../testing/tinyNetwork';
import { crossValidate } from './crossValidation';
import { learningCurve, learningCurveChart } from './learningCurve';

/** Its jobs' validation accuracy is the number of their training rows, divided by 1,000. */
function countingSession(status = 'Completed'): { session: Session; requests: TrainingRequest[] } {
  const files = new Map<string, number>();
  const requests: TrainingRequest[] = [];
  const session = {
    async upload(path: string, name: string) {
      files.set(`${requests.length} ${name}`, (await readFile(path, 'utf8')).trim().split('\n').length);
      return { name, uri: path };
    },
    async train(request: TrainingRequest) {
      const rows = files.get(`${requests.length} training`) as number;
      requests.push(request);
      const metrics = [{ epoch: 1, loss: 1, accuracy: 1, validation_accuracy: rows / 1000 }];
      const description = { name: 'job', status, metrics } as TrainingJobDescription;
      return { wait: async () => description };
    },
  };
  return { session: session as unknown as Session, requests };
}

const rows = generateHeadlines({ rows: 600 });

test('crossValidate() trains on all folds but one, in turn, and gives mean and standard deviation', async () => {
  const { session, requests } = countingSession();
  const settings = { folds: 3, hyperparameters: { epochs: 4 } };
  const { accuracies, mean, deviation } = await crossValidate(session, rows, settings);
  assert.deepEqual(accuracies, [0.4, 0.4, 0.4]);
  assertClose([mean, deviation], [0.4, 0], 1e-12);
  assert.deepEqual(
    requests.map(({ hyperparameters }) => hyperparameters),
    [{ epochs: 4 }, { epochs: 4 }, { epochs: 4 }],
  );
});

test('crossValidate() and learningCurve() give every job the network', async () => {
  const { session, requests } = countingSession();
  const network = tinyNetwork();
  const options = { network, hyperparameters: { units: 3 } };
  await crossValidate(session, rows, { folds: 2, ...options });
  await learningCurve(session, splitByStory(rows), { fractions: [0.5], ...options });
  assert.deepEqual(
    requests.map(({ channels: _, ...request }) => request),
    [options, options, options],
  );
});

test('crossValidate() counts the rows that are held out without a training row of their label', async () => {
  const { session } = countingSession();
  const rare = rows.slice(0, 7).map((row) => ({ ...row, category: 'Health', story: 'rare' }));
  const others = rows.filter(({ category }) => category !== 'Health');
  assert.equal((await crossValidate(session, [...others, ...rare], { folds: 3 })).unknownRows, 7);
  assert.equal((await crossValidate(session, others, { folds: 3 })).unknownRows, 0);
});

test('learningCurve() trains on growing parts of the stories, the last of them all', async () => {
  const { session } = countingSession();
  const split = splitByStory(rows);
  const points = await learningCurve(session, split, { fractions: [0.25, 0.5, 1] });
  assert.equal(points.at(-1)?.rows, split.training.length);
  const stories = new Set(split.training.map(({ story }) => story)).size;
  assert.deepEqual(
    points.map((point) => point.stories),
    [0.25, 0.5, 1].map((fraction) => Math.round(fraction * stories)),
  );
  for (const { accuracy, rows: trained } of points) assert.equal(accuracy, trained / 1000);
  assert.deepEqual(
    learningCurveChart(points).data[0]?.x,
    points.map((point) => point.rows),
  );
});

test('an experiment ends with a sentence where a job was stopped', async () => {
  const { session } = countingSession('Stopped');
  await assert.rejects(crossValidate(session, rows, { folds: 2 }), userError('job', 'was stopped'));
});
