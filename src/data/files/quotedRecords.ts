// Physical lines → records, with one rule for quotes that do not close properly.

import { tally } from '../../platform/tally';
import { type Block, maxFieldLength, problemOf, tooLong } from './lines';
import { type Dialect, type Fields, splitLine } from './splitLine';

export interface FileRecord {
  /** The first physical line, counted from 1. */
  line: number;
  /** The number of physical lines it spans. */
  lines: number;
  /** Undefined if the record cannot be read; `problem` has the reason. */
  fields?: string[];
  problem?: string;
  /** See {@link Fields.isBent}. */
  isBent?: boolean;
  /** See {@link Fields.isQuoted}. */
  isQuoted?: boolean;
  /** See {@link Fields.isEscaped}. */
  isEscaped?: boolean;
}

interface RecordOptions {
  dialect: Dialect;
  /** The number of the first line. */
  first: number;
  /** Returns the label of a row, or undefined if the fields are not a row. */
  labelOf: (fields: string[]) => string | undefined;
  /** The labels known so far; grows while rows are read. @default closed quotes are never stray */
  known?: ReadonlySet<string>;
}

/** The facts that decide whether a record that spans lines is a row. */
interface Judged {
  /** The label of each line that would be a row of its own; blank lines are left out. */
  labels: readonly (string | undefined)[];
  /** The record's own label; undefined if it is not a row. */
  label: string | undefined;
  /** See {@link Fields.isTorn}. */
  isTorn: boolean;
}

interface Span extends Judged {
  record: Fields;
  lines: readonly string[];
}

const neverCloses = 'a quote opens here and never closes';
const closesLate = `a quote opens here and does not close within ${maxFieldLength.toLocaleString('en')} characters`;

/**
 * Splits lines into records. A quoted field may span lines. Its quote is a stray one if it does not close within
 * {@link maxFieldLength} characters, or if most of its lines would be rows of their own, with labels that occur
 * elsewhere in the file. That line is then reported, and reading resumes with the next line.
 */
export class RecordCutter {
  /** Spans that are stray if their labels turn out to be known. */
  private readonly doubts: Judged[] = [];
  /** Lines whose record ends in later lines. */
  private waiting: readonly string[] = [];
  private line: number;
  private isClean = true;
  /** An unfinished record, and its number of lines so far. */
  private begun: { record: Fields; lines: number } | undefined;
  /** The start of a field that is too long to keep. */
  private longSince: number | undefined;

  constructor(private readonly options: RecordOptions) {
    this.line = options.first;
  }

  /**
   * Whether the labels known now show that a stray quote was taken for a long field. If so, read again with these labels.
   */
  get isMistaken(): boolean {
    return this.doubts.some((span) => this.isStray(span));
  }

  /** Labels that occur twice inside records; they count if the file has no others. */
  get innerLabels(): string[] {
    return recurring(this.doubts.flatMap(({ labels }) => labels.filter((label) => label !== undefined)));
  }

  /** Returns the records that end in these lines. */
  cut({ lines, isClean }: Block): FileRecord[] {
    this.isClean &&= isClean;
    return this.take(this.waiting.length > 0 ? this.waiting.concat(lines) : lines, false);
  }

  /** Returns the records that the end of the file ends. */
  end(): FileRecord[] {
    const records = this.take(this.waiting, true);
    const { longSince: line } = this;
    if (line !== undefined) records.push({ line, lines: this.line - line, problem: neverCloses });
    return records;
  }

  private take(lines: readonly string[], isEnd: boolean): FileRecord[] {
    const records: FileRecord[] = [];
    let at = 0;
    while (at < lines.length) {
      const next =
        this.longSince === undefined ? this.next(lines, at, isEnd) : this.passOver(lines[at] as string);
      if (next === undefined) break;
      const size = typeof next === 'number' ? next : next.line + next.lines - this.line;
      if (typeof next !== 'number') records.push(next);
      at += size;
      this.line += size;
    }
    this.waiting = lines.slice(at);
    return records;
  }

