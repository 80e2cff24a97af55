import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import fc from 'fast-check';
import { userError } from '../../../testing/folders';
import { linesOf, readLines } from './lines';
import { inOrder, typeOfParts } from './parts';
import { join } from './records';
import { findRejected, Rejection } from './rejected';

test('a file is read in whole lines, each once, and no more at a time than was asked for', async () => {
  const word = fc.constantFrom('', 'a', 'zwölf', '日本', ' ');
  const property = fc.asyncProperty(
    fc.array(word, { maxLength: 60 }),
    fc.boolean(),
    fc.integer({ min: 1, max: 40 }),
    async (lines, endsInLineEnd, size) => {
      const text = lines.join('\n') + (endsInLineEnd ? '\n' : '');
      let read = '';
      let next = 1;
      for await (const { bytes, first } of readLines(inChunks(text, size), 20)) {
        assert.ok(bytes.length <= 20);
        assert.equal(first, next);
        next += bytes.toString().split('\n').length - 1;
        read += bytes.toString();
      }
      assert.equal(read, text);
    },
  );
  await fc.assert(property, { numRuns: 200 });
});

test('a line that is longer than a request may be is invalid, and has its number', async () => {
  const read = async () => {
    for await (const _ of readLines(inChunks(`short\n${'x'.repeat(30)}\n`, 7), 20));
  };
  await assert.rejects(read, userError('line 2 is longer than the 20 bytes'));
});

test('the bytes that are copied grow neither with the size of a request nor with the number of chunks', async (t) => {
  const text = 'a headline of thirty characters\n'.repeat(100_000);
  let copied = 0;
  const concat = Buffer.concat.bind(Buffer);
  t.mock.method(Buffer, 'concat', (list: readonly Uint8Array[]) => {
    copied += list.reduce((sum, { length }) => sum + length, 0);
    return concat(list);
  });
  for (const most of [1000, 100_000, 100_000_000]) {
    copied = 0;
    for await (const _ of readLines(inChunks(text, 500), most));
    assert.ok(copied <= 3 * text.length, `${copied} bytes for ${text.length}, ${most} at a time`);
  }
});

test('records of JSON Lines are joined with their answers as SageMaker joins them', () => {
  const lines = ['{"input": "a", "id": 1}', ' {"input":"b"} ', '"c"', '{"input":"}"}'];
  const joined = join(lines, '{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n', 'application/jsonlines');
  assert.deepEqual(
    joined
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { input: 'a', id: 1, SageMakerOutput: { n: 1 } },
      { input: 'b', SageMakerOutput: { n: 2 } },
      { SageMakerInput: 'c', SageMakerOutput: { n: 3 } },
      { input: '}', SageMakerOutput: { n: 4 } },
    ],
  );
});

test('rows of CSV get their answers appended', () => {
  assert.equal(join(['1,a', '2,"b, c"'], 'X,0.5\nY,0.25\n', 'text/csv'), '1,a,X,0.5\n2,"b, c",Y,0.25\n');
});

test('fewer or more answers than records are an error', () => {
  assert.throws(() => join(['"a"', '"b"'], '{}\n', 'application/jsonlines'), userError('fewer answers'));
  assert.throws(() => join(['"a"'], '{}\n{}\n', 'application/jsonlines'), userError('more answers'));
});

test('of a rejected request the line to blame is found, with few questions', async () => {
  const lines = Array.from({ length: 1000 }, (_, index) => (index === 700 ? 'bad' : 'good'));
  const numbers = lines.map((_, index) => index + 11);
  let asked = 0;
  const send = async (some: readonly string[]) => {
    asked += 1;
    if (some.includes('bad')) throw new Rejection(400, 'Line 1 is bad.');
    return '';
  };
  const error = await findRejected(
    { lines, numbers, sent: lines },
    send,
    new Rejection(400, 'Line 701 is bad.'),
  );
  userError('line 711 is rejected: bad', 'response to this line alone: Line 1 is bad. (400)')(error);
  assert.ok(asked <= 20, `${asked} questions`);
});

test('lines that are rejected together only are named together', async () => {
  const send = async () => '';
  const error = await findRejected(
    { lines: ['a', 'b'], numbers: [1, 2], sent: ['a', 'b'] },
    send,
    new Rejection(413, 'too large'),
  );
  userError('lines 1 to 2 are rejected together', 'too large (413)')(error);
});

test('the names of parts tell their one type', () => {
  assert.equal(typeOfParts(['a.jsonl', 'b.JSONL'], undefined), 'application/jsonlines');
  assert.equal(typeOfParts(['a.csv'], 1), 'text/csv');
  assert.throws(() => typeOfParts([], undefined), userError('the input contains no file'));
  assert.throws(() => typeOfParts(['a.jsonl', 'b.txt'], undefined), userError('b.txt', '.jsonl or .csv'));
  assert.throws(() => typeOfParts(['a.jsonl', 'b.csv'], undefined), userError('mixes file types'));
  assert.throws(() => typeOfParts(['a.jsonl'], 0), userError('column', 'JSON Lines'));
  assert.throws(() => typeOfParts(['a.csv'], -1), userError('column is -1'));
  assert.deepEqual(inOrder(['b', 'a/c', 'a']), ['a', 'a/c', 'b']);
});

test('a stream is read as lines, however its bytes come', async () => {
  const bytes = Buffer.from('zwölf\n\n日本');
  const lines: string[] = [];
  for await (const line of linesOf(Readable.from([...bytes].map((byte) => Buffer.from([byte])))))
    lines.push(line);
  assert.deepEqual(lines, ['zwölf', '', '日本']);
});

test('a long line that comes in many chunks is one line', async () => {
  const line = 'x'.repeat(20_000_000);
  const lines: string[] = [];
  for await (const one of linesOf(Readable.from(inChunks(`${line}\nlast`, 1000)))) lines.push(one);
  assert.ok(lines.length === 2 && lines[0] === line && lines[1] === 'last');
});

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
