// Detects the layout of a delimited file: the head of the file → its dialect, header and columns.

import { tally } from '../../platform/tally';
import { findPlaces, hasRowNames, isHeader, isRule, type Places, toNames, wantedNames } from './header';
import type { Head } from './lines';
import { type FileRecord, RecordCutter, recurring } from './quotedRecords';
import { type Dialect, type Quoting, splitLine } from './splitLine';
import { type Columns, columnNumber } from './tableRow';

/** A dialect, and the result of reading the head of a file with it. */
export interface Layout {
  dialect: Dialect;
  /** The number of lines above the first row. */
  top: number;
  /** The names of the columns; undefined without a header, if columns are named by number. */
  names?: string[] | undefined;
  /** The first record, header or not. */
  first: string[];
  places: Places;
  hasColumns: boolean;
  /** The number of fields in a row. */
  width: number;
  /** The rows in the head with that number of fields. */
  rows: string[][];
  /** The number of lines in these rows. */
  score: number;
}

const delimiters = ['\t', ',', ';', '|'];
const quotings: readonly Quoting[] = ['doubled', 'backslash', 'none'];
/** The number of records to search for a header. */
const headerDepth = 20;

/**
 * Returns the possible layouts of a file, the best first: those with the named columns, then those in which most lines
 * are rows of equal width.
 */
export function findLayouts(head: Head, columns: Columns): Layout[] {
  const start = head.lines.findIndex((line) => line.trim() !== '');
  const declared = declaredDelimiter(head.lines[start]);
  const from = declared === undefined ? start : start + 1;
  return (declared === undefined ? delimiters : [declared])
    .flatMap((delimiter) => quotings.map((quoting) => ({ delimiter, quoting })))
    .map((dialect) => layOut({ head, from, dialect, columns }))
    .filter(({ first }) => first.length > 1)
    .sort((a, b) => Number(b.hasColumns) - Number(a.hasColumns) || b.score - a.score);
}

/** Returns the delimiter that Excel's line `sep=;` declares. */
export function declaredDelimiter(line = ''): string | undefined {
  return /^\s*"?sep=(.)"?\s*$/i.exec(line)?.[1];
}

/** Whether a quotation mark may be a plain character: files with tabs or bars are often written without quoting. */
export function mayLackQuoting({ delimiter }: Dialect): boolean {
  return delimiter === '\t' || delimiter === '|';
}

interface LayoutInput {
  head: Head;
  from: number;
  dialect: Dialect;
  columns: Columns;
}

function layOut({ head, from, dialect, columns }: LayoutInput): Layout {
  const records = cutHead(head, from, dialect);
  const { byNumber, width, first } = findTop(records, columns);
  const names = toNames(first?.fields ?? [], wantedNames(columns));
  const header = byNumber || !first ? undefined : names;
  const end = !first ? 0 : byNumber ? aboveRows(records, first, from) : first.line + first.lines - 1;
  const topLines = isRule(head.lines[end]) ? end + 1 : end;
  const rows = records.filter(({ line, fields }) => line > topLines && fields.length === width);
  const cells = rows.map(({ fields }) => fields);
  const shift = header && hasRowNames(header, cells) ? 1 : 0;
  const places = findPlaces(columns, byNumber ? undefined : names, shift);
  return {
    dialect,
    top: topLines,
    names: header,
    first: names,
    places,
    hasColumns: hasPlaces(places, Math.max(width, names.length)),
    width: header ? header.length + shift : width,
    rows: cells,
    score: rows.filter(({ isBent }) => !isBent).reduce((sum, { lines }) => sum + lines, 0),
  };
}

/** Finds the record that names the columns, or the first row if they are named by number. */
function findTop(records: readonly HeadRecord[], columns: Columns) {
  const wanted = wantedNames(columns);
  const top = records.slice(0, headerDepth).find(({ fields }) => isHeader(fields, wanted));
  const byNumber = !top && wanted.every((name) => columnNumber(name) !== undefined);
  const width = usualWidth(records.filter(({ line }) => !top || line > top.line));
  const first = top ?? records.find(({ fields }) => fields.length === width) ?? records[0];
  return { byNumber, width, first };
}

function hasPlaces(places: Places, width: number): boolean {
  return Object.values(places).every((found) => found.length > 0 && Math.max(...found) < width);
}

/** Counts the lines above the first row of a file without a header: lines without columns. */
function aboveRows(records: readonly HeadRecord[], first: HeadRecord, from: number): number {
  const above = records.filter(({ line }) => line < first.line);
  return above.every(({ fields }) => fields.length === 1) ? first.line - 1 : from;
}

type HeadRecord = FileRecord & { fields: string[] };

/** Returns the records of the head. Does not treat closed quotes as stray. */
function cutHead({ lines, isWhole }: Head, from: number, dialect: Dialect): HeadRecord[] {
  const width = usualWidth(
    lines
      .slice(from)
      .map((line) => splitLine(line, dialect))
      .filter(({ open }) => open === undefined),
  );
  const labelOf = ({ length }: string[]) => (length === width && width > 1 ? '' : undefined);
  const cutter = new RecordCutter({ dialect, first: from + 1, labelOf });
  const records = cutter.cut({ lines: lines.slice(from), isClean: false });
  return [...records, ...(isWhole || records.length < 2 ? cutter.end() : [])].filter(
    (record): record is HeadRecord => record.fields?.some((field) => field.trim() !== '') ?? false,
  );
}

/** Returns the labels that occur twice in the head. */
export function recurringLabels({ rows, places }: Layout): string[] {
  return recurring(rows.map((fields) => fields[places.label?.[0] ?? 0] ?? ''));
}

/** Returns the most frequent number of fields above one. */
function usualWidth(records: readonly { fields: readonly string[] }[]): number {
  const counts = tally(records.map(({ fields }) => fields.length));
  counts.delete(1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [1, 0])[0];
}
