// Batch transform, a CSV file: finds the headline's cell in each line. SageMaker's rules: one row per line, separated by commas,
// no header. A line that could be read in two ways is invalid.

import { UserError } from '../../../platform/errors';
import { parseCsvLine, watchDelimiters } from './csvLine';
import { watchHeader } from './headerWatch';
import { invalidLine } from './text';

export interface RowRules {
  /** Column of the headline, from 0; undefined if there is only one column. */
  column: number | undefined;
  /** Name or number of that column in the training data, if it had one. */
  textColumn?: string | number | undefined;
  /** Number of columns in the input's first file. */
  columns?: number | undefined;
}

/** Reads the records of one file. */
export interface RecordReader {
  /** Returns the part of a line to send. Throws a {@link UserError} that names the line, or an {@link OpenQuote}. */
  read(line: string, number: number): string;
  /** Throws a {@link UserError} for a fault that only the whole file shows. */
  end(): void;
}

/** Thrown for a line that ends within quotes. */
export class OpenQuote extends Error {}

/** Names that make the first line a header. */
const usualNames = ['headline', 'text', 'title'];

export function createRowReader({ column, textColumn = '', columns }: RowRules): RecordReader {
  const at = column ?? 0;
  const delimiters = watchDelimiters();
  const header = watchHeader(at);
  // The container takes these for a header at the start of any request.
  const headerNames = ['headline', normalise(String(textColumn))].filter((name) => /\D/.test(name));
  let first: { number: number; columns: number; line: string } | undefined;
  let rows = 0;

  return {
    read(line, number) {
      delimiters.see(line);
      rows += 1;
      const cells = parseCsvLine(line);
      const problem = Array.isArray(cells) ? findMiscount(cells, number, line) : quoteProblem;
      if (problem !== undefined) {
        failForDelimiter();
        throw cells === 'open' ? new OpenQuote() : invalidLine(number, problem, line);
      }
      header.see(cells as string[]);
      const cell = (cells as string[])[at] as string;
      const fault = findFault(cell, number === first?.number);
      if (fault !== undefined) throw invalidLine(number, fault, line);
      return column === undefined ? line : `"${cell.replaceAll('"', '""')}"`;
    },
    end() {
      // A single line of text may hold a semicolon.
      if (rows > 1 || column !== undefined) failForDelimiter();
      const name = header.found();
      if (first && name !== undefined) {
        const problem = `"${name}" is above a column of numbers: the line is a header, and SageMaker predicts each line. Remove the line`;
        throw invalidLine(first.number, problem, first.line);
      }
    },
  };

  function findMiscount({ length }: readonly string[], number: number, line: string): string | undefined {
    first ??= { number, columns: length, line };
    if (length !== first.columns) {
      return `it has ${count(length)}, and line ${first.number} has ${first.columns}. ${quoteText}, or correct the line`;
    }
    if (columns !== undefined && length !== columns) {
      return `it has ${count(length)}, and the first file has ${columns}. Start a batch transform for each kind of file`;
    }
    if (column === undefined && length > 1) {
      return `it has ${count(length)}. Choose the headline's column: column: 0 is the first. ${quoteText}`;
    }
    if (at < length) return undefined;
    return `it has ${count(length)}, and no column ${at}. Count columns from 0, as SageMaker's InputFilter $[${at}] does`;
  }

  function findFault(cell: string, isFirst: boolean): string | undefined {
    const name = normalise(cell);
    if (name === '') return `column ${at} is empty. Remove the line, or write a headline`;
    if (isFirst && (headerNames.includes(name) || usualNames.includes(name) || /^sep=.?$/.test(name))) {
      return `"${cell.trim()}" is a header, and SageMaker predicts each line. Remove the line`;
    }
    if (!headerNames.includes(name)) return undefined;
    return `a container may take "${cell.trim()}" for a header. Remove the line, or use JSON Lines`;
  }

  function failForDelimiter(): void {
    const found = delimiters.found();
    if (found === undefined || (first?.columns ?? 1) > 1) return;
    throw new UserError(
      `line ${first?.number ?? 1}: ${found} separate its columns. Batch transform reads text/csv as SageMaker does, ` +
        `separated by commas. Save the file with commas, or as JSON Lines. If the ${found} belong to the text, put it in quotes.`,
    );
  }
}

const quoteText = 'Put quotes around text that contains commas';
const quoteProblem =
  'there is a quote inside a cell. Put the whole cell in quotes and double the quotes inside it: "a ""b"" c"';

function count(columns: number): string {
  return columns === 1 ? '1 column' : `${columns} columns`;
}

function normalise(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}
