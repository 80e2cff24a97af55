// Batch transform, the error for a line that is not a record.
import { UserError } from './errors';

const shownCharacters = 80;

/** Returns the error for a line. @param reason what is wrong and what to do, without a full stop */
export function invalidLine(number: number, reason: string, line: string): UserError {
  return new UserError(`line ${number}: ${reason}. The line: ${excerptOf(line)}`);
}

/** Returns the start of a line, to show. */
export function excerptOf(line: string): string {
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}
