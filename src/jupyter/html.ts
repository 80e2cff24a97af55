// Executed notebook → one HTML file that needs no network: plotly.js is inlined once and draws every chart.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { descriptionOf } from '../display/altText';
import { type Figure, plotlyType } from '../display/figure';
import { escapeHtml } from '../display/table';
import { writeWhole } from '../platform/files';
import { kernelEnvironment } from './environment';
import type { Notebook, Output } from './format';

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
    const html = chartHtml(`chart-${charts}`, figure as Figure, descriptionOf(output));
    return { ...output, data: { 'text/html': html } };
  };
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    ...(cell.outputs && { outputs: cell.outputs.map(convert) }),
  }));
  return { ...notebook, cells };
}

function chartHtml(id: string, figure: Figure, description: string): string {
  const { data, layout } = figure;
  const values = [id, data, layout, { responsive: true }].map(jsonInScript);
  // The drawing is told to readers in words, not number by number.
  const place = `<div role="img" aria-label="${escapeHtml(description)}"><div id="${id}"></div></div>`;
  return `${place}<script>Plotly.newPlot(${values.join(', ')})</script>`;
}

/** Returns JSON that a script element holds whole: no text in it ends the element, begins a comment, or ends a line. */
export function jsonInScript(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[<\u2028\u2029]/g, escaped);
}

/** Keeps a library's text from ending its element. */
function escapeScript(script: string): string {
  return script.replaceAll(/<(?=\/script)/gi, '<\\').replaceAll('<!--', '<\\!--');
}
