// Step 8: text/csv → headlines, as RFC 4180 has it: a quote opens only where a column begins, and ends with it. A line
// ends in \n, \r\n or \r, as for Python's csv. Nothing is guessed, so that no two lines are ever read as one by mistake.

import type { Headlines, Unfit } from './formats';
import type { RequestError } from './requestError';

export interface CsvOptions {
  /** The content type's parameter `header`. @default a first line that names a known column is a header */
  header?: 'present' | 'absent';
  /** Names of the column that holds the headlines, the best one first. */
  columns: readonly string[];
}

/** Columns of a row that are read; no table of headlines comes near it. */
const mostColumns = 10_000;

/** Quotes in a column; millions of them take seconds to halve. */
const mostQuotes = 250_000;
const longestName = 1000;

/** UTF-16 code units that are read at a time. */
const blockLength = 65_536;

export function readCsv(text: string, unfit: Unfit, { header, columns }: CsvOptions): Headlines {
  const reader = createReader(text, unfit);
  if (header === 'absent')
    return { titles: [], rest: pick(reader, undefined), isSingle: false, hasHeader: false };
  const names = reader.next().map(toName);
  const known = columns.map((column) => names.indexOf(toName(column))).find((column) => column >= 0);
  const isHeader = header === 'present' || known !== undefined;
  if (!isHeader) reader.restart();
  const column = header === 'present' && names.length === 1 ? 0 : known;
  if (isHeader && column === undefined) {
    throw unfit(`The first line names no column ${columns.map((name) => `"${name}"`).join(' or ')}.`);
  }
  if (isHeader && reader.isDone()) throw unfit('The body has a line with names of columns, and no headline.');
  return { titles: [], rest: pick(reader, column), isSingle: false, hasHeader: isHeader };
}

/** A name to compare. What is longer than any name is a headline, and may take long to normalise. */
function toName(cell: string): string {
  return cell.slice(0, longestName).normalize('NFC').trim().toLowerCase();
}

/** The headlines of the rows to come, block by block: of a column, or of rows that have no other. */
function* pick(reader: Reader, column: number | undefined): Generator<string[]> {
  while (!reader.isDone()) {
    const titles: string[] = [];
    for (const end = reader.place() + blockLength; !reader.isDone() && reader.place() < end; ) {
      const row = reader.next();
      // An empty line is an empty headline, whatever columns there are.
      const title = row.length === 1 && (row[0] === '' || column === undefined) ? row[0] : row[column ?? -1];
      if (title === undefined) throw reader.unfit(describeRow(row, column));
      titles.push(title);
    }
    yield titles;
  }
}

function describeRow({ length }: readonly string[], column: number | undefined): string {
  return column === undefined
    ? `has ${length} columns, and no first line names one of them. Put quotes around commas.`
    : `has no column ${column + 1}, which the first line names as that of the headlines.`;
}

type Reader = ReturnType<typeof createReader>;

/** Reads row by row. */
function createReader(text: string, unfit: Unfit) {
  let at = 0;
  let row = 0;
  const fail = (what: string): RequestError => unfit(`Row ${row} ${what}`);
  const separator = /[,\r\n]/g;

  function readCell(): string {
    if (text[at] === '"') return readQuoted();
    separator.lastIndex = at;
    const end = separator.exec(text)?.index ?? text.length;
    const cell = text.slice(at, end);
    at = end;
    return cell;
  }

  function readQuoted(): string {
    const start = at + 1;
    let end = text.indexOf('"', start);
    for (let count = 0; end >= 0 && text[end + 1] === '"'; count++) {
      if (count === mostQuotes) throw fail(`has more than ${mostQuotes} quotes in a column.`);
      end = text.indexOf('"', end + 2);
    }
    if (end < 0) throw fail('is not valid CSV: a quote is not closed.');
    at = end + 1;
    if (at < text.length && !/[,\r\n]/.test(text[at] as string)) {
      throw fail('is not valid CSV: a column goes on behind its closing quote. Double quotes within quotes.');
    }
    return text.slice(start, end).replaceAll('""', '"');
  }

  return {
    unfit: fail,
    isDone: () => at >= text.length,
    place: () => at,
    restart() {
      [at, row] = [0, 0];
    },
    next(): string[] {
      row += 1;
      const cells = [readCell()];
      while (text[at] === ',') {
        at += 1;
        cells.push(readCell());
        if (cells.length > mostColumns) throw fail(`has more than ${mostColumns} columns.`);
      }
      at += text.startsWith('\r\n', at) ? 2 : 1;
      return cells;
    },
  };
}
