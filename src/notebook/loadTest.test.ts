// Bounds and bookkeeping: how fast anything is, no test says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Predictor } from '../session/contract/session';
import { userError } from '../testing/folders';
import { loadChart } from './loadChart';
import { loadTest } from './loadTest';

const long = { p99: 60_000 };

/** Answers until it has been asked so often; then every request fails. */
function predictor(most = Infinity) {
  const asked: string[] = [];
  const predict = async (headline: string) => {
    asked.push(headline);
    if (asked.length > most) throw new Error('too many');
    return { result: 'a', probabilities: { a: 1 }, latency: 1 };
  };
  return { asked, endpoint: { predict } as unknown as Predictor };
}

test('loadTest() doubles the rate until the last one and asks for the headlines in turn', async () => {
  const { asked, endpoint } = predictor();
  const load = await loadTest(endpoint, ['a', 'b', 'c'], { ...long, rate: 50, maxRate: 200, seconds: 0.2 });
  assert.deepEqual(
    load.steps.map(({ rate, sent, failed, held }) => [rate, sent, failed, held]),
    [
      [50, 10, 0, true],
      [100, 20, 0, true],
      [200, 40, 0, true],
    ],
  );
  assert.equal(load.held, 200);
  assert.equal(asked.length, 70);
  assert.deepEqual(asked.slice(0, 4), ['a', 'b', 'c', 'a']);
  assert.ok(load.milliseconds >= 0);
});

test('loadTest() finds the rate that is held between one that was and one that was not', async () => {
  // 50 and 100 a second are answered; of 200 some are not, and then nothing is.
  const { endpoint } = predictor(50);
  const load = await loadTest(endpoint, ['a'], { ...long, rate: 50, maxRate: 800, seconds: 0.2 });
  assert.deepEqual(
    load.steps.map(({ rate, held }) => [rate, held]),
    [
      [50, true],
      [100, true],
      [113, false],
      [125, false],
      [150, false],
      [200, false],
    ],
  );
  assert.equal(load.held, 100);
});

test('loadTest() holds nothing where the first rate fails or is too slow, and asks no faster', async () => {
  const failing = await loadTest(predictor(0).endpoint, ['a'], { ...long, rate: 50, seconds: 0.1 });
  assert.deepEqual([failing.held, failing.steps.length, failing.steps[0]?.failed], [0, 1, 5]);
  const slow = await loadTest(predictor().endpoint, ['a'], { p99: 1e-9, rate: 50, seconds: 0.1 });
  assert.deepEqual([slow.held, slow.steps.length], [0, 1]);
});

test('loadTest() makes no more requests than it may', async () => {
  const { asked, endpoint } = predictor();
  const load = await loadTest(endpoint, ['a'], { ...long, rate: 50, seconds: 0.2, maxRequests: 35 });
  assert.equal(load.held, 100);
  assert.equal(asked.length, 30);
});

test('loadTest() rejects options that are out of range, and no headlines', async () => {
  const { endpoint } = predictor();
  await assert.rejects(loadTest(endpoint, []), userError('got no headlines'));
  for (const option of ['p99', 'rate', 'maxRate', 'seconds', 'maxRequests']) {
    await assert.rejects(loadTest(endpoint, ['a'], { [option]: 0 }), userError(option, 'above 0'));
  }
});

test('loadChart() draws median, 99th percentile and bound by the rate', () => {
  const step = { sent: 1, failed: 0, held: true };
  const { data } = loadChart({
    steps: [
      { ...step, rate: 25, p50: 1, p99: 2 },
      { ...step, rate: 50, p50: 1, p99: 9 },
    ],
    held: 50,
    p99: 100,
    milliseconds: 1,
  });
  assert.deepEqual(
    data.map(({ x, y }) => [x, y]),
    [
      [
        [25, 50],
        [1, 1],
      ],
      [
        [25, 50],
        [2, 9],
      ],
      [
        [25, 50],
        [100, 100],
      ],
    ],
  );
});
