// The committed notebook where nothing runs: as a page without a network, as slides, and in JupyterLab before any cell.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { plotlyType } from '../display/figure';
import { findDefects } from '../testing/charts';
import { atEnd, temporaryFolder } from '../testing/folders';
import { openLab } from '../testing/lab';
import { whySlow } from '../testing/slow';
import { openChromium, whyNoChromium } from './chromium';
import type { Notebook } from './format';
import { writeHtml } from './html';
import { python, workshopNotebook } from './run';

const skip = whyNoChromium();

async function readCommitted(): Promise<{ notebook: Notebook; charts: number }> {
  const notebook = JSON.parse(await readFile(workshopNotebook, 'utf8')) as Notebook;
  const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
  return { notebook, charts: outputs.filter(({ data }) => data?.[plotlyType]).length };
}

/** Opens a file in a browser without a network, and tells what it asked one for. */
async function openOffline(t: TestContext, path: string): Promise<{ page: Page; asked: string[] }> {
  const browser = await openChromium();
  atEnd(t, () => browser.close());
  const page = await (await browser.newContext({ offline: true })).newPage();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) asked.push(request.url());
  });
  await page.setViewportSize({ width: 1000, height: 900 });
  await page.goto(pathToFileURL(path).href);
  return { page, asked };
}

test('the page that a run leaves shows every chart from a file, without a network', { skip }, async (t) => {
  const { notebook, charts } = await readCommitted();
  const path = join(await temporaryFolder(t), 'page.html');
  await writeHtml(notebook, path, python);
  const { page, asked } = await openOffline(t, path);
  await page
    .locator('.js-plotly-plot')
    .nth(charts - 1)
    .waitFor();
  for (const chart of await page.locator('.js-plotly-plot').all()) {
    assert.deepEqual(await findDefects(chart), []);
    assert.match((await chart.locator('xpath=..').getAttribute('aria-label')) ?? '', /^Chart: ./);
  }
  assert.deepEqual(asked, []);
  assert.equal(await page.title(), 'From headlines to a classifier in its own container');
  const headings = await page.locator('nav.contents a').all();
  assert.ok(headings.length > 25, `${headings.length} headings in the contents`);
  for (const heading of headings) {
    const anchor = decodeURIComponent((await heading.getAttribute('href')) ?? '').slice(1);
    assert.equal(await page.locator(`[id="${anchor}"]`).count(), 1, anchor);
  }
});

for (const [format, options, selector] of [
  ['html', [], 'body.jp-Notebook'],
  // nbconvert's template lab leaves alternative text out.
  ['html', ['--template', 'classic'], 'img[alt^="Chart: "]'],
  ['slides', [], '.reveal .slides section'],
] as const) {
  test(`nbconvert ${options.join(' ')} makes ${format} of the committed notebook, with a picture of each chart`, {
    skip: whySlow('it takes half a minute') || skip,
  }, async (t) => {
    const { charts } = await readCommitted();
    const folder = await temporaryFolder(t);
    const target = ['--to', format, '--output-dir', folder, '--output', 'notebook'];
    await promisify(execFile)(python, ['-m', 'nbconvert', ...options, ...target, workshopNotebook]);
    const name = format === 'html' ? 'notebook.html' : 'notebook.slides.html';
    const text = await readFile(join(folder, name), 'utf8');
    // What it would load from a network, and wait for.
    const offline = text.replaceAll(
      /<script[^>]*src="https?:[^>]*><\/script>|<link[^>]*href="https?:[^>]*>/g,
      '',
    );
    await writeFile(join(folder, name), offline);
    const { page } = await openOffline(t, join(folder, name));
    assert.ok((await page.locator(selector).count()) > 0);
    const pictures = page.locator('img[src^="data:image/png"]');
    const widths = await pictures.evaluateAll((all) =>
      all.map((img) => (img as { naturalWidth?: number }).naturalWidth),
    );
    assert.deepEqual(widths, Array(charts).fill(900));
  });
}

test('JupyterLab shows the committed charts before any cell has run, and draws them under the pointer', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const lab = await openLab(t, { HEADLINES: 'synthetic' }, { outputs: true });
  const { cells } = await lab.read();
  const position = cells.findIndex(({ source }) => [source].flat().join('').includes('publisherChart('));
  await lab.goTo(position);
  const picture = lab.cell(position).locator('img.plot-img');
  // Scrolling waits until the page no longer moves. By force, as the chart covers the picture at once.
  await picture.scrollIntoViewIfNeeded();
  await picture.hover({ position: { x: 100, y: 30 }, force: true });
  const chart = lab.cell(position).locator('.js-plotly-plot');
  await chart.locator('.main-svg').first().waitFor();
  assert.deepEqual(await findDefects(chart), []);
});
