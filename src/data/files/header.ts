// Finds the header of a delimited file: the record that names the columns, and their positions.
import { type Columns, columnNumber, findColumn } from './tableRow';

/** Positions in a row of the named columns that were found. */
export type Places = Partial<Record<keyof Columns, number[]>>;

/** Returns the names or numbers of the columns. */
export function wantedNames(columns: Columns): string[] {
  return Object.values(columns).filter((name) => name !== undefined);
}

/** Whether a record names the columns. */
export function isHeader(fields: readonly string[], wanted: readonly string[]): boolean {
  const names = toNames(fields, wanted);
  const words = wanted.filter((name) => columnNumber(name) === undefined);
  // A cell of a row can be "1": numbers are names only if they number the columns.
  if (words.length === 0)
    return fields.length > 1 && fields.every((name, index) => isNext(name, index, fields[0]));
  return words.every((name) => findColumn(names, name).length > 0);
}

/** Whether a name is the first column's number plus its position. */
function isNext(name: string, index: number, first = ''): boolean {
  return /^\d$/.test(first) && Number(name) === Number(first) + index;
}

/** Returns the names in a header, even one written as a comment. */
export function toNames(fields: readonly string[], wanted: readonly string[]): string[] {
  const [first = '', ...rest] = fields;
  return wanted.some((name) => findColumn([first], name).length > 0)
    ? [first, ...rest]
    : [first.replace(/^#+\s*/, ''), ...rest];
}

/** Whether a line is a rule, as psql and Markdown write under the header. */
export function isRule(line = ''): boolean {
  return /^[\s|:+-]*-{3}[\s|:+-]*$|^\s*\|[\s|:-]*-[\s|:-]*$/.test(line);
}

/** Whether a first column without a name holds row names, single words, as R writes them. */
export function hasRowNames(header: readonly string[], rows: readonly string[][]): boolean {
  if (rows.length === 0 || !rows.every((fields) => fields.length === header.length + 1)) return false;
  if (rows.every((fields) => fields.at(-1)?.trim() === '')) return false;
  const rowNames = rows.map(([first = '']) => first.trim());
  return rowNames.every((name) => /^\S+$/.test(name)) && new Set(rowNames).size === rows.length;
}

/** Finds the columns in a row; `shift` is the number of row names before them. */
export function findPlaces(columns: Columns, names: readonly string[] | undefined, shift: number): Places {
  const find = (name: string) => {
    const found = names ? findColumn(names, name).map((place) => place + shift) : [];
    const number = columnNumber(name);
    return found.length > 0 || number === undefined ? found : [number - 1];
  };
  const { text, label, group } = columns;
  return { text: find(text), label: find(label), ...(group !== undefined && { group: find(group) }) };
}
