// The notebook's kernel in Visual Studio Code, as far as it shows without VS Code: its registration, and its answers to what
// the Jupyter extension sends.
import assert from 'node:assert/strict';
import { accessSync, constants, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { test } from 'node:test';
import { plotlyType } from '../display/figure';
import { RawKernel, readKernelSpec } from '../testing/rawKernel';
import type { Notebook } from './format';
import { otherNotebooks, workshopNotebook } from './run';

const limits = { timeout: 240_000 };

test('VS Code can start the kernel from its registration, and shows it under a name of its own', () => {
  const { argv, display_name, language, interrupt_mode } = readKernelSpec();
  const [node = ''] = argv;
  assert.ok(isAbsolute(node), 'VS Code hides a kernel whose program it does not find on its own PATH');
  accessSync(node, constants.X_OK);
  assert.equal(argv.filter((word) => word === '{connection_file}').length, 1, 'a word by itself');
  assert.equal(display_name, 'TypeScript (text classification)');
  assert.equal(language, 'typescript');
  assert.equal(interrupt_mode, undefined, 'tslab knows no interrupt_request');
});

test('each notebook names the kernel as its registration does', () => {
  const { display_name, language } = readKernelSpec();
  for (const path of [workshopNotebook, ...otherNotebooks.values()]) {
    const { metadata } = JSON.parse(readFileSync(path, 'utf8')) as Notebook;
    assert.deepEqual(metadata.kernelspec, { display_name, language, name: 'tslab' }, path);
  }
});

test('the kernel answers as the Jupyter extension expects', limits, async (t) => {
  const kernel = await RawKernel.start(t);

  await t.test('kernel_info, completion, comms; an unknown request does no harm', async () => {
    for (const channel of ['shell', 'control'] as const) {
      const info = await kernel.reply(await kernel.send(channel, 'kernel_info_request'));
      assert.equal((info.language_info as { name: string }).name, 'typescript');
      assert.match(String(info.protocol_version), /^5\./);
    }
    const question = { code: 'Math.flo', cursor_pos: 8 };
    const { matches } = await kernel.reply(await kernel.send('shell', 'complete_request', question));
    assert.ok((matches as string[]).includes('floor'));
    await kernel.send('control', 'debug_request', { seq: 1, type: 'request', command: 'debugInfo' });
    const comms = await kernel.reply(await kernel.send('shell', 'comm_info_request'));
    assert.deepEqual(comms.comms, {});
    const { reply, outputs } = await kernel.execute('1 + 1');
    assert.deepEqual(reply, { status: 'ok', execution_count: 1 });
    assert.deepEqual(outputs, [{ stream: 'stdout', text: '2\n' }]);
  });

  await t.test('an output is replaced in its place, also from a later cell', async () => {
    const { outputs } = await kernel.execute(`
      const write = require('../dist/display/display').liveText();
      write('first');
      console.log('below');
      write('second');`);
    assert.deepEqual(outputs, [{ data: { 'text/plain': 'second' } }, { stream: 'stdout', text: 'below\n' }]);
    assert.deepEqual((await kernel.execute("write('third');")).outputs, []);
    assert.deepEqual(outputs[0], { data: { 'text/plain': 'third' } });
  });

  await t.test('a chart is a Plotly figure, with a table that runs no script', async () => {
    const { outputs } = await kernel.execute(`
      const draw = require('../dist/display/display').liveChart();
      const { barChart } = require('../dist/display/charts');
      for (const rows of [1, 2]) draw(barChart([['Business', rows]], { title: 'Rows', x: 'rows', y: '' }));`);
    assert.equal(outputs.length, 1);
    const { [plotlyType]: figure, 'text/html': html, 'text/plain': text } = outputs[0]?.data ?? {};
    assert.deepEqual((figure as { data: { x: number[] }[] }).data[0]?.x, [2]);
    assert.match(String(html), /<b>Rows<\/b>.*<table/s);
    assert.doesNotMatch(String(html), /<script|require|define/);
    assert.match(String(text), /Rows/);
  });

  await t.test('a failed cell shows a sentence, and its reply makes VS Code stop there', async () => {
    const { reply, outputs } = await kernel.execute("throw new Error('no such column');");
    assert.equal(reply.status, 'error');
    assert.match(outputs[0]?.text ?? '', /no such column/);
    assert.equal((await kernel.execute('1 + 1')).reply.status, 'ok');
  });

  for (const [what, rest] of [
    ['waits', 'await new Promise(() => undefined);'],
    ['computes', 'while (true);'],
  ] as const) {
    await t.test(`SIGINT ends a cell that ${what}, and the kernel keeps its variables`, async () => {
      await kernel.execute('const kept = 7;');
      const code = `require('../dist/display/display').say('begun'); ${rest}`;
      const { reply } = await kernel.execute(code, { interruptAt: 'begun' });
      assert.equal(reply.status, 'error');
      assert.deepEqual((await kernel.execute('kept')).outputs, [{ stream: 'stdout', text: '7\n' }]);
    });
  }
});

test('SIGTERM ends the kernel, with which VS Code restarts it', limits, async (t) => {
  const kernel = await RawKernel.start(t);
  kernel.signal('SIGTERM');
  assert.equal(await kernel.ended, 'SIGTERM');
});

test('shutdown_request on the control channel ends it with exit code 0', limits, async (t) => {
  const kernel = await RawKernel.start(t);
  await kernel.send('control', 'shutdown_request', { restart: false });
  assert.equal(await kernel.ended, 0);
});
