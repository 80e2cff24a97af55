// Batch transform, one request of it: a part's lines → the body of a request, and its answer → joined lines. The joining
// is SageMaker's for JoinSource "Input": SageMakerOutput is added to an object, and columns to a row.
import type { parse as Parse } from 'csv-parse/sync';
import { UserError } from './errors';
import type { RecordType } from './transformParts';

/** Whole lines of a part, as they stand there. */
export interface Batch {
  /** Without blank ones, which are no records. */
  lines: string[];
  /** Of each, from 1. */
  numbers: number[];
}

/** The lines in some bytes. @param first the number of the first of them */
export function toBatch(bytes: Buffer, first: number): Batch {
  const batch: Batch = { lines: [], numbers: [] };
  const text = bytes.toString();
  for (let start = 0, number = first; start < text.length; number++) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const line =
      text.charCodeAt(end - 1) === carriageReturn ? text.slice(start, end - 1) : text.slice(start, end);
    if (!isBlank(line)) {
      batch.lines.push(line);
      batch.numbers.push(number);
    }
    start = end + 1;
  }
  return batch;
}

const carriageReturn = 13;

function isBlank(line: string): boolean {
  return line === '' || (line.charCodeAt(0) <= 32 && line.trim() === '');
}

/** What is sent of the lines: all of them, or one column of each. */
export function toBody(lines: readonly string[], column: number | undefined): string {
  return (column === undefined ? lines : lines.map((line) => pickColumn(line, column))).join('\n');
}

/** A row without that column, or that is none, is sent as it is: the server says what is wrong with it. */
function pickColumn(line: string, column: number): string {
  const cell = columnsOf(line)?.[column];
  return cell === undefined ? line : quote(cell);
}

function columnsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const { parse } = require('csv-parse/sync') as { parse: typeof Parse };
  try {
    return parse(line, { relax_column_count: true, relax_quotes: true })[0];
  } catch {
    return undefined;
  }
}

function quote(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}

/**
 * Each line with its answer, ready to be written. The server has read the lines, so that what looks like an object is one.
 * Throws a {@link UserError} where there are not as many answers as lines.
 */
export function join(lines: readonly string[], answer: string, type: RecordType): string {
  const joinOne = type === 'text/csv' ? joinRow : joinRecord;
  let joined = '';
  let start = 0;
  for (const line of lines) {
    const end = answer.indexOf('\n', start);
    if (end < 0) throw new UserError(`there are fewer answers than the ${lines.length} records.`);
    joined += joinOne(line, answer.slice(start, end));
    start = end + 1;
  }
  if (start !== answer.length)
    throw new UserError(`there are more answers than the ${lines.length} records.`);
  return joined;
}

function joinRow(line: string, answer: string): string {
  return `${line},${answer}\n`;
}

function joinRecord(line: string, answer: string): string {
  const record = line.trim();
  if (!record.startsWith('{')) return `{"SageMakerInput":${record},"SageMakerOutput":${answer}}\n`;
  return `${record.slice(0, -1)},"SageMakerOutput":${answer}}\n`;
}
