import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { startAws } from '../../../testing/aws';
import { createClients } from './clients';
import { followLogs } from './logs';

const group = '/aws/sagemaker/TrainingJobs';

test('lines come once and in order; those of several hosts are told apart', {
  timeout: 60_000,
}, async (t) => {
  const aws = await startAws(t);
  const logs = new CloudWatchLogsClient();
  const told: string[] = [];
  const context = { clients: createClients('us-east-1'), tell: (sentence: string) => told.push(sentence) };
  const follower = followLogs(context, group, 'job/');
  const open = async (logStreamName: string) =>
    await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName }));
  const start = Date.now();
  const write = async (host: string, ...messages: [number, string][]) => {
    const logEvents = messages.map(([at, message]) => ({ timestamp: start + at, message }));
    const logStreamName = `job/${host}-1`;
    await logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents }));
  };
  assert.deepEqual(await follower.next(), []);

  await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
  await open('job/algo-1-1');
  await write('algo-1', [0, 'first'], [0, 'second\n']);
  assert.deepEqual(await follower.next(), ['first', 'second']);
  assert.deepEqual(await follower.next(), []);

  await open('job/algo-2-1');
  await open('job-2/algo-1-1');
  await write('algo-2', [20, 'later']);
  await write('algo-1', [10, 'sooner']);
  const both = await follower.next();
  assert.deepEqual(both.map(stripVTControlCharacters), ['algo-1 sooner', 'algo-2 later']);
  const colours = both.map((line) => line.slice(0, line.indexOf('m')));
  assert.notEqual(colours[0], colours[1]);

  // The second stream's read fails after the first one's has brought a line.
  await write('algo-1', [30, 'kept']);
  let reads = 0;
  aws.fault = (operation) =>
    operation.endsWith('.GetLogEvents') && ++reads > 2
      ? { status: 400, type: 'AccessDeniedException' }
      : undefined;
  assert.match((await follower.next()).join('\n'), /^\S+ kept$/);
  assert.deepEqual(await follower.next(), []);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /TrainingJobs cannot be read, so lines may be missing/);
  aws.fault = () => undefined;
  await write('algo-2', [40, 'back']);
  assert.match((await follower.next()).join('\n'), /^\S+ back$/);
});
