// The codec of text/csv: a headline in each row, or a table whose header names the column with the headlines.
import type { AnswerWriter, Codec, Headlines, ReadOptions, Unfit } from './body';
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

function read(text: string, unfit: Unfit, { header, columns }: ReadOptions): Headlines {
  const reader = createCsvReader(text, unfit);
  if (header === 'absent')
    return { titles: [], rest: pick(reader, undefined), isSingle: false, hasHeader: false };
  const names = reader.next().map(toName);
  const known = columns.map((column) => names.indexOf(toName(column))).find((column) => column >= 0);
  const isHeader = header === 'present' || known !== undefined;
  if (!isHeader) reader.restart();
  const column = header === 'present' && names.length === 1 ? 0 : known;
  if (isHeader && column === undefined) {
    throw unfit(`The first line has no column ${columns.map((name) => `"${name}"`).join(' or ')}.`);
  }
  if (isHeader && reader.isDone()) throw unfit('The body has a header line but no headlines.');
  return { titles: [], rest: pick(reader, column), isSingle: false, hasHeader: isHeader };
}

/** Makes column names comparable. */
function toName(cell: string): string {
  return cell.slice(0, longestName).normalize('NFC').trim().toLowerCase();
}

/** Reads headlines block by block: from a column, or from rows with a single one. */
function* pick(reader: CsvReader, column: number | undefined): Generator<string[]> {
  while (!reader.isDone()) {
    const titles: string[] = [];
    for (const end = reader.place() + blockLength; !reader.isDone() && reader.place() < end; ) {
      const row = reader.next();
      // An empty line is an empty headline, whatever the columns.
      const title = row.length === 1 && (row[0] === '' || column === undefined) ? row[0] : row[column ?? -1];
      if (title === undefined) throw reader.unfit(describeRow(row, column));
      titles.push(title);
    }
    yield titles;
  }
}

function describeRow({ length }: readonly string[], column: number | undefined): string {
  return column === undefined
    ? `has ${length} columns, and there is no header line. Put quotes around headlines with commas.`
    : `has no column ${column + 1}, which the header line names as the one with the headlines.`;
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
