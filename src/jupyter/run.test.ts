import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeHeadlines } from '../data/headlines';
import { generateHeadlines } from '../data/synthetic';
import type { Report } from '../notebook/report';
import {
  codeNotebook,
  createNotebook,
  eventually,
  findFreePort,
  makeReadOnly,
  mount,
  type Program,
  startProgram,
  temporaryFolder,
  userError,
} from '../testing/folders';
import type { Cell, Notebook } from './format';
import { runNotebook, workshopNotebook } from './run';

// The kernel inherits the environment.
delete process.env.SESSION;

test('the workshop runs from its first cell to its last and leaves notebook, page and metrics, with no home to write to', async (t) => {
  const folder = await temporaryFolder(t);
  await takeHome(t, join(folder, 'home'));
  process.env.HEADLINES = join(folder, 'news.csv');
  await writeHeadlines(process.env.HEADLINES, generateHeadlines());
  const lines: string[] = [];
  const { ipynb, html } = await runNotebook(workshopNotebook, { folder, print: (line) => lines.push(line) });

  const { cells } = JSON.parse(await readFile(ipynb, 'utf8')) as Notebook;
  const code = cells.filter(({ cell_type }) => cell_type === 'code');
  assert.equal(lines.length, code.length);
  for (const line of lines) assert.match(line, /^\[ *\d+\/\d+\] .+ \d+\.\d s$/);
  const outputs = code.flatMap((cell) => cell.outputs ?? []);
  assert.deepEqual(
    outputs.filter(({ output_type, name }) => output_type === 'error' || name === 'stderr'),
    [],
  );

  const charts = outputs.filter(({ data }) => data?.['application/vnd.plotly.v1+json']);
  assert.ok(charts.length >= 8, `${charts.length} charts`);
  const otherForms = charts.map(({ data }) => [data?.['text/html'], data?.['text/plain']].map(String));
  for (const [table = '', title = ''] of otherForms) {
    assert.match(table, /<table>.*<td/s);
    assert.match(title, /^Chart: ./);
  }
  assert.ok(JSON.stringify(otherForms).length < 100_000, 'the notebook hardly grows by them');
  const page = await readFile(html, 'utf8');
  assert.equal(page.match(/Plotly\.newPlot\("chart-/g)?.length, charts.length);

  const report = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as Report;
  assert.equal(report.dataset, `6,000 headlines of ${process.env.HEADLINES}.`);
  assert.equal(report.synthetic, false);
  assert.deepEqual([report.splits.story.length, report.splits.random.length], [1, 1]);
  assert.ok(report.accuracy > 0.75 && report.accuracy < 0.95, `${report.accuracy}`);
});

test('a failing cell stops the run and is named with its heading and its error', async (t) => {
  const folder = await temporaryFolder(t);
  const lines: string[] = [];
  const cells: Cell[] = [
    { cell_type: 'markdown', source: '## A heading' },
    { cell_type: 'code', source: "throw new Error('this went wrong')", outputs: [] },
    { cell_type: 'code', source: '1 + 1', outputs: [] },
  ];
  const source = join(folder, 'failing.ipynb');
  await writeFile(source, JSON.stringify(createNotebook(cells)));
  const run = runNotebook(source, { folder: join(folder, 'out'), print: (line) => lines.push(line) });
  await assert.rejects(run, userError('Cell 2', 'A heading', 'this went wrong', 'failing.ipynb'));
  assert.deepEqual(lines.length, 1);
  assert.match(lines[0] as string, /A heading .* FAILED$/);
});

test('a figure whose text looks like markup does not break out of its script in the page', async (t) => {
  const folder = await temporaryFolder(t);
  const figure = { data: [], layout: { title: { text: '</script><b id="escaped">' } } };
  const code = `require('tslab').display.raw('application/vnd.plotly.v1+json', ${JSON.stringify(figure)})`;
  const source = join(folder, 'markup.ipynb');
  await writeFile(source, JSON.stringify(codeNotebook([code])));
  const { html } = await runNotebook(source, { folder: join(folder, 'out'), print: () => {} });
  const page = await readFile(html, 'utf8');
  const [, script] = /<script>(Plotly\.newPlot\("chart-1".*?)<\/script>/s.exec(page) ?? [];
  assert.match(script ?? '', /escaped.*\)$/);
});

/** For the rest of a test, the home folder is one that cannot be written to, where that can be had. */
async function takeHome(t: TestContext, folder: string): Promise<boolean> {
  if (!(await makeReadOnly(t, folder))) return false;
  const { HOME = '' } = process.env;
  process.env.HOME = folder;
  t.after(() => {
    process.env.HOME = HOME;
  });
  return true;
}

async function writeNotebook(t: TestContext, sources: readonly string[]) {
  const folder = await temporaryFolder(t);
  const source = join(folder, 'small.ipynb');
  await writeFile(source, JSON.stringify(codeNotebook(sources)));
  return { source, parent: folder, folder: join(folder, 'out') };
}

/** runNotebook() in a process of its own, which prints "done" or the error's message at the end. */
function startRun(t: TestContext, source: string, folder: string): Program {
  const script = `require(${JSON.stringify(join(__dirname, 'run'))})
    .runNotebook(${JSON.stringify(source)}, { folder: ${JSON.stringify(folder)} })
    .then(() => console.log('done'), ({ message }) => console.log(message))`;
  return startProgram(t, [process.execPath, '-e', script]);
}

/** A cell that notes the kernel's process id and runs until a file is there. */
function waitFor(file: string): string {
  return `const fs = require('node:fs');
    fs.writeFileSync(${JSON.stringify(`${file}.kernel`)}, String(process.pid));
    while (!fs.existsSync(${JSON.stringify(file)})) await new Promise((done) => setTimeout(done, 20));`;
}

test('of two runs into one folder, the second is rejected and the first is left alone', async (t) => {
  const { source, parent, folder } = await writeNotebook(t, []);
  const goOn = join(parent, 'go-on');
  await writeFile(source, JSON.stringify(codeNotebook([waitFor(goOn)])));
  const first = startRun(t, source, folder);
  await eventually(() => existsSync(`${goOn}.kernel`));
  const second = startRun(t, source, folder);
  await second.ended;
  assert.equal(
    second.output(),
    `Another run is using ${folder}. Wait for it to end, or give this one its own folder: OUTPUT=FOLDER npm start.\n`,
  );
  await writeFile(goOn, '');
  await first.ended;
  assert.match(first.output(), /^\[ 1\/1\] .+ s\ndone\n$/);
  assert.deepEqual(readdirSync(folder).sort(), ['small.html', 'small.ipynb']);
});

test("a run that is killed ends its kernel, writes nothing later and is in nobody's way", async (t) => {
  const { source, parent, folder } = await writeNotebook(t, []);
  const never = join(parent, 'never');
  await writeFile(source, JSON.stringify(codeNotebook([waitFor(never)])));
  const first = startRun(t, source, folder);
  await eventually(() => existsSync(`${never}.kernel`));
  const kernel = `/proc/${readFileSync(`${never}.kernel`, 'utf8')}/environ`;
  assert.ok(existsSync(kernel));
  first.child.kill('SIGKILL');
  await first.ended;
  await eventually(() => !existsSync(kernel));
  assert.deepEqual(readdirSync(folder), []);
  await writeFile(source, JSON.stringify(codeNotebook(['1 + 1'])));
  await runNotebook(source, { folder, print: () => {} });
});

test('an interrupted run ends its kernel and reports it', async (t) => {
  const { source, parent, folder } = await writeNotebook(t, []);
  const never = join(parent, 'never');
  await writeFile(source, JSON.stringify(codeNotebook([waitFor(never)])));
  const run = startRun(t, source, folder);
  await eventually(() => existsSync(`${never}.kernel`));
  const kernel = `/proc/${readFileSync(`${never}.kernel`, 'utf8')}/environ`;
  run.child.kill('SIGINT');
  assert.equal(await run.ended, 0);
  assert.match(run.output(), /Interrupted: the run has ended\. /);
  assert.doesNotMatch(run.output(), /Traceback/);
  await eventually(() => !existsSync(kernel));
});

for (const [code, ending] of [
  ["process.kill(process.pid, 'SIGKILL')", /The kernel was killed, as when memory runs out: it may use \d/],
  ["process.kill(process.pid, 'SIGTERM')", /The kernel was ended by signal SIGTERM\.\n/],
  ['process.exit(3)', /process\.exit\(3\) ended the kernel, [^\n]+\nThe kernel ended with exit code 3\.\n/],
] as const) {
  test(`a kernel that ends by ${code} fails its cell, and the error names the cause`, async (t) => {
    const { source, folder } = await writeNotebook(t, ['1 + 1', code, '2 + 2']);
    const lines: string[] = [];
    const run = runNotebook(source, { folder, print: (line) => lines.push(line) });
    await assert.rejects(run, (error: Error) => {
      assert.match(error.message, new RegExp(`^Cell 2, .+ failed:\\n${ending.source}`));
      return userError(join(folder, 'small.ipynb'))(error);
    });
    assert.match(lines[1] ?? '', / FAILED$/);
    assert.equal(lines.length, 2);
  });
}

for (const [what, bytes, size, left] of [
  ['executed notebook', 500_000, '100k', []],
  ['page', 10, '1m', ['small.ipynb']],
] as const) {
  test(`a disk without room for the ${what} is reported as full, and no partial file stays`, async (t) => {
    const { source, folder } = await writeNotebook(t, [`console.log('x'.repeat(${bytes}))`]);
    mkdirSync(folder);
    if (!mount(t, folder, `size=${size}`)) return t.skip('a file system cannot be mounted here');
    const run = startRun(t, source, folder);
    await run.ended;
    assert.match(
      run.output(),
      new RegExp(`^\\[ 1/1\\] .+\\nThe disk is full: no space is left to write into ${folder}\\. .+\\n$`),
    );
    assert.deepEqual(readdirSync(folder), left);
  });
}

test('JupyterLab and its kernels work without a home to write to', { timeout: 60_000 }, async (t) => {
  const folder = await temporaryFolder(t);
  if (!(await takeHome(t, join(folder, 'home')))) return t.skip('a file system cannot be mounted here');
  const options = [
    '--no-browser',
    '--allow-root',
    `--port=${await findFreePort()}`,
    '--IdentityProvider.token=t',
  ];
  const environment = { OUTPUT: join(folder, 'out'), HOME: join(folder, 'home') };
  const lab = startProgram(t, [process.execPath, join(__dirname, 'lab.js'), ...options], { environment });
  await lab.until(/http:\/\/localhost:\d+\/lab\S*/);
  const [address = ''] = /http:\/\/localhost:\d+/.exec(lab.output()) ?? [];
  const answer = await fetch(`${address}/api/kernels?token=t`, { method: 'POST', body: '{"name":"tslab"}' });
  assert.equal(answer.status, 201, lab.output());
  lab.child.kill('SIGTERM');
  await lab.ended;
  assert.doesNotMatch(lab.output(), /Traceback/);
});

test('without a writable home or output folder, npm run lab names the variable to set', async (t) => {
  const folder = await temporaryFolder(t);
  if (!(await takeHome(t, folder))) return t.skip('a file system cannot be mounted here');
  const environment = { OUTPUT: join(folder, 'out'), HOME: folder };
  const lab = startProgram(t, [process.execPath, join(__dirname, 'lab.js')], { environment });
  assert.equal(await lab.ended, 1);
  assert.match(
    lab.output(),
    /^Cannot write into .+ or choose another with OUTPUT=FOLDER, and run this again\.\n$/,
  );
});
