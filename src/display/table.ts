// Rows as an HTML table. Long texts wrap, so that it fits the page.
import { inspect } from 'node:util';

/** Named columns over rows of values, such as a danfo DataFrame. */
export interface Tabular {
  columns: string[];
  values: unknown;
}

/**
 * Returns a table with a column for each key that any row has, in the order in which they first appear. A row without
 * that key has an empty cell. Fractions have three decimal places.
 */
export function tableHtml(rows: Tabular | readonly object[]): string {
  const { columns, values } = 'columns' in rows ? rows : toTabular(rows);
  const head = columns
    .map((column) => `<th style="${cellStyle}; text-align: left">${escapeHtml(String(column))}</th>`)
    .join('');
  const body = (values as unknown[][]).map((row) => `<tr>${row.map(tableCell).join('')}</tr>`).join('\n');
  return (
    '<div style="overflow-x: auto"><table>' +
    `<thead><tr>${head}</tr></thead>\n<tbody>${body}</tbody></table></div>`
  );
}

function toTabular(rows: readonly object[]): Tabular {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  return {
    columns,
    values: rows.map((row) => columns.map((name) => (row as Record<string, unknown>)[name])),
  };
}

export const cellStyle = 'white-space: normal; overflow-wrap: break-word; max-width: 40em';
const numberStyle = 'white-space: nowrap; text-align: right';

function tableCell(value: unknown): string {
  const isNumber = typeof value === 'number';
  const text = isNumber && !Number.isInteger(value) ? value.toFixed(3) : cellText(value);
  return `<td style="${isNumber ? numberStyle : `${cellStyle}; text-align: left`}">${escapeHtml(text)}</td>`;
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object' || value instanceof Date) return String(value);
  return Array.isArray(value) ? String(value.map(cellText)) : inspect(value, { breakLength: Infinity });
}

/** Returns text that HTML shows as it is, between tags and within double quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
