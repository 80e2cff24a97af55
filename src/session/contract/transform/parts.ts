// Batch transform, its input and output: a folder's files are the parts, and each part's results are a file beside it in
// name. The same names on this machine and in S3.
import { extname } from 'node:path';
import type { MediaType } from '../../../container/serving/codecs/codecs';
import { UserError } from '../../../platform/errors';

/** What a part may hold: a record a line. */
export type RecordType = Extract<MediaType, 'application/jsonlines' | 'text/csv'>;

const types: Readonly<Record<string, RecordType>> = {
  '.jsonl': 'application/jsonlines',
  '.csv': 'text/csv',
};

/** The file of a part's results. */
export function outputOf(part: string): string {
  return `${part}.out`;
}

/**
 * What all parts hold, by their names' ends. Throws a {@link UserError} where there is no part, one of another kind, two
 * kinds, or a column is chosen of what has none.
 */
export function typeOfParts(parts: readonly string[], column: number | undefined): RecordType {
  const found = new Map<RecordType, string>();
  for (const part of parts) {
    const type = types[extname(part).toLowerCase()];
    if (!type) {
      throw new UserError(
        `${part} is no part of a batch transform: its files end in ${Object.keys(types).join(' or ')}.`,
      );
    }
    found.set(type, part);
  }
  const [type, another] = found.keys();
  if (!type) throw new UserError('There is nothing to transform: the input has no file.');
  if (another) {
    throw new UserError(
      `The input is of two kinds: ${[...found.values()].join(' and ')}. Start a batch transform for each.`,
    );
  }
  if (column === undefined) return type;
  if (!Number.isInteger(column) || column < 0) {
    throw new UserError(`column is ${column}; it must be a whole number, 0 for the first column.`);
  }
  if (type === 'text/csv') return type;
  throw new UserError(
    'column chooses a column of CSV, and the input is JSON Lines: leave it out, and write {"input": "a headline", …}.',
  );
}

/** In the order in which results are read. */
export function inOrder(parts: Iterable<string>): string[] {
  return [...parts].sort();
}

/** Why results cannot be read yet. */
export function describeMissing(name: string, missing: readonly string[]): string {
  return (
    `Batch transform ${name} has no results for ${missing.length} parts, of which the first is ${missing[0]}. Wait for it; ` +
    'where it has ended, resume() on it goes on with these.'
  );
}
