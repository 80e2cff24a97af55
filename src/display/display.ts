// Shows figures, tables and sentences under a notebook's cell. Outside a tslab kernel these functions do nothing.
import { randomBytes } from 'node:crypto';
// tslab's own `display` takes outputs of one type only.
import * as kernel from 'tslab/dist/jupyter';
import { UserError } from '../platform/errors';
import { describeFigure } from './altText';
import { type Figure, plotlyType, withLook, withPlainLabels } from './figure';
import { figureTable, titleOf } from './figureTable';
import { escapeHtml, type Tabular, tableHtml } from './table';

/** One output in several forms: MIME type → content. A notebook viewer shows the richest form it supports. */
export type Bundle = Record<string, unknown>;

/**
 * Draws a figure under the cell. A viewer without Plotly shows its numbers as a table.
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
 * Writes Markdown under the cell. HTML in it is shown as text, and so are links that are neither paths nor https://,
 * http:// or mailto: addresses.
 * @example
 * ```ts
 * workshop.say(`**${news.headlines.length}** headlines`);
 * ```
 */
export function say(markdown: string): void {
  put({ 'text/markdown': withoutHtml(markdown) });
}

/**
 * Awaits something optional for the rest of the notebook. If it rejects with a `UserError`, shows the message and
 * resolves to undefined. Other errors are passed on.
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

/**
 * Draws a table whose long texts wrap. Takes a danfo DataFrame, or objects whose keys become columns.
 * Fractions have three decimal places.
 * @example
 * ```ts
 * workshop.showTable(evaluation.byLabel);
 * ```
 */
export function showTable(rows: Tabular | readonly object[]): void {
  put({ 'text/html': tableHtml(rows) });
}

/** Shows HTML, with a text for viewers that cannot render it. */
export function showHtml(html: string, text: string): void {
  put({ 'text/html': html, 'text/plain': text });
}

/** An invisible character. A `<` followed by it does not start a tag, nor does a `]` end the text of a link. */
const wordJoiner = '\u2060';

/**
 * Matches the end of a link's text, or of a reference, before an address that may run a script, such as `javascript:`.
 * Entities, backslashes and control characters could hide its scheme.
 */
const scriptLink = /\](?=[(:]\s*(?!https?:|mailto:)[^\s)]{0,30}[:&\\\p{Cc}])/giu;

/**
 * Returns Markdown that shows HTML and links that may run a script as text, because it may quote a data file. Code does
 * not decode entities, so a word joiner follows each `<` there. Renderers disagree on what is code, so code is never left
 * as it is.
 */
export function withoutHtml(markdown: string): string {
  const tag = /<(?=[a-z/!?])/gi;
  const parts = markdown.split(/((?<!`)(`+)(?!`)[\s\S]*?(?<!`)\2(?!`))/);
  // Every third part is the backticks of the code before it.
  return parts
    .map((part, at) => (at % 3 === 2 ? '' : part.replaceAll(tag, at % 3 === 0 ? '&lt;' : `<${wordJoiner}`)))
    .join('')
    .replaceAll(scriptLink, `]${wordJoiner}`);
}

/** Returns a figure in every form. Its table is cut short, because few viewers show it and it makes the notebook larger. */
export function drawing(figure: Figure): Bundle {
  const title = titleOf(figure.layout);
  const { columns, values } = figureTable(figure);
  const shown = Math.min(longestTable, Math.ceil(mostCells / columns.length));
  const more = values.length - shown;
  const rest = more > 0 ? `<p>… and ${more} rows more</p>` : '';
  const table = tableHtml({ columns, values: values.slice(0, shown) });
  return {
    [plotlyType]: withLook(withPlainLabels(figure)),
    'text/html': `<p><b>${escapeHtml(title)}</b></p>${table}${rest}`,
    'text/plain': describeFigure(figure),
  };
}

const longestTable = 20;
const mostCells = 100;

/** Returns a function that shows an output under the cell; each later call replaces the output in place. */
export function newPlace(): (bundle: Bundle) => void {
  const id = randomBytes(8).toString('hex');
  let isTaken = false;
  return (bundle) => {
    put(bundle, { id, isUpdate: isTaken });
    isTaken = true;
  };
}

/**
 * Returns a function that draws a figure under the cell; each later call replaces the figure.
 * @example
 * ```ts
 * const draw = workshop.liveChart();
 * for (const count of [1, 2]) {
 *   draw(workshop.barChart([['epochs', count]], { title: 'Epochs so far', x: 'epochs', y: '' }));
 * }
 * ```
 */
export function liveChart(): (figure: Figure) => void {
  const place = newPlace();
  return (figure) => {
    // JupyterLab's Plotly renderer does not redraw. An output of another type in between makes a new one.
    place({ 'text/plain': '' });
    place(drawing(figure));
  };
}

/** Returns a function that shows text under the cell; each later call replaces the text. */
export function liveText(): (text: string) => void {
  const place = newPlace();
  return (text) => place({ 'text/plain': text });
}

function put(bundle: Bundle, { id, isUpdate = false }: { id?: string; isUpdate?: boolean } = {}): void {
  const output = { data: bundle, metadata: {}, transient: { display_id: id } };
  kernel.lastWriteDisplayData?.(output as Parameters<typeof kernel.lastWriteDisplayData>[0], isUpdate);
}
