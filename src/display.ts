// Shows things in the notebook: figures, tables, sentences, a training job while it runs. Outside a tslab kernel
// there is nowhere to show them, and these functions do nothing.
import { display, newDisplay } from 'tslab';
import { type Figure, plotlyType, trainingCurves } from './charts';
import { type EpochMetrics, parseProgress } from './metrics';
import type { TrainingJob, TrainingJobDescription, TrainingListener } from './session';
import { waitInCell } from './splits';

/**
 * Draws a figure under the cell.
 * @example
 * ```ts
 * const figure = workshop.trainingCurves(result.metrics);
 * figure.layout.height = 300;
 * workshop.show(figure);
 * ```
 */
export function show(figure: Figure): void {
  display.raw(plotlyType, figure as unknown as string);
}

/**
 * Writes Markdown under the cell.
 * @example
 * ```ts
 * workshop.say(`**${news.headlines.length}** headlines`);
 * ```
 */
export function say(markdown: string): void {
  display.markdown(markdown);
}

/** A place under the cell for text: what is written next takes the place of what was there. */
export function liveText(): (text: string) => void {
  const place = newDisplay();
  return (text) => place.text(text);
}

/** What a danfo DataFrame is to a table: named columns over rows of values. */
export interface Tabular {
  columns: string[];
  values: unknown;
}

/**
 * Draws rows as a table that scrolls sideways rather than wraps: a danfo DataFrame, or objects with the same keys.
 * Fractions have three decimal places.
 * @example
 * ```ts
 * workshop.showTable(evaluation.byLabel);
 * ```
 */
export function showTable(rows: Tabular | readonly object[]): void {
  display.html(tableHtml(rows));
}

export function tableHtml(rows: Tabular | readonly object[]): string {
  const columns = 'columns' in rows ? rows.columns : Object.keys(rows[0] ?? {});
  const values = 'columns' in rows ? (rows.values as unknown[][]) : rows.map((row) => Object.values(row));
  const head = columns
    .map((column) => `<th style="${cellStyle}; text-align: left">${escapeHtml(column)}</th>`)
    .join('');
  const body = values.map((row) => `<tr>${row.map(tableCell).join('')}</tr>`).join('\n');
  return (
    '<div style="overflow-x: auto"><table>' +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`
  );
}

/**
 * Waits for a training job with its log and its curves under the cell, both updated in place. Interrupting the cell
 * stops the job, which keeps what it has learnt; on AWS the job goes on, unless the session's option `onInterrupt` says
 * `stop`.
 * @param title of the curves; default: the job's name
 * @returns how the job stands at its end
 * @throws `UserError` with the failure reason where the job fails
 * @example
 * ```ts
 * const watched = await workshop.watch(job, 'A thousand headlines');
 * console.log(watched.status); // Completed
 * ```
 */
export async function watch(job: TrainingJob, title = job.name): Promise<TrainingJobDescription> {
  const log = newDisplay();
  const chart = newDisplay();
  const metrics: EpochMetrics[] = [];
  const lines: string[] = [];
  // Of what tells how far it is, only the latest is of interest.
  const showLast = (line: string) => log.text([...lines, line].join('\n'));
  const listener: TrainingListener = {
    onLog: (line) => {
      showLast(line);
      if (!parseProgress(line)) lines.push(line);
    },
    onStatus: showLast,
    onEpoch: (epoch) => {
      metrics.push(epoch);
      // JupyterLab's Plotly renderer does not draw again over what it has drawn; another type makes a new one.
      chart.text('');
      chart.raw(plotlyType, trainingCurves(metrics, title) as unknown as string);
    },
  };
  const description = await waitInCell(job, listener);
  log.text([...lines, `${description.status} after ${description.seconds.toFixed(1)} s`].join('\n'));
  return description;
}

const cellStyle = 'white-space: nowrap; max-width: none';

function tableCell(value: unknown): string {
  const isNumber = typeof value === 'number';
  const text = isNumber && !Number.isInteger(value) ? value.toFixed(3) : String(value);
  return `<td style="${cellStyle}; text-align: ${isNumber ? 'right' : 'left'}">${escapeHtml(text)}</td>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
