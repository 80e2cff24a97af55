// Faults of a batch transform on this machine, over a container that does as a test tells it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { atEnd, eventually, temporaryFolder, userError } from '../../testing/folders';
import type { Session, TransformJob } from '../contract/session';
import { readLogEnd, readRecord } from './record';
import { openLocalSession } from './session';

const limits = { timeout: 60_000 };
const [partCount, perPart] = [12, 40];

test('a killed batch transform continues with the unfinished parts, and repeats none', limits, async (t) => {
  const { session, input, asked, folder, modelArtifact } = await open(t, { slow: true });
  const job = await session.transform({ input, modelArtifact, name: 'killed' });
  await eventually(async () => (await job.describe()).partsDone >= 3);
  process.kill(readRecord(folderOf(folder, job)).pid, 'SIGKILL');
  await assert.rejects(job.wait(), userError('killed', 'resume()'));
  const outputs = Array.from({ length: partCount }, (_, part) => part).filter((part) =>
    existsSync(outputOf(folder, job, part)),
  );
  assert.ok(outputs.length >= 3 && outputs.length < partCount, `${outputs.length} of ${partCount}`);
  const before = outputs.map((part) => statSync(outputOf(folder, job, part)).ino);
  await assert.rejects(read(job), userError('has no results yet for', 'resume()'));
  const askedBefore = asked().length;

  await Promise.all([job.resume(), (await session.attachTransformJob('killed')).resume()]);
  const { status, headlines, partsDone } = await job.wait();
  assert.deepEqual([status, headlines, partsDone], ['Completed', partCount * perPart, partCount]);
  assert.deepEqual(
    outputs.map((part) => statSync(outputOf(folder, job, part)).ino),
    before,
    'what was done is not touched',
  );
  const again = asked().slice(askedBefore);
  for (const part of outputs)
    assert.ok(!again.some((record) => record.startsWith(`${part}-`)), `part ${part}`);
  await assertComplete(job);
  const log = await readLogEnd(folderOf(folder, job));
  for (let part = 0; part < partCount; part++) {
    const times = log.split(`${partName(part)}: ${perPart} headlines`).length - 1;
    // The kill may come between a part's file and its line.
    assert.ok(times === 1 || (times === 0 && outputs.includes(part)), `part ${part} is done ${times} times`);
  }
});

test(
  'answers that come late and out of order are written in order; no more are asked for than is told',
  limits,
  async (t) => {
    const { session, input, modelArtifact, most } = await open(t, { slow: true });
    const job = await session.transform({ input, modelArtifact });
    await job.wait();
    await assertComplete(job);
    assert.ok(most() > 1 && most() <= 3, `${most()} at once`);
  },
);

test('a server that is busy for a while is asked again', limits, async (t) => {
  const { session, input, folder, modelArtifact } = await open(t, { busy: 3 });
  const job = await session.transform({ input, modelArtifact });
  await job.wait();
  await assertComplete(job);
  assert.match(await readLogEnd(folderOf(folder, job)), /Sent again: busy/);
});

test('a server that dies in the middle is started again, and nothing is lost', limits, async (t) => {
  const { session, input, folder, modelArtifact } = await open(t, { dies: 7 });
  const job = await session.transform({ input, modelArtifact });
  await job.wait();
  await assertComplete(job);
  assert.match(await readLogEnd(folderOf(folder, job)), /The server has ended. Restarting it./);
});

test('a record on which the model fails is named, and the other parts are kept', limits, async (t) => {
  const { session, input, modelArtifact } = await open(t, { fails: '2-13' });
  const job = await session.transform({ input, modelArtifact });
  await assert.rejects(
    job.wait(),
    userError(
      `1 of ${partCount} parts failed`,
      `${partName(2)}, line 14 is rejected: {"input":"2-13"}`,
      '422',
    ),
  );
  assert.equal((await job.describe()).partsDone, partCount - 1);
});

test('fewer answers than records do not pass for results', limits, async (t) => {
  const { session, input, modelArtifact } = await open(t, { swallows: '4-1' });
  const job = await session.transform({ input, modelArtifact });
  await assert.rejects(job.wait(), userError(partName(4), 'lines 1 to', 'fewer answers'));
});

/** What the container does. */
interface Fault {
  /** Answers after some milliseconds, others for each request. */
  slow?: boolean;
  /** Every so many requests it is busy. */
  busy?: number;
  /** It dies at that request, once. */
  dies?: number;
  /** The record with which it cannot do anything. */
  fails?: string;
  /** The record that it does not answer. */
  swallows?: string;
}

