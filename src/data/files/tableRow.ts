// The cells of the named columns → a row, for every layout.
import { normaliseText } from './labelText';

/** The columns to read: each by its name, or by its number from 1 if no column has that name. */
export interface Columns {
  /** The column that the model reads. */
  text: string;
  /** The column that it predicts. Labels that differ only in case or spaces are one label, in its most frequent spelling. */
  label: string;
  /**
   * The column whose equal values a split keeps together, such as a conversation. @default each row is a group of its own
   */
  group?: string;
}

/** A row of a table. */
export interface TableRow {
  title: string;
  /** Never empty; see `normaliseText()`. */
  label: string;
  /** The label as the file has it, if normalising changed more than spaces. */
  spelling?: string;
  /** Empty without a group column, or if its cell is empty. */
  group: string;
}

/** The cells of the named columns. */
export interface Cells {
  text: string;
  label: string;
  group?: string | undefined;
}

/** Returns a row, or the reason why the cells are not one. */
export function toTableRow({ text, label, group = '' }: Cells, columns: Columns): TableRow | string {
  const normalised = normaliseText(label);
  const spelling = label.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, '');
  const row: TableRow = { title: text, label: normalised, group: group.trim() };
  if (spelling !== normalised) row.spelling = spelling;
  if (row.title.trim() === '') return `the column "${columns.text}" is empty`;
  if (row.label === '') return `the column "${columns.label}" is empty`;
  return row;
}

/** Returns the positions of the columns of that name; ignores case if no column has the exact name. */
export function findColumn(names: readonly string[], name: string): number[] {
  const wanted = normaliseText(name);
  const spelled = names.map(normaliseText);
  const same = placesOf(spelled, wanted);
  return same.length > 0
    ? same
    : placesOf(
        spelled.map((other) => other.toLowerCase()),
        wanted.toLowerCase(),
      );
}

function placesOf(names: readonly string[], name: string): number[] {
  return [...names.keys()].filter((index) => names[index] === name);
}

/** Returns the number that names a column, or undefined. */
export function columnNumber(name: string): number | undefined {
  return /^\s*[1-9]\d{0,4}\s*$/.test(name) ? Number(name) : undefined;
}
