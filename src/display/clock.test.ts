import assert from 'node:assert/strict';
import test from 'node:test';
import { startClock } from './clock';

test('a clock shows its text at once and again each second, until it is stopped', (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  const shown: string[] = [];
  const clock = startClock((text) => shown.push(text));
  t.mock.timers.tick(1000);
  clock.show('Creating');
  t.mock.timers.tick(1000);
  t.mock.timers.tick(1000);
  clock.show('InService');
  clock.stop();
  t.mock.timers.tick(5000);
  assert.deepEqual(shown, ['Creating, 1 s', 'Creating, 2 s', 'Creating, 3 s', 'InService, 3 s']);
});
