// Step 1, the records: text → one list of fields for each row, with the line where it stands. What a field means is
// the business of headlines.ts and ownData.ts.
import { Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { UserError } from './errors';
import { brokenMark, markBroken, maxLineBytes, openText, readLines, tooLong } from './textFile';

export interface FileRecord {
  /** The line in the file, counted from 1. */
  line: number;
  /** Undefined where the record cannot be read at all; `problem` then says why. */
  fields?: string[];
  problem?: string;
}

/** A file's records, as many at a time as are at hand: waiting for each by itself would cost more than reading it. */
export type Records = AsyncIterable<FileRecord[]>;

/** Records whose fields are parted by tabs, without any quoting: a `"` is an ordinary character. */
export async function* readTabbed(path: string): AsyncGenerator<FileRecord[]> {
  let lines = 0;
  for await (const block of readLines(openText(path), path)) {
    const before = lines;
    yield block.map((text, index) => toRecord(text, before + index + 1));
    lines += block.length;
  }
}

const notUtf8 = 'it is not UTF-8 (save the file as UTF-8)';
const holdsNul = 'it holds a NUL byte';

function toRecord(text: string | undefined, line: number): FileRecord {
  if (text === undefined) return { line, problem: notUtf8 };
  return text.includes('\0') ? { line, problem: holdsNul } : { line, fields: text.split('\t') };
}

/** Records in the quoting of RFC 4180; a quoted field may hold line breaks. */
export async function* readQuoted(path: string, delimiter: string): AsyncGenerator<FileRecord[]> {
  const problems: FileRecord[] = [];
  let lastProblem: number | undefined;
  const parser = parse({
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: maxLineBytes,
    info: true,
    on_skip: (error) => {
      const line = Number(error?.lines);
      if (error?.code === 'CSV_MAX_RECORD_SIZE') parser.destroy(tooLong(path));
      // One line may break the rules twice.
      else if (line !== lastProblem) problems.push({ line, problem: describe(error) });
      lastProblem = line;
      return undefined;
    },
  });
  const source = Readable.from(markBroken(openText(path), path));
  source.on('error', (error) => parser.destroy(error));
  for await (const { record: fields, info } of source.pipe(parser)) {
    const { lines: line }: { lines: number } = info;
    // The parser tells of them at once, and of the records before them later.
    const later = problems.findIndex((problem) => problem.line > line);
    const problem = whatIsBroken(fields);
    yield [
      ...problems.splice(0, later < 0 ? problems.length : later),
      problem === undefined ? { line, fields } : { line, problem },
    ];
  }
  yield problems;
}

function whatIsBroken(fields: readonly string[]): string | undefined {
  if (fields.some((field) => field.includes(brokenMark))) return notUtf8;
  return fields.some((field) => field.includes('\0')) ? holdsNul : undefined;
}

function describe(error: CsvError | undefined): string {
  return error?.code === 'CSV_QUOTE_NOT_CLOSED'
    ? 'a quote is opened and not closed'
    : 'its quoting is broken';
}

/** The first lines of a file, as many as there are up to `count`; for telling its layout. */
export async function firstLines(path: string, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const block of readLines(openText(path), path)) {
    lines.push(...block.map((line) => line ?? '').slice(0, count - lines.length));
    if (lines.length === count) break;
  }
  return lines;
}

/** Passes over the first record. */
export async function* withoutHeader(records: Records): AsyncGenerator<FileRecord[]> {
  let isFirst = true;
  for await (const block of records) {
    yield isFirst ? block.slice(1) : block;
    if (block.length > 0) isFirst = false;
  }
}

/** A line that was passed over, and why. */
export interface SkippedLine {
  /** The first physical line, counted from 1. */
  line: number;
  /** How many physical lines it spans. */
  lines: number;
  reason: string;
}

/**
 * One file as it stands. Every physical line is accounted for: header + lines of rows + blank + skipped + repeated
 * headers = lines.
 */
export interface FileRows<Row> {
  rows: Row[];
  /** Malformed lines. */
  skipped: SkippedLine[];
  /** Lines of headers met again further down, as in files put together by `cat`. */
  repeatedHeaders: number[];
  /** Physical lines of the file. */
  lines: number;
  /** Lines without content. */
  blank: number;
  /** Lines up to the names of the columns, with what stands above them. */
  header: number;
}

/** Of a file's lines, this share may be malformed and is skipped; of small files, this many lines, but never half. */
const skippable = { share: 0.01, lines: 10 };

/** A row, or a string that says why there is none. */
export type ToRow<Row> = (fields: string[]) => Row | string;

/**
 * Makes rows of a file's records. Throws a {@link UserError} with the first reasons where more lines are malformed than
 * a typing error explains, or none is left.
 */
export async function collectRows<Row extends object>(
  path: string,
  records: Records,
  toRow: ToRow<Row>,
): Promise<FileRows<Row>> {
  return demandRows(path, await gatherRows(records, toRow));
}

/** The same, however many lines are malformed. */
export async function gatherRows<Row extends object>(
  records: Records,
  toRow: ToRow<Row>,
): Promise<FileRows<Row>> {
  const rows: Row[] = [];
  const skipped: SkippedLine[] = [];
  for await (const block of records) {
    for (const { line, fields, problem } of block) {
      const row = fields ? toRow(fields) : (problem as string);
      if (typeof row === 'string') skipped.push({ line, lines: 1, reason: row });
      else rows.push(row);
    }
  }
  return { rows, skipped, repeatedHeaders: [], lines: rows.length + skipped.length, blank: 0, header: 0 };
}

/** What was gathered, unless too much of it is malformed: see {@link collectRows}. */
export function demandRows<Row>(path: string, file: FileRows<Row>): FileRows<Row> {
  const { rows, skipped } = file;
  const all = rows.length + skipped.length;
  if (all === 0) throw new UserError(`${path} has a header and no rows.`);
  const allowed = Math.max(skippable.lines, skippable.share * all);
  if (skipped.length < rows.length && skipped.length <= allowed) return file;
  throw new UserError(
    `${path}: ${skipped.length} of ${all} lines are malformed, too many to pass over. Correct them, or check that it ` +
      `is the right file.\n${describeSkipped(skipped)}`,
  );
}

/** The first skipped lines, one to a line. */
export function describeSkipped(skipped: readonly SkippedLine[], shown = 5): string {
  const lines = skipped.slice(0, shown).map(({ line, reason }) => `line ${line}: ${reason}`);
  if (skipped.length > shown) lines.push(`… and ${skipped.length - shown} more`);
  return lines.join('\n');
}
