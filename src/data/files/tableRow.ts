// Step 1 for data of your own, the row: the cells of the named columns → a row, whatever the layout of the file.
import { normaliseText } from './labelText';

/** The columns to read: each by its name, or by its number from 1 where no column has that name. */
export interface Columns {
  /** The column that the model reads. */
  text: string;
  /** The column that it predicts. Labels that differ only in case or spaces are one label, in its most frequent spelling. */
  label: string;
  /** A column whose equal values a split must keep together, such as a conversation. @default each row is a group of its own */
  group?: string;
}

/** A row of a table. */
export interface TableRow {
  title: string;
  /** Never empty; see `normaliseText()`. */
  label: string;
  /** The label as the file has it, where normalising changed more than spaces. */
  spelling?: string;
  /** Empty without a group column or a value in it. */
  group: string;
}

/** The cells of the named columns. */
export interface Cells {
  text: string;
  label: string;
  group?: string | undefined;
}

/** Returns a row, or why the cells are not one. */
export function toTableRow({ text, label, group = '' }: Cells, columns: Columns): TableRow | string {
  const normalised = normaliseText(label);
  const spelling = label.replaceAll(/[ \t\r\n]+/g, ' ').replaceAll(/^ | $/g, '');
  const row: TableRow = { title: text, label: normalised, group: group.trim() };
  if (spelling !== normalised) row.spelling = spelling;
  if (row.title.trim() === '') return `the column "${columns.text}" is empty`;
  if (row.label === '') return `the column "${columns.label}" is empty`;
  return row;
}

/** Returns the places of the columns of that name; capitals are ignored where no column has it exactly. */
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

/** Returns the number that a column is named by, or undefined. */
export function columnNumber(name: string): number | undefined {
  return /^\s*[1-9]\d{0,4}\s*$/.test(name) ? Number(name) : undefined;
}
