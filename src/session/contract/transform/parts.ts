// Batch transform: names and types of parts. Each file of the input is a part, and its results have its name and ".out", on
// this machine and in S3.
import { extname } from 'node:path';
import type { MediaType } from '../../../container/serving/codecs/codecs';
import { UserError } from '../../../platform/errors';

/** Content types of parts, which hold one record per line. */
export type RecordType = Extract<MediaType, 'application/jsonlines' | 'text/csv'>;

const types: Readonly<Record<string, RecordType>> = {
  '.jsonl': 'application/jsonlines',
  '.csv': 'text/csv',
};

/** Returns the name of the file with a part's results. */
export function outputOf(part: string): string {
  return `${part}.out`;
}

/**
 * Returns the content type of all parts, from their extensions. Throws a {@link UserError} without a part, or if an extension
 * is unknown, the types differ, or a column is chosen for JSON Lines.
 */
export function typeOfParts(parts: readonly string[], column: number | undefined): RecordType {
  const found = new Map<RecordType, string>();
  for (const part of parts) {
    const type = types[extname(part).toLowerCase()];
    if (!type) {
      throw new UserError(
        `${part} is not an input of batch transform: rename it to end in ${Object.keys(types).join(' or ')}.`,
      );
    }
    found.set(type, part);
  }
  const [type, another] = found.keys();
  if (!type) throw new UserError('Nothing to transform: the input contains no file.');
  if (another) {
    throw new UserError(
      `The input mixes file types: ${[...found.values()].join(' and ')}. Start a batch transform for each type.`,
    );
  }
  if (column === undefined) return type;
  if (!Number.isInteger(column) || column < 0) {
    throw new UserError(`column is ${column}; it must be a whole number, 0 for the first column.`);
  }
  if (type === 'text/csv') return type;
  throw new UserError(
    'column applies to CSV, and the input is JSON Lines. Leave column out, and write {"input": "a headline", …} on each line.',
  );
}

/** Sorts parts into the order in which results are read. */
export function inOrder(parts: Iterable<string>): string[] {
  return [...parts].sort();
}

/** Returns the sentence for results that cannot be read yet. */
export function describeMissing(name: string, missing: readonly string[]): string {
  return (
    `Batch transform ${name} has no results yet for ${missing.length} parts; the first is ${missing[0]}. Wait for it, or if ` +
    'it has ended, call resume() to do the missing parts.'
  );
}
