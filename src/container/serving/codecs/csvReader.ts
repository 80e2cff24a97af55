// Rows of CSV by RFC 4180: a quote opens only at the start of a column and closes at its end. A line ends in \n,
// \r\n or \r, as in Python's csv. Nothing is guessed, so that two lines are never read as one by mistake.

import type { RequestError } from '../http/requestError';
import type { Invalid } from './codec';

/** Columns in a row; far more than any table of headlines has. */
const mostColumns = 10_000;

/** Quotes in a column: halving millions of them takes seconds. */
const mostQuotes = 250_000;

export interface CsvReader {
  /** Makes an error about the row read last. */
  invalid(problem: string): RequestError;
  isDone(): boolean;
  /** Returns how many UTF-16 code units have been read. */
  place(): number;
  restart(): void;
  /** Reads a row. */
  next(): string[];
}

export function createCsvReader(text: string, invalid: Invalid): CsvReader {
  let at = 0;
  let row = 0;
  const fail = (problem: string): RequestError => invalid(`Row ${row} ${problem}`);
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
      throw fail('is not valid CSV: text follows a closing quote. Double each quote inside quotes.');
    }
    return text.slice(start, end).replaceAll('""', '"');
  }

  return {
    invalid: fail,
    isDone: () => at >= text.length,
    place: () => at,
    restart() {
      [at, row] = [0, 0];
    },
    next() {
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
