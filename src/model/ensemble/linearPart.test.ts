import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateHeadlines } from '../../data/synthetic';
import { type LinearTask, learnLinearPart, trainLinearPart } from './linearPart';

/** So many that a thread learns them. */
const titles = generateHeadlines({ rows: 2100 }).map(({ title }) => title);
const task: LinearTask = {
  training: titles,
  validation: titles.slice(0, 5),
  labels: Int32Array.from(titles, (_, row) => row % 3),
  labelCount: 3,
  rowWeights: new Float64Array(titles.length).fill(1),
  buckets: 2 ** 13,
  seed: 1,
};
const never = new AbortController().signal;

test('a thread learns, bit by bit, what this one does', async () => {
  const [there, here] = [await trainLinearPart(task, never), await learnLinearPart(task, () => false)];
  assert.deepEqual(there, here);
  assert.ok(here.weights.weights.some((weight) => weight !== 0));
});

test('few titles are learnt without a thread, with the same end', async () => {
  const few = { ...task, training: titles.slice(0, 300), labels: task.labels.slice(0, 300) };
  assert.deepEqual(await trainLinearPart(few, never), await learnLinearPart(few, () => false));
});

test('a signal ends the thread soon, before or while it learns, and what it has learnt comes back', async () => {
  const early = await trainLinearPart(task, AbortSignal.abort());
  assert.ok(early.weights.weights.every((weight) => weight === 0));
  assert.equal(early.validationScores.length, 5 * 3);
  const stop = new AbortController();
  const learning = trainLinearPart(task, stop.signal);
  stop.abort();
  assert.deepEqual(await learning, early);
});

test('an error in the thread is the caller’s', async () => {
  const unfit = { ...task, labels: undefined } as unknown as LinearTask;
  await assert.rejects(trainLinearPart(unfit, never), TypeError);
});
