// Shows things in the notebook: figures, tables, sentences, a training job while it runs. Outside a tslab kernel
// there is nowhere to show them, and these functions do nothing.
import { randomBytes } from 'node:crypto';
// tslab's own `display` knows outputs of one type only.
import * as kernel from 'tslab/dist/jupyter';
import { type Figure, plotlyType, trainingCurves } from './charts';
import { UserError } from './errors';
import { figureTable, titleOf } from './figureTable';
import { waitInCell } from './interrupt';
import { type EpochMetrics, parseProgress } from './metrics';
import type { TrainingJob, TrainingJobDescription, TrainingListener } from './session';

/** The same thing in several forms: MIME type → content. Whatever shows the notebook takes the best that it knows. */
type Bundle = Record<string, unknown>;

/**
 * Draws a figure under the cell, or, where nothing there draws Plotly, its numbers as a table.
 * @example
 * ```ts
 * const figure = workshop.trainingCurves(result.metrics);
 * figure.layout.height = 300;
 * workshop.show(figure);
 * ```
 */
export function show(figure: Figure): void {
  put(drawing(figure));
}

/**
 * Writes Markdown under the cell.
 * @example
 * ```ts
 * workshop.say(`**${news.headlines.length}** headlines`);
 * ```
 */
export function say(markdown: string): void {
  put({ 'text/markdown': markdown });
}

/**
 * Waits for something that the rest of the notebook can do without. Where it fails with a sentence for the user, that is
 * shown, and the result is undefined.
 * @example
 * ```ts
 * const missing = await workshop.orSay(workshop.loadVectors('no/such/folder'));
 * console.log(missing); // undefined
 * ```
 */
export async function orSay<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(error.message);
    return undefined;
  }
}

/** A place under the cell for text: what is written next takes the place of what was there. */
export function liveText(): (text: string) => void {
  const place = newPlace();
  return (text) => place({ 'text/plain': text });
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
  put({ 'text/html': tableHtml(rows) });
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
  const log = newPlace();
  const chart = newPlace();
  const metrics: EpochMetrics[] = [];
  const lines: string[] = [];
  // Of what tells how far it is, only the latest is of interest.
  const showLast = (line: string) => log({ 'text/plain': [...lines, line].join('\n') });
  const listener: TrainingListener = {
    onLog: (line) => {
      showLast(line);
      if (!parseProgress(line)) lines.push(line);
    },
    onStatus: showLast,
    onEpoch: (epoch) => {
      metrics.push(epoch);
      // JupyterLab's Plotly renderer does not draw again over what it has drawn; another type makes a new one.
      chart({ 'text/plain': '' });
      chart(drawing(trainingCurves(metrics, title)));
    },
  };
  const description = await waitInCell(job, listener);
  const end = `${description.status} after ${description.seconds.toFixed(1)} s`;
  log({ 'text/plain': [...lines, end].join('\n') });
  return description;
}

/** A figure for every reader. The table is short: the notebook's file shall not grow by what few will see. */
export function drawing(figure: Figure): Bundle {
  const title = titleOf(figure.layout);
  const { columns, values } = figureTable(figure);
  const more = values.length - longestTable;
  const rest = more > 0 ? `<p>… and ${more} rows more</p>` : '';
  const table = tableHtml({ columns, values: values.slice(0, longestTable) });
  return {
    [plotlyType]: figure,
    'text/html': `<p><b>${escapeHtml(title)}</b></p>${table}${rest}`,
    'text/plain': title ? `Chart: ${title}` : 'Chart',
  };
}

const longestTable = 20;

/** A place under the cell that shows one thing at a time. */
function newPlace(): (bundle: Bundle) => void {
  const id = randomBytes(8).toString('hex');
  let isTaken = false;
  return (bundle) => {
    put(bundle, { id, isUpdate: isTaken });
    isTaken = true;
  };
}

function put(bundle: Bundle, { id, isUpdate = false }: { id?: string; isUpdate?: boolean } = {}): void {
  const output = { data: bundle, metadata: {}, transient: { display_id: id } };
  kernel.lastWriteDisplayData?.(output as Parameters<typeof kernel.lastWriteDisplayData>[0], isUpdate);
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
