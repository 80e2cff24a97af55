// Turns an executed notebook into one HTML file that works offline: plotly.js is inlined once and draws every chart.
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
 * Writes the HTML file. Throws a {@link UserError} if that fails.
 * @param python an interpreter with nbconvert
 */
export async function writeHtml(notebook: Notebook, path: string, python: string): Promise<void> {
  const options = ['--to', 'html', '--HTMLExporter.mathjax_url=', '--HTMLExporter.require_js_url='];
  const converting = promisify(execFile)(python, ['-m', 'nbconvert', ...options, '--stdin', '--stdout'], {
    env: kernelEnvironment(dirname(path)),
    maxBuffer: 2 ** 30,
  });
  const headings = headingsOf(notebook);
  const title = headings[0]?.text ?? basename(path, '.html');
  const titled = { ...notebook, metadata: { ...notebook.metadata, title } };
  // If nbconvert ends before it has read everything, its exit code reports that.
  converting.child.stdin?.on('error', () => undefined).end(JSON.stringify(withChartsAsHtml(titled)));
  const { stdout: html } = await converting;
  const plotly = await readFile(require.resolve('plotly.js-dist-min/plotly.min.js'), 'utf8');
  await writeWhole(
    path,
    html
      .replace('</head>', () => `<script>${escapeScript(plotly)}</script>\n${pageStyle}\n</head>`)
      .replace(/<body[^>]*>/, (body) => `${body}\n${navigation(headings)}`),
  );
}

/** A heading of a Markdown cell. */
interface Heading {
  level: number;
  text: string;
}

/** Returns the headings down to the third level, in order. */
function headingsOf({ cells }: Notebook): Heading[] {
  const prose = cells.filter(({ cell_type }) => cell_type === 'markdown');
  const text = prose.map(({ source }) => [source].flat().join('')).join('\n');
  const found = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^(#{1,3}) +(.+)$/gm);
  return [...found].map(([, signs = '', text = '']) => ({ level: signs.length, text }));
}

/** Returns the page's table of contents. nbconvert's anchor of a heading is its text with hyphens for spaces. */
function navigation(headings: readonly Heading[]): string {
  const links = headings.map(({ level, text }) => {
    const anchor = encodeURIComponent(text.replaceAll(' ', '-'));
    return `<a class="level-${level}" href="#${anchor}">${escapeHtml(text)}</a>`;
  });
  return `<nav class="contents" aria-label="Contents">${links.join('\n')}</nav>`;
}

/** The contents beside the text where there is room, and lines of a readable length. */
const pageStyle = `<style>
.jp-RenderedMarkdown > :not(table, pre) { max-width: 75ch; }
nav.contents { display: none; }
@media (min-width: 1100px) {
  body.jp-Notebook { margin-left: 17rem; }
  nav.contents { display: block; position: fixed; inset: 0 auto 0 0; width: 16rem; box-sizing: border-box;
    overflow-y: auto; padding: 1.5rem 1rem; font: 14px/1.5 sans-serif; border-right: 1px solid #ddd; }
  nav.contents a { display: block; padding: 2px 0; color: #1a5fa8; text-decoration: none; }
  nav.contents a:hover { text-decoration: underline; }
  nav.contents .level-1, nav.contents .level-2 { font-weight: 600; }
  nav.contents .level-3 { padding-left: 1rem; }
}
@media print { nav.contents { display: none; } }
</style>`;

/** Returns a copy with every figure as HTML, which nbconvert can render. */
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
  // Screen readers read the description, not every number.
  const place = `<div role="img" aria-label="${escapeHtml(description)}"><div id="${id}"></div></div>`;
  return `${place}<script>Plotly.newPlot(${values.join(', ')})</script>`;
}

/** Returns JSON that is safe in a script element: it cannot close the element, open a comment, or end a line. */
export function jsonInScript(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[<\u2028\u2029]/g, escaped);
}

/** Escapes a library's source so that it cannot close its script element. */
function escapeScript(script: string): string {
  return script.replaceAll(/<(?=\/script)/gi, '<\\').replaceAll('<!--', '<\\!--');
}
