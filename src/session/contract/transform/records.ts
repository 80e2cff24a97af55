// Batch transform: records and their predictions → joined lines, as SageMaker joins them for JoinSource "Input":
// SageMakerOutput is added to an object, and columns to a row.
import { UserError } from '../../../platform/errors';
import type { RecordType } from './parts';

/**
 * Joins each line with its prediction. The lines must be valid records. Throws a {@link UserError} if the numbers of lines
 * and predictions differ.
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
