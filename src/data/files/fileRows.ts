// Records → rows, with every physical line accounted for. The layouts define a row.

import { UserError } from '../../platform/errors';
import { explainEncoding } from './encoding';
import { notUtf8 } from './lines';

/** A skipped line, with the reason. */
export interface SkippedLine {
  /** The first physical line, counted from 1. */
  line: number;
  /** The number of physical lines it spans. */
  lines: number;
  reason: string;
}

/**
 * The rows of one file, before the rules across files. Every physical line is accounted for: header + lines of rows +
 * blank + skipped + repeated headers = lines. In Parquet files and JSON arrays, which have no lines, each row counts as
 * one.
 */
export interface FileRows<Row> {
  rows: Row[];
  /** Malformed lines. */
  skipped: SkippedLine[];
  /** Lines of repeated headers, as in files concatenated with `cat`. */
  repeatedHeaders: number[];
  /** Physical lines of the file. */
  lines: number;
  /** Lines without content. */
  blank: number;
  /** Lines up to and including the column names. */
  header: number;
}

/** One file among others, which tell whether its first line is a header. */
export interface FilePart<Row> extends FileRows<Row> {
  /** The first line of a file whose columns are named by number, where it counts as a header. */
  likelyHeader?: LikelyHeader<Row> | undefined;
}

/** A line that no other row of its file shares its label with: a header, unless other files have that label. */
export interface LikelyHeader<Row> {
  row: Row;
  /** The line and its copies, which count as repeated headers. */
  places: readonly Place[];
}

/** A repeated header. */
export const headerAgain = Symbol('header again');

/** A row, the reason why there is none, or a repeated header. */
export type Outcome<Row> = Row | string | typeof headerAgain;

/** The physical lines of a record. */
export interface Place {
  line: number;
  lines: number;
}

/** Collects rows while it counts lines. */
export class RowCollector<Row extends object> {
  rows: Row[] = [];
  readonly skipped: SkippedLine[] = [];
  readonly repeatedHeaders: number[] = [];
  likelyHeader: LikelyHeader<Row> | undefined;
  header = 0;
  blank = 0;
  rowLines = 0;

  add({ line, lines }: Place, outcome: Outcome<Row>): void {
    if (typeof outcome === 'string') this.skipped.push({ line, lines, reason: outcome });
    else if (outcome === headerAgain) this.addRepeated([{ line, lines }]);
    else {
      this.rows.push(outcome as Row);
      this.rowLines += lines;
    }
  }

  addBlank({ lines }: { lines: number }): void {
    this.blank += lines;
  }

  /** Counts lines above the first row. */
  addHeader(lines: readonly string[]): void {
    const blank = lines.filter(isBlank).length;
    this.blank += blank;
    this.header += lines.length - blank;
  }

  addRepeated(headers: readonly Place[]): void {
    for (const { line, lines } of headers) {
      for (let at = line; at < line + lines; at += 1) this.repeatedHeaders.push(at);
    }
  }

  /** Returns the rows and counts of a file with this number of lines. */
  finish(lines: number): FilePart<Row> {
    const { rows, skipped, repeatedHeaders, header, blank, rowLines, likelyHeader } = this;
    skipped.sort((a, b) => a.line - b.line);
    const found = header + rowLines + blank + linesOf(skipped) + repeatedHeaders.length;
    if (found !== lines) throw new Error(`${found} of ${lines} lines are accounted for`);
    return { rows, skipped, repeatedHeaders, lines, blank, header, ...(likelyHeader && { likelyHeader }) };
  }
}

/** Whether a line or a cell holds only spaces, or the end-of-file mark of DOS. */
export function isBlank(text: string): boolean {
  return text === '' || text.trim() === '' || text === '\x1a';
}

/** Counts the physical lines that were skipped. */
export function linesOf(skipped: readonly SkippedLine[]): number {
  return skipped.reduce((sum, { lines }) => sum + lines, 0);
}

/** The share of malformed lines that is skipped without an error; in small files the number, but less than half. */
const skippable = { share: 0.01, lines: 10 };

/** Whether a file has too many malformed lines to skip. */
export function losesTooMuch(file: FileRows<unknown>): boolean {
  const all = dataLines(file);
  const lost = linesOf(file.skipped);
  return lost > 0 && (lost * 2 >= all || lost > Math.max(skippable.lines, skippable.share * all));
}

/** Counts the lines that are rows or malformed. */
function dataLines({ lines, blank, header, repeatedHeaders }: FileRows<unknown>): number {
  return lines - blank - header - repeatedHeaders.length;
}

/** Returns the error for a file, or for the files of a folder, with too many malformed lines. */
export function tooManyMalformed(
  path: string,
  file: FileRows<unknown>,
  toCheck = 'it is the right file',
): UserError {
  return new UserError(
    `${path}: ${linesOf(file.skipped)} of ${dataLines(file)} lines are malformed, too many to skip. Correct them, or ` +
      `check that ${toCheck}.\n${describeSkipped(file.skipped)}`,
  );
}

/** Throws a {@link UserError} if a file, or a channel of files, has no row. */
export function demandRow(path: string, { rows, header }: Pick<FileRows<unknown>, 'rows' | 'header'>): void {
  if (rows.length > 0) return;
  throw new UserError(`${path} has ${header > 0 ? 'a header and ' : ''}no rows.`);
}

/**
 * Returns the file. It may have no row, since one part of a channel may be empty. Throws a {@link UserError} if too many
 * lines are malformed.
 */
export async function checkLosses<File extends FileRows<unknown>>(path: string, file: File): Promise<File> {
  if (!losesTooMuch(file)) return file;
  const { skipped } = file;
  const wrong = linesOf(skipped.filter(({ reason }) => reason === notUtf8));
  if (wrong * 2 > linesOf(skipped)) throw await explainEncoding(path, skipped[0]?.line ?? 1);
  throw tooManyMalformed(path, file);
}

/** Returns the first skipped lines, one per line. */
export function describeSkipped(skipped: readonly SkippedLine[], shown = 5): string {
  const lines = skipped
    .slice(0, shown)
    .map(({ line, lines, reason }) =>
      lines === 1 ? `line ${line}: ${reason}` : `lines ${line} to ${line + lines - 1}: ${reason}`,
    );
  if (skipped.length > shown) lines.push(`… and ${skipped.length - shown} more`);
  return lines.join('\n');
}
