import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunningResource, Session } from '../session/contract/session';
import { describeBill } from './bill';

const endpoint: RunningResource = {
  kind: 'endpoint',
  name: 'e1',
  seconds: 5,
  dollarsPerHour: 0.115,
  dollarsSoFar: 0.0002,
};

function sessionWith(kind: Session['kind'], running: RunningResource[]): Session {
  return { kind, whatIsRunning: async () => running } as unknown as Session;
}

test('on this machine nothing is paid for, whatever runs', async () => {
  assert.match(await describeBill(sessionWith('process', [])), /You pay nothing.*Nothing is running/);
  assert.match(
    await describeBill(sessionWith('docker', [endpoint])),
    /You pay nothing.*Still running: endpoint e1/,
  );
});

test('on AWS, running resources are listed by the hour, and stored data by the gigabyte', async () => {
  const bill = await describeBill(sessionWith('aws', [endpoint, { ...endpoint, dollarsPerHour: 'unknown' }]));
  assert.match(bill, /endpoint e1\*\*, \$0\.1150 an hour.*endpoint e1\*\*, price unknown/s);
  assert.match(bill, /S3.*ECR.*CloudWatch/s);
  assert.match(await describeBill(sessionWith('aws', [])), /By the hour: \*\*nothing\*\*/);
});
