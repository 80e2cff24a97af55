// The short form of `npm run fuzz`, with a fixed seed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './main';

test('bodies, artifacts and connections that nobody sends by mistake: refused in words, and the server goes on', async (t) => {
  const log = t.mock.method(console, 'log', () => {});
  assert.ok((await fuzz({ formats: 1000, http: 2000, artifacts: 150 }, 20261125)) > 7000);
  assert.ok(log.mock.callCount() > 0);
});
