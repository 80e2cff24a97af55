// Batch transform, a JSON Lines file: each line is a headline, or an object with a headline in its member "input".

import type { RecordReader } from './rows';
import { invalidLine } from './text';

const resultMember = 'SageMakerOutput';
const toWrite = 'Write {"input": "a headline", …}, one record per line';

/** Sends lines as they are. */
export const objectReader: RecordReader = {
  read(line, number) {
    const problem = findProblem(line);
    if (problem === undefined) return line;
    throw invalidLine(number, problem, line);
  },
  end() {},
};

function findProblem(line: string): string | undefined {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return `it is not JSON. ${toWrite}`;
  }
  if (typeof record === 'string')
    return record.trim() === '' ? `the headline is empty. ${toWrite}` : undefined;
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return `it is ${kindOf(record)}, not a record. ${toWrite}`;
  }
  const { input } = record as { input?: unknown };
  if (!Object.hasOwn(record, 'input')) return `"input" is missing. ${toWrite}`;
  if (typeof input !== 'string') return `"input" is ${kindOf(input)}, not text. ${toWrite}`;
  if (input.trim() === '') return '"input" is empty. Remove the record, or write a headline';
  if (!Object.hasOwn(record, resultMember)) return undefined;
  return `it already has a member "${resultMember}", which the result needs. Rename it`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
