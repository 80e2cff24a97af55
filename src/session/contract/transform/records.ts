// Batch transform, the answer to a request → joined lines. The joining is SageMaker's for JoinSource "Input":
// SageMakerOutput is added to an object, and columns to a row.
import { UserError } from '../../../platform/errors';
import type { RecordType } from './parts';

/**
 * Joins each line with its answer, ready to be written. The lines are valid records, so what looks like an object is one.
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
