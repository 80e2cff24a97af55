import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { ArtifactFault } from '../../platform/errors';
import { temporaryFolder } from '../../testing/folders';
import { openSafetensors } from './safetensors';

/** Returns a file with this header; a text stands as it is. */
function fileOf(header: unknown, data = Buffer.alloc(0), length?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, data]);
}

async function open(t: TestContext, bytes: Buffer) {
  const path = join(await temporaryFolder(t), 'model.safetensors');
  await writeFile(path, bytes);
  return await openSafetensors(path);
}

const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const pair = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

test('tensors are read by name, in any order, metadata aside', async (t) => {
  const header = {
    __metadata__: { format: 'pt' },
    second: { dtype: 'F32', shape: [1, 2], data_offsets: [4, 12] },
    first: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
  };
  const file = await open(t, fileOf(header, floats(1, 2, 3)));
  assert.deepEqual(
    [...file.shapes],
    [
      ['second', [1, 2]],
      ['first', []],
    ],
  );
  assert.deepEqual(await file.read('second', [1, 2]), Float32Array.of(2, 3));
  assert.deepEqual(await file.read('first', []), Float32Array.of(1));
  await file.close();
});

const broken: [name: string, bytes: Buffer, message: RegExp][] = [
  ['an empty file', Buffer.alloc(0), /0 bytes, too few/],
  ['a file cut off in its header', fileOf({ a: pair }, floats(1, 2)).subarray(0, 30), /cut off, or not/],
  [
    'a file cut off in its numbers',
    fileOf({ a: pair }, floats(1)),
    /has \d+ bytes, and its header describes/,
  ],
  ['numbers that no tensor has', fileOf({ a: pair }, floats(1, 2, 3)), /has \d+ bytes, and its header/],
  ['a header of 2^63 bytes', fileOf({ a: pair }, floats(1, 2), 2n ** 63n), /9223372036854776000 bytes/],
  ['a header that is not JSON', fileOf('{"a":'), /not a JSON object/],
  ['a header that is a list', fileOf('[]'), /not a JSON object/],
  ['an entry without offsets', fileOf({ a: { dtype: 'F32', shape: [2] } }), /entry of a .* malformed/],
  ['a negative size', fileOf({ a: { ...pair, shape: [-2] } }, floats(1, 2)), /malformed/],
  [
    'offsets that end before they begin',
    fileOf({ a: { ...pair, data_offsets: [8, 0] } }, floats(1, 2)),
    /overlap or leave gaps/,
  ],
  ['tensors that overlap', fileOf({ a: pair, b: pair }, floats(1, 2)), /overlap or leave gaps/],
  ['a gap', fileOf({ a: { ...pair, data_offsets: [4, 12] } }, floats(0, 1, 2)), /overlap or leave gaps/],
];
for (const [name, bytes, message] of broken) {
  test(`refused: ${name}`, async (t) => {
    await assert.rejects(
      open(t, bytes),
      (error) => error instanceof ArtifactFault && message.test(error.message),
    );
  });
}

test('a tensor is refused that is missing, of another shape or type, or has other bytes than its shape', async (t) => {
  const header = {
    a: pair,
    half: { dtype: 'F16', shape: [2], data_offsets: [8, 12] },
    short: { dtype: 'F32', shape: [3], data_offsets: [12, 16] },
  };
  const file = await open(t, fileOf(header, floats(1, 2, 3, 4)));
  const refused = (name: string, shape: number[], message: RegExp) =>
    assert.rejects(
      file.read(name, shape),
      (error) => error instanceof ArtifactFault && message.test(error.message),
    );
  await refused('b', [2], /no tensor b/);
  await refused('a', [1, 2], /a is \[2\] instead of \[1, 2\]/);
  await refused('half', [2], /half is F16 instead of F32/);
  await refused('short', [3], /short has 4 bytes instead of 12/);
  await file.close();
});

test('whatever the bytes, a file is read or refused with a fault', async (t) => {
  const path = join(await temporaryFolder(t), 'model.safetensors');
  const whole = fileOf({ a: pair, b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] } }, floats(1, 2, 3));
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(changes, fc.nat(whole.length), async (changed, length) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changed) bytes[at] = value;
      await writeFile(path, bytes.subarray(0, length));
      try {
        const file = await openSafetensors(path);
        await file.read('a', [2]).catch(demandFault).finally(file.close);
      } catch (error) {
        demandFault(error);
      }
    }),
    { numRuns: 300 },
  );
});

function demandFault(error: unknown): void {
  if (!(error instanceof ArtifactFault)) throw error;
}
