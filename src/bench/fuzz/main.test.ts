// A short `npm run fuzz` with a fixed seed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './main';

test('hostile bodies, artifacts and connections get a clear error, and the server keeps serving', async (t) => {
  const log = t.mock.method(console, 'log', () => {});
  assert.ok((await fuzz({ formats: 1000, http: 2000, artifacts: 150 }, 20261125)) > 7000);
  assert.ok(log.mock.callCount() > 0);
});
