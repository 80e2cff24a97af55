// A cell never hangs and never loses output: on a real kernel, however much is written and whenever it is interrupted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KernelCell, type KernelResult, runCells } from '../testing/kernel';

const limits = { timeout: 300_000 };

/** Runs cells, and after each one that tells that the kernel lives on. */
async function runThenAsk(...cells: (KernelCell | string)[]): Promise<KernelResult[]> {
  const results = await runCells(cells.flatMap((cell) => [cell, '1 + 1']));
  for (const { status, stdout, stderr } of results.filter((_, at) => at % 2 === 1)) {
    assert.deepEqual([status, stdout, stderr], ['ok', '2\n', ''], 'the next cell works');
  }
  return results.filter((_, at) => at % 2 === 0);
}

const numbers = (count: number, end = '\n') =>
  Array.from({ length: count }, (_, at) => `${at}${end}`).join('');

const written = [
  ['600 lines', 'for (let i = 0; i < 600; i++) console.log(i);', numbers(600)],
  ['3,000 lines', 'for (let i = 0; i < 3000; i++) console.log(i);', numbers(3000)],
  ['700 writes', 'for (let i = 0; i < 700; i++) process.stdout.write(i + " ");', numbers(700, ' ')],
  [
    '100,000 lines in chunks, between which the cell waits',
    `for (let chunk = 0; chunk < 100; chunk++) {
      for (let i = 0; i < 1000; i++) console.log(1000 * chunk + i);
      await new Promise((done) => setTimeout(done, 1));
    }`,
    numbers(100_000),
  ],
  [
    'characters of several bytes, cut anywhere',
    "for (const byte of Buffer.from('läb 日本 🎉'.repeat(300))) process.stdout.write(Uint8Array.of(byte));",
    'läb 日本 🎉'.repeat(300),
  ],
  [
    'writes that wait for their callback, and one in another encoding',
    `for (const hex of ['61', '62']) await new Promise<void>((done) => process.stdout.write(hex, 'hex', () => done()));`,
    'ab',
  ],
] as const;

test('what a cell writes arrives whole and in order, and in few messages', limits, async () => {
  const results = await runThenAsk(...written.map(([, code]) => code));
  for (const [at, [what, , expected]] of written.entries()) {
    const { status, stdout, messages } = results[at] as KernelResult;
    assert.equal(status, 'ok', what);
    assert.ok(stdout === expected, `${what}: ${stdout.length} characters, not ${expected.length}`);
    assert.ok(messages < 400, `${what}: ${messages} messages`);
  }
});

test('stdout, stderr and displays keep their order', limits, async () => {
  const [result] = await runThenAsk(`
    const { say } = require('../dist/display/display');
    for (let i = 0; i < 600; i++) {
      console.log('out', i);
      process.stderr.write('err ' + i + '\\n');
      if (i % 100 === 0) say('display ' + i);
    }`);
  assert.equal(result?.status, 'ok');
  assert.equal(result?.stdout.split('\n').length, 601);
  assert.equal(result?.stderr.split('\n').length, 601);
  // One message for each change of stream, and one for each display.
  assert.equal(result?.messages, 1206);
});

test('2,000 updates of a chart arrive, the last one last', limits, async () => {
  const [result] = await runThenAsk(`
    const { newPlace } = require('../dist/display/display');
    const place = newPlace();
    for (let i = 0; i < 2000; i++) place({ 'text/plain': 'chart ' + i });`);
  assert.equal(result?.status, 'ok');
  assert.deepEqual(
    result?.displayed,
    Array.from({ length: 2000 }, (_, at) => `chart ${at}`),
  );
});

test(
  'what a timer writes after its cell has ended appears under the cell that runs then',
  limits,
  async () => {
    const [first, second] = await runThenAsk(
      'setTimeout(() => { for (let i = 0; i < 1000; i++) console.log(i); }, 300); undefined;',
      'await new Promise((done) => setTimeout(done, 600));',
    );
    assert.deepEqual([first?.status, second?.status], ['ok', 'ok']);
    assert.equal(`${first?.stdout}${second?.stdout}`, numbers(1000));
  },
);

