import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createJobLog, linesHtml } from './jobLog';

function logOf(lines: readonly string[]) {
  const log = createJobLog();
  for (const line of lines) log.add(line);
  return log;
}

test('a log of any length keeps its first and last 100 lines, and says how many are omitted and where to find them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), (count) => {
      const lines = Array.from({ length: count }, (_, index) => `line ${index}`);
      const log = logOf(lines);
      assert.equal(log.count, count);
      assert.deepEqual(log.last(5), lines.slice(-5));
      if (count <= 200) return assert.deepEqual(log.kept('job.log'), lines);
      const gap = `… ${count - 200} lines omitted. The whole log: job.log`;
      assert.deepEqual(log.kept('job.log'), [...lines.slice(0, 100), gap, ...lines.slice(-100)]);
    }),
  );
});

test('a long line is cut, and markup in a line stays text', () => {
  const [line = ''] = logOf(['x'.repeat(1e6)]).last(1);
  assert.equal(line.length, 1001);
  assert.match(line, /x…$/);
  assert.match(linesHtml(['<b>', '&']), />&lt;b>\n&amp;<\/pre>$/);
});
