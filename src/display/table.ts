// Rows as an HTML table, which scrolls sideways rather than wraps.

/** What a danfo DataFrame is to a table: named columns over rows of values. */
export interface Tabular {
  columns: string[];
  values: unknown;
}

/** Fractions have three decimal places. */
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

export const cellStyle = 'white-space: nowrap; max-width: none';

function tableCell(value: unknown): string {
  const isNumber = typeof value === 'number';
  const text = isNumber && !Number.isInteger(value) ? value.toFixed(3) : String(value);
  return `<td style="${cellStyle}; text-align: ${isNumber ? 'right' : 'left'}">${escapeHtml(text)}</td>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
