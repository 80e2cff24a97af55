// Batch transform jobs.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { loadArtifact } from '../../model/artifact';
import type { Prediction } from '../../model/training/classifier';
import type { Channel, TransformProgress } from '../../session/contract/session';
import { assertClose, createHeadlines, userError } from '../folders';
import { cleanUp, firstTrained, running, uploadParts, type Walk } from './walk';

/** Records of three parts, in the order in which their results are to come. */
function createParts(): Record<string, object[]> {
  const records = createHeadlines(60, 4).map(({ title }, row) => ({ id: `“${row}”`, input: title }));
  return {
    'part-0.jsonl': records.slice(0, 25),
    'part-1/again.jsonl': records.slice(25, 26),
    'part-2.jsonl': records.slice(26),
  };
}

const asLines = (parts: Record<string, object[]>) =>
  Object.fromEntries(
    Object.entries(parts).map(([part, records]) => [part, records.map((record) => JSON.stringify(record))]),
  );

interface Input extends Walk {
  readonly input: Channel;
  readonly modelArtifact: string;
  readonly lines: Record<string, string[]>;
  readonly records: { id: string; input: string }[];
  readonly expected: Prediction[];
}

export async function testTransform(t: TestContext, walk: Walk): Promise<void> {
  const { modelArtifact = '' } = await firstTrained(walk);
  const oracle = await loadArtifact(await walk.fetch(modelArtifact));
  const parts = createParts();
  const records = Object.values(parts).flat() as Input['records'];
  const expected = oracle.predict(records.map(({ input }) => input));
  const lines = asLines(parts);
  const input = await uploadParts(walk, 'transform', lines);
  const given = { ...walk, input, modelArtifact, lines, records, expected };
  await testAnswers(t, given);
  await testColumn(t, given);
  await testInvalid(t, given);
  await testResume(t, given);
}

async function read(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

async function testAnswers(t: TestContext, given: Input): Promise<void> {
  const { session, reopen, input, modelArtifact, records, expected } = given;
  await t.test('batch transform predicts every record, in order, with all of its members', async () => {
    const progress: TransformProgress[] = [];
    const statuses: string[] = [];
    const job = await session.transform({ input, modelArtifact, name: 'transform-1', instanceCount: 2 });
    assert.equal(job.name, 'transform-1');
    assert.deepEqual(await running(session), [{ kind: 'transform job', name: 'transform-1' }]);
    const description = await job.wait({
      onProgress: (one) => progress.push(one),
      onStatus: (status) => statuses.push(status),
    });
    assert.deepEqual([description.status, description.parts, description.partsDone], ['Completed', 3, 3]);
    assert.equal(progress.at(-1)?.partsDone, 3);
    assert.deepEqual(statuses.at(-1), 'Completed');
    const joined = (await read(job.lines())).map((line) => JSON.parse(line));
    assert.deepEqual(
      joined.map(({ id, input }) => ({ id, input })),
      records,
    );
    const answers: Prediction[] = joined.map(({ SageMakerOutput }) => SageMakerOutput);
    assert.deepEqual(
      answers.map(({ result }) => result),
      expected.map(({ result }) => result),
    );
    const sharesOf = (predictions: readonly Prediction[]) =>
      predictions.map(({ probabilities }) => Object.values(probabilities));
    assertClose(sharesOf(answers), sharesOf(expected), 1e-5);
    assert.deepEqual(await running(session), []);
    await job.resume();
    assert.deepEqual(await job.describe(), description);
  });

  await t.test('a batch transform is attached to, its name is taken, and it is deleted', async () => {
    const attached = await reopen().attachTransformJob('transform-1');
    assert.equal((await attached.wait()).status, 'Completed');
    assert.equal((await read(attached.lines())).length, records.length);
    await assert.rejects(
      session.transform({ input, modelArtifact, name: 'transform-1' }),
      userError('"transform-1" is taken'),
    );
    await attached.delete();
    await attached.delete();
    await assert.rejects(session.attachTransformJob('transform-1'), userError('transform-1'));
    await assert.rejects(session.attachTransformJob('../transform-1'), userError());
  });
}

async function testColumn(t: TestContext, given: Input): Promise<void> {
  const { session, modelArtifact, records, expected } = given;
  await t.test('one column of CSV is answered, and rows come back with the answer appended', async () => {
    const rows = records.map(({ input }, row) => `${row},${input},x`);
    const csv = await uploadParts(given, 'transform-csv', {
      'one.csv': rows.slice(0, 9),
      'two.csv': rows.slice(9),
    });
    const job = await session.transform({ input: csv, modelArtifact, column: 1 });
    assert.equal((await job.wait()).partsDone, 2);
    const joined = await read(job.lines());
    assert.deepEqual(
      joined.map((line) => line.split(',').slice(0, 4).join()),
      rows.map((row, index) => `${row},${expected[index]?.result}`),
    );
  });
}

async function testInvalid(t: TestContext, given: Input): Promise<void> {
  const { session, input, modelArtifact } = given;
  await t.test('a record that is not valid is named; on AWS, nothing is started', async () => {
    const lines = {
      ...given.lines,
      'part-2.jsonl': given.lines['part-2.jsonl']?.with(7, '{"headline": "wrong"}') ?? [],
    };
    const wrong = await uploadParts(given, 'transform-wrong', lines);
    const name = 'transform-wrong';
    const reason = userError('part-2.jsonl, line 8: "input" is missing', '{"headline": "wrong"}');
    if (session.kind === 'aws') {
      await assert.rejects(session.transform({ input: wrong, modelArtifact, name }), reason);
      await assert.rejects(session.attachTransformJob(name), userError(name));
    } else {
      const job = await session.transform({ input: wrong, modelArtifact, name });
      await assert.rejects(job.wait(), reason);
      const { status, partsDone } = await job.describe();
      assert.deepEqual([status, partsDone], ['Failed', 2]);
      await assert.rejects(read(job.lines()), userError('part-2.jsonl', 'resume()'));
    }
    assert.deepEqual(await running(session), []);
  });

  await t.test('invalid input of a batch transform is rejected before anything starts', async () => {
    const text = await uploadParts(given, 'transform-text', { 'part.txt': ['a'] });
    const request = { modelArtifact, name: 'refused' };
    await assert.rejects(
      session.transform({ ...request, input: text }),
      userError('part.txt', '.jsonl or .csv'),
    );
    await assert.rejects(
      session.transform({ ...request, input, column: 1 }),
      userError('column', 'JSON Lines'),
    );
    await assert.rejects(
      session.transform({ input, modelArtifact: `${modelArtifact}-missing` }),
      userError('-missing'),
    );
    await assert.rejects(session.transform({ ...request, input, name: 'under_score' }), userError('hyphens'));
    await assert.rejects(session.attachTransformJob('refused'), userError('refused'));
    assert.deepEqual(await running(session), []);
  });
}

async function testResume(t: TestContext, given: Input): Promise<void> {
  const { session, reopen, input, modelArtifact, records } = given;
  await t.test('cleanUp of any kernel ends a batch transform, and resume continues it', async () => {
    const job = await session.transform({ input, modelArtifact, name: 'transform-left' });
    assert.deepEqual(await cleanUp(reopen()), [{ kind: 'transform job', name: 'transform-left' }]);
    assert.equal((await job.wait()).status, 'Stopped');
    await job.stop();
    await job.resume();
    assert.equal((await job.wait()).partsDone, 3);
    assert.equal((await read(job.lines())).length, records.length);
    await job.delete();
  });
}