  /**
   * Returns the record that begins at a line, or the number of lines of a long one; undefined if more lines are needed.
   */
  private next(lines: readonly string[], at: number, isEnd: boolean): FileRecord | number | undefined {
    const { dialect } = this.options;
    const line = lines[at] as string;
    const { record, lines: begun } = this.begun ?? { record: splitLine(line, dialect), lines: 1 };
    this.begun = undefined;
    if (record.open === undefined) return this.toRecord(record, line, 1);
    let end = at + begun;
    while (record.open !== undefined && record.open.length <= maxFieldLength) {
      if (end === lines.length) {
        if (isEnd) break;
        this.begun = { record, lines: end - at };
        return undefined;
      }
      splitLine(lines[end] as string, dialect, record);
      end += 1;
    }
    const span = this.look(record, lines.slice(at, end));
    return record.open === undefined ? this.judge(span) : this.judgeOpen(span, record.open.length);
  }

  private toRecord(
    { fields, isBent = false, isQuoted = false, isEscaped = false }: Fields,
    text: string,
    lines: number,
  ): FileRecord {
    const isLong = text.length > maxFieldLength && fields.some(({ length }) => length > maxFieldLength);
    const problem = isLong ? tooLong : this.isClean ? undefined : problemOf(text);
    const { line } = this;
    return problem === undefined
      ? { line, lines, fields, isBent, isQuoted, isEscaped }
      : { line, lines, problem };
  }

  private look(record: Fields, lines: readonly string[]): Span {
    const { dialect, labelOf } = this.options;
    const labels = lines.filter(isNotBlank).map((line) => {
      const alone = splitLine(line, dialect);
      return labelOf(alone.open === undefined ? alone.fields : line.split(dialect.delimiter));
    });
    const label = record.open === undefined ? labelOf(record.fields) : undefined;
    return { record, lines, labels, label, isTorn: record.isTorn ?? false };
  }

  /** Handles a record that closes: a row, or a stray quote closed by another one. */
  private judge({ record, lines, ...judged }: Span): FileRecord {
    const { labels, label } = judged;
    const { line } = this;
    if (this.isStray(judged)) {
      const close = line + lines.length - 1;
      return {
        line,
        lines: 1,
        problem: `a quote opens here and closes in line ${close}, over lines that are rows`,
      };
    }
    const rows = labels.filter((found) => found !== undefined).length;
    if (rows * 2 > labels.length || label === undefined) this.doubts.push(judged);
    return this.toRecord(record, lines.join('\n'), lines.length);
  }

  private isStray({ labels, label, isTorn }: Judged): boolean {
    if (isTorn || !this.options.known) return isTorn;
    const rows = labels.map((found) => found !== undefined && this.isKnown(found, label));
    const count = rows.filter(Boolean).length;
    return count * 2 > rows.length || (label === undefined && rows.indexOf(true, 1) > 0);
  }

  private isKnown(label: string, own: string | undefined): boolean {
    return label === own || (this.options.known?.has(label) ?? false);
  }

  /** Handles a record that does not close: reports its first line and keeps the rows after it. */
  private judgeOpen({ lines, labels }: Span, length: number): FileRecord | number {
    const { line } = this;
    const isLong = length > maxFieldLength;
    const problem = isLong ? closesLate : neverCloses;
    const rest = labels.slice(1);
    const again = new Set(recurring(rest.filter((label) => label !== undefined)));
    const isRow = (label?: string) =>
      label !== undefined && (this.isKnown(label, undefined) || again.has(label));
    if (rest.filter(isRow).length * 2 > rest.length) return { line, lines: 1, problem };
    if (!isLong) return { line, lines: lines.length, problem };
    this.longSince = line;
    return lines.length;
  }

  /** Reads another line of a field that is too long. */
  private passOver(text: string): FileRecord | number {
    const { open } = splitLine(text, this.options.dialect, { fields: [], open: '' });
    if (open !== undefined) return 1;
    const line = this.longSince as number;
    this.longSince = undefined;
    return { line, lines: this.line + 1 - line, problem: tooLong };
  }
}

function isNotBlank(line: string): boolean {
  return line.trim() !== '';
}

/** Returns the values that occur twice. */
export function recurring(labels: readonly string[]): string[] {
  return [...tally(labels)].flatMap(([label, count]) => (count > 1 ? [label] : []));
}
