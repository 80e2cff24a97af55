import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeHeadlines } from './headlines';
import type { Cell, Notebook } from './notebook';
import type { Report } from './report';
import { runNotebook, workshopNotebook } from './runNotebook';
import { generateHeadlines } from './synthetic';
import { temporaryFolder, userError } from './testing';

// The kernel inherits the environment.
delete process.env.SESSION;

test('the workshop runs from its first cell to its last and leaves notebook, page and metrics', async (t) => {
  const folder = await temporaryFolder(t);
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
  const page = await readFile(html, 'utf8');
  assert.equal(page.match(/Plotly\.newPlot\("chart-/g)?.length, charts.length);

  const report = JSON.parse(await readFile(join(folder, 'metrics.json'), 'utf8')) as Report;
  assert.equal(report.dataset, `6,000 headlines of ${process.env.HEADLINES}.`);
  assert.equal(report.synthetic, false);
  assert.deepEqual([report.splits.story.length, report.splits.random.length], [3, 3]);
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
  await writeFile(source, JSON.stringify(asNotebook(cells)));
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
  await writeFile(source, JSON.stringify(asNotebook([{ cell_type: 'code', source: code, outputs: [] }])));
  const { html } = await runNotebook(source, { folder: join(folder, 'out'), print: () => {} });
  const page = await readFile(html, 'utf8');
  const [, script] = /<script>(Plotly\.newPlot\("chart-1".*?)<\/script>/s.exec(page) ?? [];
  assert.match(script ?? '', /escaped.*\)$/);
});

function asNotebook(cells: Cell[]) {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } },
    cells: cells.map((cell, index) => ({
      ...cell,
      id: `cell-${index}`,
      metadata: {},
      ...(cell.cell_type === 'code' && { execution_count: null }),
    })),
  };
}
