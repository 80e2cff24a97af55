// Step 1 for data of your own: one file → its rows, as they stand there. Rules about labels and groups that hold for
// several files together are the business of ownData.ts.
import { UserError } from './errors';
import { normaliseText } from './labelText';
import {
  demandRows,
  type FileRows,
  firstLines,
  gatherRows,
  readQuoted,
  readTabbed,
  type ToRow,
  withoutHeader,
} from './records';

/** The columns to read: each by its name, or by its number from 1 where no column has that name. */
export interface Columns {
  /** The column that the model reads. */
  text: string;
  /** The column that it predicts. Labels that differ only in case or spaces are one label, in its most frequent spelling. */
  label: string;
  /** A column whose equal values a split must keep together, such as a conversation. @default every row by itself */
  group?: string;
}

/** A row of a table. */
export interface TableRow {
  title: string;
  /** Never empty. See `normaliseText()`. */
  label: string;
  /** Empty where there is no group column, or nothing in it. */
  group: string;
}

/**
 * Reads one file. Throws a {@link UserError} where it cannot be read, has no such columns, or loses more lines than
 * typing errors explain.
 */
export async function readTableFile(path: string, columns: Columns): Promise<FileRows<TableRow>> {
  const header = (await firstLines(path, 20)).find((line) => line !== '');
  const delimiter = mostFrequent(header ?? '', ['\t', ',', ';']);
  const names = await headerNames(path, delimiter);
  const text = findColumn(path, names, columns.text);
  const label = findColumn(path, names, columns.label);
  if (text === label) {
    throw new UserError(`The column "${columns.text}" cannot be both text and label. Name two columns.`);
  }
  const group = columns.group === undefined ? undefined : findColumn(path, names, columns.group);
  return await readRows(path, delimiter, (fields) => {
    const row = {
      title: fields[text] ?? '',
      label: normaliseText(fields[label] ?? ''),
      group: group === undefined ? '' : (fields[group] ?? '').trim(),
    };
    if (fields.length !== names.length) return `${fields.length} column(s) instead of ${names.length}`;
    if (row.title.trim() === '') return `the column "${columns.text}" is empty`;
    if (row.label === '') return `the column "${columns.label}" is empty`;
    return row;
  });
}

/**
 * Where tabs part the columns, a quotation mark may be an ordinary character, and quoting would swallow lines in
 * search of its other half: the reading that finds more rows is the right one.
 */
async function readRows(
  path: string,
  delimiter: string,
  toRow: ToRow<TableRow>,
): Promise<FileRows<TableRow>> {
  const quoted = () => gatherRows(withoutHeader(readQuoted(path, delimiter)), toRow);
  if (delimiter !== '\t') return demandRows(path, await quoted());
  let hasQuotes = false;
  const plain = await gatherRows(withoutHeader(readTabbed(path)), (fields) => {
    hasQuotes ||= fields.some((field) => field.startsWith('"'));
    return toRow(fields);
  });
  const other = hasQuotes ? await quoted() : plain;
  return demandRows(path, other.rows.length >= plain.rows.length ? other : plain);
}

async function headerNames(path: string, delimiter: string): Promise<string[]> {
  for await (const [header] of readQuoted(path, delimiter)) {
    if (header?.fields) return header.fields.map((name) => name.trim());
    if (header)
      throw new UserError(`${path}, line ${header.line}, should name the columns: ${header.problem}.`);
  }
  throw new UserError(`${path} has no header. Its first line must name the columns.`);
}

/** The place of a column; capitals are ignored where that leaves one. */
function findColumn(path: string, names: readonly string[], name: string): number {
  const same = places(names, name.trim());
  const found = same.length > 0 ? same : places(names.map(toLowerCase), toLowerCase(name.trim()));
  if (found.length === 1) return found[0] as number;
  throw new UserError(
    found.length > 1
      ? `${path} has ${found.length} columns named "${name}". Give each its own name.`
      : `${path} has no column "${name}". Its columns are: ${names.join(', ')}.`,
  );
}

function places(names: readonly string[], name: string): number[] {
  return [...names.keys()].filter((index) => names[index] === name);
}

function toLowerCase(text: string): string {
  return text.toLowerCase();
}

function mostFrequent(line: string, delimiters: readonly string[]): string {
  const count = (delimiter: string) => line.split(delimiter).length;
  return delimiters.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
