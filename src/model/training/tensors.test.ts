import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArtifactFault } from '../../platform/errors';
import { bytesOf, fromBytes, type NamedTensor, specOf, takeFloats, toBytes } from './tensors';

const tensors: NamedTensor[] = [
  { name: 'bytes', shape: [3], data: Int8Array.of(-128, 0, 127) },
  { name: 'more bytes', shape: [3], data: Uint8Array.of(0, 128, 255) },
  { name: 'floats', shape: [2, 1], data: Float32Array.of(0.1, -3.4e38) },
  { name: 'shorts', shape: [1, 2], data: Int16Array.of(-32768, 32767) },
  { name: 'unsigned shorts', shape: [1], data: Uint16Array.of(65535) },
  { name: 'integers', shape: [2], data: Int32Array.of(-2147483648, 2147483647) },
  { name: 'unsigned integers', shape: [1], data: Uint32Array.of(4294967295) },
  { name: 'one', shape: [], data: Float32Array.of(1) },
  { name: 'none', shape: [0, 4], data: new Float32Array(0) },
];

test('fromBytes() reads the bytes of toBytes() at any offset', () => {
  for (const tensor of tensors) {
    const bytes = toBytes(tensor);
    assert.equal(bytes.length, bytesOf(specOf(tensor)));
    for (const offset of [0, 1, 2, 3]) {
      const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset);
      assert.deepEqual(fromBytes(specOf(tensor), shifted), tensor);
    }
  }
});

test('toBytes() writes little-endian, and the part of a buffer that is the tensor’s alone', () => {
  const data = Uint16Array.of(1, 258, 3).subarray(1, 2);
  assert.deepEqual([...toBytes({ name: 'part', shape: [1], data })], [2, 1]);
});

test('takeFloats() gives the numbers in the order asked for', () => {
  const [one, two] = [Float32Array.of(1), Float32Array.of(2, 3)];
  const given = [
    { name: 'two', shape: [1, 2], data: two },
    { name: 'one', shape: [1], data: one },
  ];
  const needed = [
    { name: 'one', shape: [1] },
    { name: 'two', shape: [1, 2] },
  ];
  const [first, second] = takeFloats(given, needed);
  assert.equal(first, one);
  assert.equal(second, two);
});

test('takeFloats() rejects another shape, type or name, one too few and one too many', () => {
  const needed = [{ name: 'one', shape: [1, 2] }];
  const data = Float32Array.of(1, 2);
  const right = { name: 'one', shape: [1, 2], data };
  for (const given of [
    [{ ...right, shape: [2, 1] }],
    [{ ...right, data: Int32Array.of(1, 2) }],
    [{ ...right, name: 'other' }],
    [],
    [right, { ...right, name: 'other' }],
  ]) {
    assert.throws(
      () => takeFloats(given, needed),
      (error: Error) => error instanceof ArtifactFault && error.message.includes('one float32 [1, 2]'),
    );
  }
});
