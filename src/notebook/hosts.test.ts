import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeHosts, hostsChart, measuredHosts, type SeveralHosts } from './hosts';

const slower: SeveralHosts = {
  architecture: 'mlp',
  hosts: 4,
  step: 2,
  changes: 1.3,
  addingUp: 14,
  faster: 0.5,
  atWireSpeed: 0.9,
  rowsToSaveTenMinutes: 'never',
};
const quicker: SeveralHosts = {
  ...slower,
  architecture: 'cnn',
  hosts: 2,
  faster: 1.6,
  atWireSpeed: 1.8,
  rowsToSaveTenMinutes: 590_000,
};

test('the sentences say what is slower than one host, what more speed costs, and from when it pays', () => {
  const [first = '', second = '', ...others] = describeHosts([slower, quicker]).split('\n');
  assert.deepEqual(others, []);
  assert.match(first, /`mlp` on 4 hosts: slower than one \(0\.5 times as fast\), for 8 times the money/);
  assert.match(first, /saved from no number of rows on/);
  assert.match(second, /`cnn` on 2 hosts: 1\.6 times as fast, for 1\.3 times the money/);
  assert.match(second, /saved from 590,000 training rows on/);
});

test('the chart has a bar for each row, as long as the hosts are fast', () => {
  const [bars] = hostsChart([slower, quicker]).data;
  assert.ok(bars);
  assert.deepEqual([...(bars.x as number[])].sort(), [0.5, 1.6]);
  assert.deepEqual([...(bars.y as string[])].sort(), ['cnn, 2 hosts', 'mlp, 4 hosts']);
});

test('what was measured agrees with itself: so many hosts at most, as fast as a step beside step and adding up', () => {
  const rows = measuredHosts();
  assert.ok(rows.length >= 6);
  for (const { hosts, step, addingUp, faster, atWireSpeed } of rows) {
    // All figures have two digits.
    assert.ok(
      Math.abs(faster / ((hosts * step) / (step + addingUp)) - 1) < 0.15,
      `${hosts} ${step} ${addingUp}`,
    );
    assert.ok(faster <= hosts && atWireSpeed <= hosts);
  }
});
