import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userError } from '../testing/folders';
import type { MeasuredLoad } from './loadTest';
import { cheaperFrom, monthlyCost } from './monthlyCost';

const load: MeasuredLoad = { steps: [], held: 40, p99: 100, milliseconds: 5 };
const prices = {
  instanceType: 'ml.c5.large',
  dollarsPerHour: 0.1,
  memoryMegabytes: 2048,
  dollarsPerSecond: 0.00004,
};

test('monthlyCost() counts whole machines by the hour, and without them the seconds of requests', () => {
  // 100 a second: 3 machines for 730 hours; 0.5 s of requests in each of 2,628,000 seconds.
  const [machines, serverless] = monthlyCost(100, load, prices);
  assert.deepEqual(machines, { deployment: 'real-time, ml.c5.large', needs: '3 machines', dollars: 219 });
  assert.deepEqual(serverless, {
    deployment: 'serverless, 2048 MB',
    needs: 'about 1 request at a time',
    dollars: 52.56,
  });
  assert.equal(monthlyCost(40, load, prices)[0]?.needs, '1 machine');
  assert.equal(monthlyCost(41, load, prices)[0]?.needs, '2 machines');
});

test('monthlyCost() marks what exceeds a serverless endpoint’s limit, and invents no price', () => {
  const unknown = { ...prices, dollarsPerHour: 'unknown', dollarsPerSecond: 'unknown' } as const;
  const [machines, serverless] = monthlyCost(50_000, load, unknown);
  assert.deepEqual([machines?.dollars, serverless?.dollars], ['unknown', 'unknown']);
  assert.match(serverless?.needs ?? '', /250 requests at a time, more than the limit of 200/);
  assert.equal(cheaperFrom(load, unknown), 'unknown');
});

test('monthlyCost() rejects what it cannot calculate', () => {
  for (const rate of [0, -1, Number.NaN]) {
    assert.throws(() => monthlyCost(rate, load, prices), userError('above 0'));
  }
  assert.throws(
    () => monthlyCost(1, { ...load, held: 0 }, prices),
    userError('exceeded the bound at the first rate'),
  );
});

test('from cheaperFrom() on, a machine costs less than a serverless endpoint', () => {
  const rate = Number(cheaperFrom({ ...load, held: 10_000 }, prices));
  const costs = (factor: number) => monthlyCost(rate * factor, { ...load, held: 10_000 }, prices);
  const [below, above] = [costs(0.99), costs(1.01)];
  assert.ok(Number(below[0]?.dollars) > Number(below[1]?.dollars));
  assert.ok(Number(above[0]?.dollars) < Number(above[1]?.dollars));
});
