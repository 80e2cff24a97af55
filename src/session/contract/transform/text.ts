// Batch transform: bytes → lines of UTF-8 text. Rejects other encodings by their names.
import { isUtf8 } from 'node:buffer';
import { UserError } from '../../../platform/errors';

/** First bytes of files that are not UTF-8 text, in hexadecimal digits. */
const beginnings: Readonly<Record<string, string>> = {
  fffe: 'the file is UTF-16. Save it as UTF-8',
  feff: 'the file is UTF-16. Save it as UTF-8',
  '1f8b': 'the file is a gzip archive. Unpack it',
  '504b0304': 'the file is a zip archive or a workbook. Save its table as CSV in UTF-8',
  '50415231': 'the file is a Parquet file. Save its table as CSV or JSON Lines',
};
const byteOrderMark = 'efbbbf';

interface Place {
  /** The number of the first line. */
  first: number;
  forSageMaker: boolean | undefined;
}

/** Returns the lines of whole lines' bytes, with a carriage return where they have one. Throws a {@link UserError}. */
export function decodeLines(bytes: Buffer, { first, forSageMaker }: Place): string[] {
  const start = first === 1 ? bytes.toString('hex', 0, 4) : '';
  for (const [beginning, problem] of Object.entries(beginnings)) {
    if (start.startsWith(beginning)) throw new UserError(`line 1: ${problem}.`);
  }
  const hasMark = start.startsWith(byteOrderMark);
  if (hasMark && forSageMaker) {
    throw new UserError(
      'line 1 begins with a byte order mark, which SageMaker reads as text. Save the file without it.',
    );
  }
  if (bytes.includes(0)) throw describeNul(bytes, first);
  if (!isUtf8(bytes)) throw describeEncoding(bytes, first);
  const text = bytes.toString('utf8', hasMark ? 3 : 0);
  const at = text.search(/\r(?!\n|$)/);
  if (at >= 0) {
    const before = text.slice(0, at).split('\n');
    const reason = 'it contains a carriage return. End lines with LF or CR LF';
    throw invalidLine(first + before.length - 1, reason, before.at(-1) as string);
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** In UTF-16 without a byte order mark, every other byte of Latin letters is 0. */
function describeNul(bytes: Buffer, first: number): UserError {
  const sample = bytes.subarray(0, 256);
  const zeros = sample.reduce((sum, byte) => sum + Number(byte === 0), 0);
  if (first === 1 && zeros > sample.length / 4) return new UserError(`line 1: ${beginnings.fffe}.`);
  const line = lineOf(bytes, bytes.indexOf(0), first);
  return new UserError(`line ${line.number} contains a NUL byte. Remove it, or check that the file is text.`);
}

function describeEncoding(bytes: Buffer, first: number): UserError {
  let start = 0;
  let end = bytes.indexOf(10);
  while (end >= 0 && isUtf8(bytes.subarray(start, end))) {
    start = end + 1;
    end = bytes.indexOf(10, start);
  }
  const line = lineOf(bytes, start, first);
  const guess = new TextDecoder('windows-1252').decode(line.bytes);
  return new UserError(
    `line ${line.number} is not valid UTF-8. Save the file as UTF-8. In Windows-1252, the line would be: ${excerptOf(guess)}`,
  );
}

/** Returns the line around a position. */
function lineOf(bytes: Buffer, position: number, first: number): { number: number; bytes: Buffer } {
  const before = bytes.subarray(0, position);
  const end = bytes.indexOf(10, position);
  return {
    number: first + before.toString('latin1').split('\n').length - 1,
    bytes: bytes.subarray(before.lastIndexOf(10) + 1, end < 0 ? bytes.length : end),
  };
}

const shownCharacters = 80;

/** Returns the error for a line. @param reason what is wrong and what to do, without a full stop */
export function invalidLine(number: number, reason: string, line: string): UserError {
  return new UserError(`line ${number}: ${reason}. The line: ${excerptOf(line)}`);
}

/** Returns the start of a line, to show. */
export function excerptOf(line: string): string {
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}