// Each says that it has begun from where it is to be interrupted.
const endless = [
  [
    'prints for ever',
    { code: 'for (let i = 0; ; i++) console.log(i);', interrupt: { at: '\n5' } },
    'was stopped',
  ],
  [
    'computes for ever',
    { code: "console.log('begun'); for (;;);", interrupt: { at: 'begun' } },
    'was stopped',
  ],
  [
    'waits',
    {
      code: "setTimeout(() => console.log('begun'), 0); await new Promise((done) => setTimeout(done, 1e6));",
      interrupt: { at: 'begun' },
    },
    'stopped waiting',
  ],
  [
    'waits, and is interrupted three times',
    {
      code: "setTimeout(() => console.log('begun'), 0); await new Promise((done) => setTimeout(done, 1e6));",
      interrupt: { at: 'begun', times: 3 },
    },
    'stopped waiting',
  ],
  [
    'has added a listener of its own before it waits',
    {
      code: "process.on('SIGINT', () => {}); setTimeout(() => console.log('begun'), 0); await new Promise(() => {});",
      interrupt: { at: 'begun' },
    },
    'stopped waiting',
  ],
  [
    'draws charts',
    {
      code: `const { show } = require('../dist/display/display');
        // Slow and finite, since the loop continues after the interruption.
        for (let i = 0; i < 1000; i++) {
          show({ data: [{ type: 'bar', x: ['a'], y: [i] }], layout: { title: { text: 'Chart ' + i } } });
          await new Promise((done) => setTimeout(done, 10));
        }`,
      interrupt: { at: 'Chart 5' },
    },
    'stopped waiting',
  ],
] as const;

test('any cell can be interrupted, and the error is one sentence', limits, async () => {
  const results = await runThenAsk(...endless.map(([, cell]) => cell));
  for (const [at, [what, , said]] of endless.entries()) {
    const { status, stderr } = results[at] as KernelResult;
    assert.equal(status, 'error', what);
    assert.match(stderr, new RegExp(`^Interrupted: this cell ${said}[^\\n]*\\n$`), what);
  }
});

test(
  'a rejected promise that no cell awaits is shown under the cell, and the kernel lives on',
  limits,
  async () => {
    const [rejected, thrown, value] = await runThenAsk(
      "Promise.reject(new TypeError('first'));",
      "setTimeout(() => { throw new RangeError('second'); }, 0); await new Promise((done) => setTimeout(done, 100));",
      "(async () => { throw 'third'; })();",
    );
    assert.match(rejected?.stderr ?? '', /^TypeError: first\nNo code awaited this promise\. [^\n]+\n$/);
    assert.match(thrown?.stderr ?? '', /^RangeError: second\nIt was thrown outside a cell[^\n]+\n$/);
    assert.match(value?.stderr ?? '', /^Error: 'third'\nNo code awaited this promise\. [^\n]+\n$/);
    assert.deepEqual([rejected?.status, thrown?.status, value?.status], ['ok', 'ok', 'ok']);
  },
);

test('process.exit() in a cell reports the end of the kernel after the cell’s output', limits, async () => {
  const [result] = await runCells(['for (let i = 0; i < 600; i++) console.log(i); process.exit(3);']);
  assert.equal(result?.status, 'dead');
  assert.equal(result?.stdout, numbers(600));
  assert.match(result?.stderr ?? '', /^process\.exit\(3\) ended the kernel, [^\n]+\n$/);
});

test(
  'a code that process.exit() rejects leaves the kernel alive, and is not reported as its end',
  limits,
  async () => {
    const results = await runThenAsk("process.exit('abc' as any);", 'process.exit(1.5);');
    for (const { status, stderr } of results) {
      assert.equal(status, 'error');
      assert.match(stderr, /^(Type|Range)Error: The "?\w*"? ?.*code/);
      assert.doesNotMatch(stderr, /ended the kernel/);
    }
  },
);

test(
  'half a character in an output becomes U+FFFD, so that Jupyter can save the notebook',
  limits,
  async () => {
    const [printed, shown] = await runThenAsk(
      "console.log('😀'.slice(0, 1), '😀');",
      "require('../dist/display/display').say('😀'.slice(0, 1));",
    );
    assert.equal(printed?.stdout, '\ufffd 😀\n');
    assert.equal(shown?.status, 'ok');
  },
);

test('typed arrays are written byte by byte', limits, async () => {
  const [result] = await runThenAsk(
    'process.stdout.write(new Uint16Array([0x6968, 0x0a21]) as any); undefined;',
  );
  assert.equal(result?.stdout, 'hi!\n');
});

test('an error that cannot be read or printed still ends its cell with a message', limits, async () => {
  const results = await runThenAsk(
    "class Odd extends Error { get message(): any { throw new Error('inner'); } }\nthrow new Odd();",
    "throw Object.assign(new Error('first'), { name: Symbol('odd') });",
    "throw Object.assign(new Error('second'), { [Symbol.for('nodejs.util.inspect.custom')]() { throw 1; } });",
    "require('node:vm').runInNewContext(\"throw new RangeError('third')\");",
  );
  for (const [at, said] of [
    /^Error: \n/,
    /^Symbol\(odd\): first\n/,
    /^Error: second\n/,
    /^RangeError: third\n/,
  ].entries()) {
    assert.equal(results[at]?.status, 'error');
    assert.match(results[at]?.stderr ?? '', said);
  }
});