interface Bench {
  session: Session;
  folder: string;
  modelArtifact: string;
  input: { name: string; uri: string };
  /** Records that have been asked for, in order. */
  asked(): string[];
  /** How many requests were under way at once. */
  most(): number;
}

async function open(t: TestContext, fault: Fault): Promise<Bench> {
  const folder = await temporaryFolder(t);
  const notes = { asked: join(folder, 'asked'), most: join(folder, 'most'), died: join(folder, 'died') };
  const script = join(folder, 'container.js');
  await writeFile(script, `(${container})(${JSON.stringify({ fault, notes })})`);
  const modelArtifact = join(folder, 'artifact');
  await mkdir(modelArtifact);
  await writeFile(join(modelArtifact, 'classifier.json'), '{}');
  const source = join(folder, 'parts');
  await mkdir(source);
  for (let part = 0; part < partCount; part++) {
    const lines = Array.from({ length: perPart }, (_, row) => JSON.stringify({ input: `${part}-${row}` }));
    await writeFile(join(source, partName(part)), lines.join('\n'));
  }
  const session = openLocalSession(join(folder, 'session'), {
    kind: 'process',
    description: '',
    publishImage: async () => '',
    program: async () => ({ script }),
  });
  atEnd(t, () => session.cleanUp());
  const readNote = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return {
    session,
    folder,
    modelArtifact,
    input: await session.upload(source, 'headlines'),
    asked: () => readNote(notes.asked).split('\n').filter(Boolean),
    most: () => Number(readNote(notes.most)),
  };
}

/** Runs in the container's process, from its source text, so it uses nothing but its parameter. */
function container({
  fault,
  notes,
}: {
  fault: Fault;
  notes: Record<'asked' | 'most' | 'died', string>;
}): void {
  const { createServer } = require('node:http') as typeof import('node:http');
  const fs = require('node:fs') as typeof import('node:fs');
  let [requests, underWay, most] = [0, 0, 0];
  const handle = async (url: string, body: string): Promise<[number, string]> => {
    if (url === '/ping') return [200, '{}'];
    // Some ten records.
    if (url !== '/invocations')
      return [200, JSON.stringify({ MaxConcurrentTransforms: 3, MaxPayloadInMB: 0.0002 })];
    requests += 1;
    const records = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).input as string);
    fs.appendFileSync(notes.asked, records.map((record) => `${record}\n`).join(''));
    if (fault.slow) await new Promise((done) => setTimeout(done, (requests * 37) % 50));
    if (fault.busy && requests % fault.busy === 0) return [503, '{"error":"busy"}'];
    if (fault.dies === requests && !fs.existsSync(notes.died)) {
      fs.writeFileSync(notes.died, '');
      process.exit(1);
    }
    if (fault.fails && records.includes(fault.fails)) return [422, '{"error":"cannot"}'];
    return [
      200,
      records
        .filter((one) => one !== fault.swallows)
        .map((one) => `{"said":"${one}"}\n`)
        .join(''),
    ];
  };
  createServer((request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    fs.writeFileSync(notes.most, String(most));
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', async () => {
      const [status, text] = await handle(request.url ?? '', body);
      underWay -= 1;
      response.writeHead(status).end(text);
    });
  }).listen(Number(process.env.SAGEMAKER_BIND_TO_PORT), '127.0.0.1', () => process.send?.('listening'));
  process.on('SIGTERM', () => process.exit(0));
}

function partName(part: number): string {
  return `part-${String(part).padStart(3, '0')}.jsonl`;
}

function folderOf(folder: string, { name }: TransformJob): string {
  return join(folder, 'session', 'transform-jobs', name);
}

function outputOf(folder: string, job: TransformJob, part: number): string {
  return join(folderOf(folder, job), 'output', `${partName(part)}.out`);
}

async function read(job: TransformJob): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of job.lines()) lines.push(line);
  return lines;
}

async function assertComplete(job: TransformJob): Promise<void> {
  const expected = Array.from({ length: partCount * perPart }, (_, row) => {
    const record = `${Math.floor(row / perPart)}-${row % perPart}`;
    return { input: record, SageMakerOutput: { said: record } };
  });
  assert.deepEqual(
    (await read(job)).map((line) => JSON.parse(line)),
    expected,
  );
}
