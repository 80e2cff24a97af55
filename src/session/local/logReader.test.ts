import assert from 'node:assert/strict';
import { appendFile, mkdir, open, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { temporaryFolder, userError } from '../../testing/folders';
import { createLogReader, type LogReader } from './logReader';
import { logOf, readLogEnd, recordEnd, recordStart } from './record';
import { openTrainingJob } from './trainingJob';

async function read(reader: LogReader, hasEnded = false): Promise<string[]> {
  const lines: string[] = [];
  await reader.read((line) => lines.push(line), hasEnded);
  return lines;
}

test('however a log grows, each of its lines is read once', async (t) => {
  const folder = await temporaryFolder(t);
  let run = 0;
  const piece = fc.constantFrom('a', 'zwölf', '日本', '\n', '\n\n', '\r\n');
  const property = fc.asyncProperty(fc.array(piece), fc.integer({ min: 1, max: 9 }), async (pieces, size) => {
    const path = join(folder, `log-${run++}`);
    const bytes = Buffer.from(pieces.join(''));
    const reader = createLogReader(path);
    const lines = await read(reader);
    for (let start = 0; start < bytes.length; start += size) {
      await appendFile(path, bytes.subarray(start, start + size));
      lines.push(...(await read(reader)));
    }
    lines.push(...(await read(reader, true)), ...(await read(reader, true)));
    const expected = pieces.join('').split('\n');
    if (expected.at(-1) === '') expected.pop();
    assert.deepEqual(lines, expected);
  });
  await fc.assert(property, { numRuns: 60 });
});

test('two that read at once get each line once', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  await writeFile(path, 'a\nb\n');
  const reader = createLogReader(path);
  const [first, second] = await Promise.all([read(reader), read(reader)]);
  assert.deepEqual([first, second], [['a', 'b'], []]);
});

test('a log that was truncated, replaced or removed is read from its beginning again', async (t) => {
  const path = join(await temporaryFolder(t), 'log');
  const reader = createLogReader(path);
  await writeFile(path, 'first\nsecond, cut');
  assert.deepEqual(await read(reader), ['first']);
  await truncate(path);
  await appendFile(path, 'new\n');
  assert.deepEqual(await read(reader), ['new']);
  await rename(path, `${path}.1`);
  assert.deepEqual(await read(reader), []);
  await writeFile(path, 'rotated, and longer than before\n');
  assert.deepEqual(await read(reader), ['rotated, and longer than before']);
  await rm(path);
  assert.deepEqual(await read(reader, true), []);
});

test('of a log of 50 MB, a job that is looked at often reads each byte once', async (t) => {
  const folder = join(await temporaryFolder(t), 'job');
  await mkdir(folder);
  const line = `${'x'.repeat(99)}\n`;
  const epoch = (number: number) => `epoch=${number} loss=0.5 accuracy=0.9\n`;
  const block = line.repeat(10_000);
  for (let number = 1; number <= 50; number++) await appendFile(logOf(folder), block + epoch(number));
  // Of a process that is not there, and has ended by itself.
  recordStart(folder, { pid: 2 ** 22 + 1, baseDirectory: folder, startedAt: Date.now() });
  recordEnd(folder, 0);
  const file = await open(logOf(folder));
  const { size } = await file.stat();
  let bytes = 0;
  const original = file.read;
  t.mock.method(Object.getPrototypeOf(file), 'read', async function (this: unknown, ...given: unknown[]) {
    const result = await Reflect.apply(original, this, given);
    bytes += result.bytesRead;
    return result;
  });
  await file.close();

  const job = openTrainingJob(folder);
  for (let time = 0; time < 20; time++) assert.equal((await job.describe()).metrics.length, 50);
  assert.equal(bytes, size);
  let lines = 0;
  await job.wait({
    onLog() {
      lines += 1;
    },
  });
  assert.equal(lines, 50 * 10_001);
  assert.equal(bytes, 2 * size, 'wait() tells the log from its beginning');
});

test('the end of a log is whole lines', async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await readLogEnd(folder), '');
  await writeFile(logOf(folder), 'short\n');
  assert.equal(await readLogEnd(folder), 'short\n');
  await writeFile(logOf(folder), `${'long'.repeat(20_000)}\nlast\n`);
  assert.equal(await readLogEnd(folder), 'last\n');
  await writeFile(logOf(folder), 'ä'.repeat(100_000));
  assert.match(await readLogEnd(folder), /ä$/);
});

test('the error of a failed job has the end of a long log', async (t) => {
  const folder = join(await temporaryFolder(t), 'job');
  await mkdir(folder);
  await writeFile(logOf(folder), `${'x\n'.repeat(100_000)}the reason`);
  recordStart(folder, { pid: 2 ** 22 + 1, baseDirectory: folder, startedAt: Date.now() });
  recordEnd(folder, 1);
  await assert.rejects(openTrainingJob(folder).wait(), userError('x\nthe reason'));
});
