import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skippingClock } from './clock';

test('a skipping clock moves forward by the length of each sleep without waiting for it', async () => {
  const clock = skippingClock();
  const before = clock.now();
  await clock.sleep(86_400);
  await Promise.all([clock.sleep(10), clock.sleep(20)]);
  const passed = clock.now() - before;
  assert.ok(passed >= 86_430 && passed < 86_430 + 60, `${passed} s`);
});
