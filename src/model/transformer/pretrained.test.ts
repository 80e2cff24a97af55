import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder, tinyBert, userError } from '../../testing/folders';
import { readPretrained } from './pretrained';

type Header = Record<string, { shape: number[]; data_offsets: [number, number] }>;

/** Returns a copy of the pretrained model, whose names and numbers `change` has changed. */
async function changed(
  t: TestContext,
  change: (header: Header, numbers: Float32Array) => Header,
): Promise<string> {
  const folder = join(await temporaryFolder(t), 'pretrained');
  await cp(tinyBert, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const bytes = await readFile(path);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const numbers = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  const header = change(JSON.parse(bytes.subarray(8, start).toString()), numbers);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([length, text, Buffer.from(numbers.buffer)]));
  return folder;
}

const renamed = (header: Header, rename: (name: string) => string): Header =>
  Object.fromEntries(
    Object.entries(header).map(([name, entry]) => [name === '__metadata__' ? name : rename(name), entry]),
  );

for (const [what, rename] of [
  ['under bert.', (name: string) => `bert.${name}`],
  [
    'with gamma and beta',
    (name: string) =>
      name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
  ],
] as const) {
  test(`a checkpoint ${what} is the same model`, async (t) => {
    const folder = await changed(t, (header) => renamed(header, rename));
    assert.deepEqual(await readPretrained(folder, 8), await readPretrained(tinyBert, 8));
  });
}

test('a checkpoint may have no pooler', async (t) => {
  const folder = await changed(t, (header) => renamed(header, (name) => name.replace('pooler', 'other')));
  const { weights } = await readPretrained(folder, 8);
  assert.ok(!weights.has('pooled/kernel') && weights.has('block_1/output/offset'));
});

test('a number that is not finite is named before training', async (t) => {
  const folder = await changed(t, (header, numbers) => {
    const { data_offsets } = header['pooler.dense.bias'] as Header[string];
    numbers[data_offsets[0] / 4] = Number.NaN;
    return header;
  });
  await assert.rejects(readPretrained(folder, 8), userError('number 0 of pooler.dense.bias is NaN'));
});
