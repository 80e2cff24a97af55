// Step 1 for data of your own: any CSV or TSV file with a header, a text column and a label column.
import { UserError } from './errors';
import type { LabelledTitle } from './headlines';
import {
  demandRows,
  firstLines,
  gatherRows,
  type Rows,
  readQuoted,
  readTabbed,
  type ToRow,
  withoutHeader,
} from './records';

/** The names of the columns, as the header has them. */
export interface Columns {
  /** What the model reads. */
  text: string;
  /** What it predicts. Labels that differ in case or spaces alone are one label, in its most frequent spelling. */
  label: string;
  /** What belongs together and must not be parted by a split, such as a conversation. @default every row by itself */
  group?: string;
}

const labelLimits = { minimum: 2, maximum: 1000 };

/**
 * Reads a CSV or TSV file whose first line names its columns, in UTF-8 or UTF-16; gzip and zip are unpacked. Of each
 * row, `title` is the text, `category` the label and `story` the group. Malformed lines are skipped and reported, up
 * to one in a hundred, or ten in small files.
 * @throws `UserError` where the file or a column is not there, with other than 2 to 1,000 labels, or too many
 * malformed lines
 * @example
 * ```ts
 * await workshop.writeExampleTable('../output/tickets.csv');
 * const columns = { text: 'message', label: 'topic', group: 'thread' };
 * const tickets = await workshop.readTable('../output/tickets.csv', columns);
 * console.log(tickets.rows.length, tickets.rows[0].category); // 1200 billing
 * ```
 */
export async function readTable(path: string, columns: Columns): Promise<Rows<LabelledTitle>> {
  const header = (await firstLines(path, 20)).find((line) => line !== '');
  const delimiter = mostFrequent(header ?? '', ['\t', ',', ';']);
  const names = await headerNames(path, delimiter);
  const text = findColumn(path, names, columns.text);
  const label = findColumn(path, names, columns.label);
  if (text === label) {
    throw new UserError(`The column "${columns.text}" cannot be both text and label. Name two columns.`);
  }
  const group = columns.group === undefined ? undefined : findColumn(path, names, columns.group);

  let row = 0;
  const table = await readRows(path, delimiter, (fields) => {
    row += 1;
    const [title, category] = [fields[text] ?? '', clean(fields[label] ?? '')];
    if (fields.length !== names.length) return `${fields.length} column(s) instead of ${names.length}`;
    if (title.trim() === '') return `the column "${columns.text}" is empty`;
    if (category === '') return `the column "${columns.label}" is empty`;
    return { title, category, story: group === undefined ? `row ${row}` : (fields[group] as string) };
  });
  return { ...table, rows: withOneSpelling(table.rows, path) };
}

/**
 * Where tabs part the columns, a quotation mark may be an ordinary character, and quoting would swallow lines in
 * search of its other half: the reading that finds more rows is the right one.
 */
async function readRows(
  path: string,
  delimiter: string,
  toRow: ToRow<LabelledTitle>,
): Promise<Rows<LabelledTitle>> {
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

/** Spellings of one label become the most frequent of them. */
function withOneSpelling(rows: readonly LabelledTitle[], path: string): LabelledTitle[] {
  const spellings = new Map<string, Map<string, number>>();
  for (const { category } of rows) {
    const counts = spellings.get(category.toLowerCase()) ?? new Map<string, number>();
    spellings.set(category.toLowerCase(), counts.set(category, (counts.get(category) ?? 0) + 1));
  }
  if (spellings.size < labelLimits.minimum || spellings.size > labelLimits.maximum) {
    throw new UserError(
      `${path} has ${spellings.size} label(s); expected ${labelLimits.minimum} to ${labelLimits.maximum}. ` +
        'Is it the right column?',
    );
  }
  const chosen = new Map(
    [...spellings].map(([key, counts]) => [key, [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0]]),
  );
  return rows.map((row) => ({ ...row, category: chosen.get(row.category.toLowerCase()) as string }));
}

function clean(label: string): string {
  return label.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
}
