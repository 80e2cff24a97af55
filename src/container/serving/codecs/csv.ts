// The codec of text/csv: a headline in each row, or a table whose header names the column with the headlines.
import type { AnswerWriter, Codec, Headlines, Invalid, ReadOptions } from './codec';
import { type CsvReader, createCsvReader } from './csvReader';
import { toDecimals } from './decimals';

export const csv = {
  names: ['text/csv'],
  howTo:
    'Send one headline per line as text/csv, or a table whose first line names its columns, one of them "headline".',
  hasBlankHeadlines: true,
  hasHeaderParameter: true,
  read,
  createWriter,
} as const satisfies Codec;

/** Longer cells are not column names, and may take long to normalise. */
const longestName = 1000;

/** UTF-16 code units read at a time. */
const blockLength = 65_536;

function read(text: string, invalid: Invalid, { header, columns }: ReadOptions): Headlines {
  const reader = createCsvReader(text, invalid);
  if (header === 'absent')
    return { titles: [], rest: pick(reader, noHeader), isSingle: false, hasHeader: false };
  const names = reader.next().map(toName);
  const known = columns.map((column) => names.indexOf(toName(column))).find((column) => column >= 0);
  const isHeader = header === 'present' || known !== undefined;
  if (!isHeader) reader.restart();
  const column = header === 'present' && names.length === 1 ? 0 : known;
  if (isHeader && column === undefined) {
    throw invalid(`The first line has no column ${columns.map((name) => `"${name}"`).join(' or ')}.`);
  }
  if (isHeader && reader.isDone()) throw invalid('The body has a header line but no headlines.');
  const table = column === undefined ? noHeader : { column, width: names.length };
  return { titles: [], rest: pick(reader, table), isSingle: false, hasHeader: isHeader };
}

interface Table {
  /** The place of the headlines in a row. */
  readonly column: number;
  /** Columns in each row. */
  readonly width: number;
}

const noHeader: Table = { column: 0, width: 1 };

/** Makes column names comparable. */
function toName(cell: string): string {
  return cell.slice(0, longestName).normalize('NFC').trim().toLowerCase();
}

/** Reads headlines block by block. A row with too many columns holds a comma that needs quotes: nothing is cut off. */
function* pick(reader: CsvReader, table: Table): Generator<string[]> {
  while (!reader.isDone()) {
    const titles: string[] = [];
    for (const end = reader.place() + blockLength; !reader.isDone() && reader.place() < end; ) {
      const row = reader.next();
      // An empty line is an empty headline, whatever the columns.
      const isEmptyLine = row.length === 1 && row[0] === '';
      if (!isEmptyLine && row.length !== table.width) throw reader.invalid(describeRow(row, table));
      titles.push((isEmptyLine ? row[0] : row[table.column]) as string);
    }
    yield titles;
  }
}

function describeRow({ length }: readonly string[], table: Table): string {
  const header = table === noHeader ? 'the body has no header line' : `the header line has ${table.width}`;
  return `has ${countColumns(length)}, and ${header}. Put quotes around headlines with commas.`;
}

function countColumns(count: number): string {
  return count === 1 ? '1 column' : `${count} columns`;
}

function createWriter(labels: readonly string[]): AnswerWriter {
  const cells = new Map(labels.map((label) => [label, quote(label)]));
  const header = ['result', ...labels].map(quote).join(',');
  return {
    begin: ({ hasHeader }) => (hasHeader ? `${header}\n` : ''),
    write({ result, probabilities }) {
      const numbers = labels.map((label) => toDecimals(probabilities[label]));
      return `${cells.get(result)},${numbers.join(',')}\n`;
    },
    end: () => '',
  };
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
