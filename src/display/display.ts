// Shows things in the notebook: figures, tables, sentences. Outside a tslab kernel there is nowhere to show them, and
// these functions do nothing.
import { randomBytes } from 'node:crypto';
// tslab's own `display` knows outputs of one type only.
import * as kernel from 'tslab/dist/jupyter';
import { UserError } from '../platform/errors';
import { describeFigure } from './altText';
import { type Figure, plotlyType, withPlainLabels } from './figure';
import { figureTable, titleOf } from './figureTable';
import { escapeHtml, type Tabular, tableHtml } from './table';

/** The same thing in several forms: MIME type → content. Whatever shows the notebook takes the best that it knows. */
export type Bundle = Record<string, unknown>;

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
 * Writes Markdown under the cell. HTML in it is shown as text.
 * @example
 * ```ts
 * workshop.say(`**${news.headlines.length}** headlines`);
 * ```
 */
export function say(markdown: string): void {
  put({ 'text/markdown': withoutHtml(markdown) });
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

/** Draws HTML, for whoever cannot show it as the text beside it. */
export function showHtml(html: string, text: string): void {
  put({ 'text/html': html, 'text/plain': text });
}

/** Joins two characters without showing anything. A `<` before it begins no tag. */
const wordJoiner = '\u2060';

/**
 * Returns Markdown in which HTML is text, since it may quote a data file. Entities are not read in code, so a `<` there
 * gets a word joiner behind it: what looks like code here may be none to a renderer, which would then read the HTML.
 */
export function withoutHtml(markdown: string): string {
  const tag = /<(?=[a-z/!?])/gi;
  const parts = markdown.split(/((?<!`)(`+)(?!`)[\s\S]*?(?<!`)\2(?!`))/);
  // Every third part is the mark of the code before it.
  return parts
    .map((part, at) => (at % 3 === 2 ? '' : part.replaceAll(tag, at % 3 === 0 ? '&lt;' : `<${wordJoiner}`)))
    .join('');
}

/** A figure for every reader. The table is short: the notebook's file shall not grow by what few will see. */
export function drawing(figure: Figure): Bundle {
  const title = titleOf(figure.layout);
  const { columns, values } = figureTable(figure);
  const shown = Math.min(longestTable, Math.ceil(mostCells / columns.length));
  const more = values.length - shown;
  const rest = more > 0 ? `<p>… and ${more} rows more</p>` : '';
  const table = tableHtml({ columns, values: values.slice(0, shown) });
  return {
    [plotlyType]: withPlainLabels(figure),
    'text/html': `<p><b>${escapeHtml(title)}</b></p>${table}${rest}`,
    'text/plain': describeFigure(figure),
  };
}

const longestTable = 20;
const mostCells = 100;

/** A place under the cell that shows one thing at a time: what is put there next takes the place of what was. */
export function newPlace(): (bundle: Bundle) => void {
  const id = randomBytes(8).toString('hex');
  let isTaken = false;
  return (bundle) => {
    put(bundle, { id, isUpdate: isTaken });
    isTaken = true;
  };
}

/** The same for text alone. */
export function liveText(): (text: string) => void {
  const place = newPlace();
  return (text) => place({ 'text/plain': text });
}

function put(bundle: Bundle, { id, isUpdate = false }: { id?: string; isUpdate?: boolean } = {}): void {
  const output = { data: bundle, metadata: {}, transient: { display_id: id } };
  kernel.lastWriteDisplayData?.(output as Parameters<typeof kernel.lastWriteDisplayData>[0], isUpdate);
}
