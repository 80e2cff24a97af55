// Rows as an HTML table. Long texts wrap, so that it fits the page.
import { inspect } from 'node:util';

/** Named columns over rows of values, such as a danfo DataFrame. */
export interface Tabular {
  columns: string[];
  values: unknown;
}

/**
 * Returns a table with a column for each key that any row has, in the order in which they first appear. A row without
 * that key has an empty cell. Fractions have three decimal places. Columns of numbers are right-aligned.
 */
export function tableHtml(rows: Tabular | readonly object[]): string {
  const { columns, values } = 'columns' in rows ? rows : toTabular(rows);
  const body = values as unknown[][];
  const shown = columns.map((_, at) => columnOf(body.map((row) => row[at])));
  const line = (cells: readonly string[]) => `<tr>${cells.join('')}</tr>`;
  const cell = (tag: string, at: number, text = '') =>
    `<${tag} style="${shown[at]?.style}">${escapeHtml(text)}</${tag}>`;
  const head = line(columns.map((name, at) => cell('th', at, String(name))));
  const lines = body.map((_, row) => line(columns.map((_, at) => cell('td', at, shown[at]?.texts[row]))));
  return `<div style="overflow-x: auto"><table><thead>${head}</thead>\n<tbody>${lines.join('\n')}</tbody></table></div>`;
}

/** A number, an amount or a share, as text. */
const numeric = /^[−+-]?[$]?\d[\d,]*(\.\d+)?%?$/;

/** Returns the texts of a column's cells, and their style. */
function columnOf(values: readonly unknown[]): { texts: string[]; style: string } {
  const texts = values.map(cellText);
  const filled = texts.filter((text) => text !== '');
  const isNumeric = filled.length > 0 && filled.every((text) => numeric.test(text));
  return { texts, style: isNumeric ? numberStyle : textStyle };
}

function toTabular(rows: readonly object[]): Tabular {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  return {
    columns,
    values: rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name])),
  };
}

export const cellStyle = 'white-space: normal; overflow-wrap: break-word; max-width: 40em';
const textStyle = `${cellStyle}; text-align: left`;
const numberStyle = 'white-space: nowrap; text-align: right';

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' && !Number.isInteger(value)) return value.toFixed(3);
  if (typeof value !== 'object' || value instanceof Date) return String(value);
  return Array.isArray(value) ? String(value.map(cellText)) : inspect(value, { breakLength: Infinity });
}

/** Returns text that HTML shows as it is, between tags and within double quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
