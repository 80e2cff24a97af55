// Batch transform, step 1: a part's bytes → batches of records, one for each request. Used both to send records and to check
// them before anything is billed, so that the same files are valid everywhere.

import { UserError } from '../../../platform/errors';
import { parseCsvLine } from './csvLine';
import { readLines } from './lines';
import { objectReader } from './objects';
import type { RecordType } from './parts';
import { createRowReader, OpenQuote, type RowRules } from './rows';
import { decodeLines, excerptOf, invalidLine } from './text';

/** Records that are sent together. The lists have equal lengths. */
export interface Batch {
  /** The records' lines, unchanged. */
  lines: string[];
  /** Line numbers, from 1. */
  numbers: number[];
  /** The part of each line that is sent. */
  sent: string[];
}

export interface InputRules extends RowRules {
  type: RecordType;
  /** Whether SageMaker reads the part: unlike this machine, it skips neither blank lines nor a byte order mark. @default false */
  forSageMaker?: boolean;
}

type Chunks = AsyncIterable<Buffer>;

/**
 * Yields a part's records in order, each once, as many in a batch as fit into `most` bytes. Blank lines are not records. Throws
 * a {@link UserError} that names the first line that is not a valid record.
 */
export async function* readBatches(chunks: Chunks, rules: InputRules, most: number): AsyncGenerator<Batch> {
  const reader = rules.type === 'text/csv' ? createRowReader(rules) : objectReader;
  for await (const { bytes, first } of readLines(chunks, most)) {
    const lines = decodeLines(bytes, { first, forSageMaker: rules.forSageMaker });
    const batch: Batch = { lines: [], numbers: [], sent: [] };
    for (const [index, ended] of lines.entries()) {
      const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
      const number = first + index;
      if (isBlank(line)) {
        if (!rules.forSageMaker) continue;
        throw new UserError(`line ${number} is blank, and SageMaker takes it for a record. Remove it.`);
      }
      try {
        batch.sent.push(reader.read(line, number));
      } catch (error) {
        throw error instanceof OpenQuote ? describeOpenQuote(lines, index, first) : error;
      }
      batch.lines.push(line);
      batch.numbers.push(number);
    }
    if (batch.lines.length > 0) yield batch;
  }
  reader.end();
}

/** Returns the number of columns in the first row of a CSV file; undefined if it cannot be read. */
export async function countColumns(chunks: Chunks): Promise<number | undefined> {
  try {
    for await (const { bytes } of readLines(chunks, mostRowBytes)) {
      const line = bytes
        .toString()
        .split(/\r?\n/)
        .find((line) => !isBlank(line));
      const cells = parseCsvLine(line ?? '"');
      return Array.isArray(cells) ? cells.length : undefined;
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return undefined;
}

/** Upper limit of the first row, in bytes. */
const mostRowBytes = 1_048_576;

function isBlank(line: string): boolean {
  return line === '' || (line.charCodeAt(0) <= 32 && line.trim() === '');
}

/**
 * Describes a line that ends within quotes.
 * @param first the number of the first line
 */
function describeOpenQuote(lines: readonly string[], index: number, first: number): UserError {
  const [start, line] = [first + index, lines[index] as string];
  const closing = lines.findIndex((line, at) => at > index && line.split('"').length % 2 === 0);
  if (closing < 0) return invalidLine(start, 'a quote is never closed. Close it, or remove it', line);
  return new UserError(
    `a record spans lines ${start} to ${first + closing}: batch transform splits by line. Put it on one line, or use JSON ` +
      `Lines. If the quote in line ${start} is stray, remove it. The line: ${excerptOf(line)}`,
  );
}
