import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createOutputBuffer } from './outputBuffer';

/** Texts in order, with neighbours of one stream joined. */
function join(texts: readonly (readonly [string, string])[]): [string, string][] {
  const joined: [string, string][] = [];
  for (const [stream, text] of texts) {
    const last = joined.at(-1);
    if (text === '') continue;
    if (last?.[0] === stream) last[1] += text;
    else joined.push([stream, text]);
  }
  return joined;
}

test('whatever is written to two streams arrives whole and in order', () => {
  const texts = fc.oneof(fc.string(), fc.constant('x'.repeat(40_000)));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('stdout', 'stderr'), texts)), (written) => {
      const buffer = createOutputBuffer();
      const sent: [string, string][] = [];
      const sinks = Object.fromEntries(
        ['stdout', 'stderr'].map((stream) => [stream, (text: string) => void sent.push([stream, text])]),
      );
      for (const [stream, text] of written) buffer.write(sinks[stream] ?? assert.fail(), text);
      buffer.flush();
      assert.deepEqual(join(sent), join(written));
      assert.ok(sent.every(([, text]) => text !== ''));
    }),
  );
});

test('a loop that never awaits sends the first texts at once and much text before its end', () => {
  const buffer = createOutputBuffer();
  const sent: string[] = [];
  const sink = (text: string) => void sent.push(text);
  const first = Array.from({ length: 10 }, (_, at) => `line ${at}`);
  for (const text of first) buffer.write(sink, text);
  assert.deepEqual(sent, first);
  for (let write = 0; write < 100; write++) buffer.write(sink, 'x'.repeat(10_000));
  assert.ok(sent.length > 20, `${sent.length} messages`);
});

test('what is held is sent without another write', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const buffer = createOutputBuffer();
  const sent: string[] = [];
  const sink = (text: string) => void sent.push(text);
  const written = Array.from({ length: 50 }, (_, at) => `line ${at}\n`);
  for (const text of written) buffer.write(sink, text);
  t.mock.timers.tick(100);
  assert.ok(sent.length < written.length);
  assert.equal(sent.join(''), written.join(''));
});
