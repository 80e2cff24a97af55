// Executed notebook → one HTML file that needs no network: plotly.js is inlined once and draws every chart.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { describeFigure } from './altText';
import { type Figure, plotlyType } from './figure';
import { kernelEnvironment } from './kernelEnvironment';
import type { Notebook, Output } from './notebook';
import { escapeHtml } from './table';
import { writeWhole } from './writing';

/**
 * Throws a {@link UserError} where the file cannot be written.
 * @param python the interpreter that has nbconvert
 */
export async function writeHtml(notebook: Notebook, path: string, python: string): Promise<void> {
  const options = ['--to', 'html', '--HTMLExporter.mathjax_url=', '--HTMLExporter.require_js_url='];
  const converting = promisify(execFile)(python, ['-m', 'nbconvert', ...options, '--stdin', '--stdout'], {
    env: kernelEnvironment(dirname(path)),
    maxBuffer: 2 ** 30,
  });
  const titled = { ...notebook, metadata: { ...notebook.metadata, title: basename(path, '.html') } };
  // Where nbconvert ends before it has read all, its exit code says so.
  converting.child.stdin?.on('error', () => undefined).end(JSON.stringify(withChartsAsHtml(titled)));
  const { stdout: html } = await converting;
  const plotly = await readFile(require.resolve('plotly.js-dist-min/plotly.min.js'), 'utf8');
  await writeWhole(
    path,
    html.replace('</head>', () => `<script>${escapeScript(plotly)}</script>\n</head>`),
  );
}

/** A copy in which every figure also stands as HTML, the form that nbconvert knows. */
function withChartsAsHtml(notebook: Notebook): Notebook {
  let charts = 0;
  const convert = (output: Output): Output => {
    const figure = output.data?.[plotlyType];
    if (figure === undefined) return output;
    charts += 1;
    return { ...output, data: { 'text/html': chartHtml(`chart-${charts}`, figure) } };
  };
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    ...(cell.outputs && { outputs: cell.outputs.map(convert) }),
  }));
  return { ...notebook, cells };
}

function chartHtml(id: string, figure: unknown): string {
  const { data, layout } = figure as Figure;
  const values = [id, data, layout, { responsive: true }].map((value) => JSON.stringify(value));
  const alt = escapeHtml(describeFigure(figure as Figure));
  // The drawing is told to readers in words, not number by number.
  const place = `<div role="img" aria-label="${alt}"><div id="${id}"></div></div>`;
  return `${place}<script>Plotly.newPlot(${escapeScript(values.join(', '))})</script>`;
}

/** Keeps script text from ending its element. */
function escapeScript(script: string): string {
  return script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}
