import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../testing/folders';
import { seededRandom } from '../random';
import { notUtf8, problemOf, readHead, readLines } from './lines';

async function linesOf(t: TestContext, bytes: string | Uint8Array): Promise<string[]> {
  const path = join(await temporaryFolder(t), 'lines.txt');
  await writeFile(path, bytes);
  const all: string[] = [];
  for await (const { lines, isClean } of readLines(path)) {
    all.push(...lines);
    assert.equal(
      isClean,
      lines.every((line) => problemOf(line) === undefined),
    );
  }
  return all;
}

test('readLines() splits any mix of line ends at any block boundary', async (t) => {
  const random = seededRandom(3);
  const pieces = [
    '\n',
    '\r\n',
    '\r',
    '\n\r',
    'goose',
    'é',
    '鵞',
    '🦢',
    '\u2028',
    '\u0085',
    '\v',
    '\f',
    'x'.repeat(999),
  ];
  for (let round = 0; round < 20; round += 1) {
    const text = Array.from({ length: 3000 }, () => pieces[random.integer(pieces.length)]).join('');
    const expected = text.split(/\r\n|\n|\r/);
    if (expected.at(-1) === '') expected.pop();
    assert.deepEqual(await linesOf(t, text), expected);
  }
});

test('readLines() gives a lonely CR at the end of a block one line', async (t) => {
  const text = `${'x'.repeat(65_535)}\r\n${'y'.repeat(65_534)}\r${'z'.repeat(10)}\r`;
  assert.deepEqual(
    (await linesOf(t, text)).map((line) => line.length),
    [65_535, 65_534, 10],
  );
});

test('readLines() marks lines that are not UTF-8, and no others', async (t) => {
  const lines = await linesOf(t, Buffer.from('a\r\ncaf\xe9\rb \xef\xbf\xbd\n\xefc\n', 'latin1'));
  assert.deepEqual(
    lines.map((line) => problemOf(line)),
    [undefined, notUtf8, undefined, notUtf8],
  );
});

test('readHead() says whether there is more', async (t) => {
  const path = join(await temporaryFolder(t), 'lines.txt');
  await writeFile(path, 'a\nb\nc\n');
  assert.deepEqual(await readHead(path), { lines: ['a', 'b', 'c'], isWhole: true });
  assert.deepEqual(await readHead(path, { count: 2 }), { lines: ['a', 'b'], isWhole: false });
});
