// Splits a file into its physical lines. CRLF, LF and CR each end a line, in any mix; memory stays flat.
import { TextDecoder } from 'node:util';
import { UserError } from '../../platform/errors';
import { openText } from './textFile';

/** Stands for bytes that are not UTF-8: a code point that no text holds. */
const brokenMark = '\uffff';
/** Stands for a line that is too long to be kept. */
const longLine = '\ufffe';

/** The most characters that a field may have. */
export const maxFieldLength = 1_000_000;
/** The most bytes of a line that are kept: several fields of that length, in any script. */
const keptBytes = 4_000_000;
/** A line with more bytes than this is an error: the file is not a table. */
const maxLineBytes = 100_000_000;

/** Lines without their ends. */
export interface Block {
  lines: string[];
  /** Whether {@link problemOf} finds no problem in them. */
  isClean: boolean;
}

/**
 * Yields the lines of a file in blocks, without line ends and byte order marks. {@link problemOf} finds the lines that
 * cannot be used. Throws a {@link UserError} for a file that `openText()` rejects and for a line without end.
 */
export async function* readLines(path: string): AsyncGenerator<Block> {
  let rest: Buffer[] = [];
  let length = 0;
  let number = 1;
  for await (const chunk of openText(path)) {
    const end = lastLineEnd(chunk);
    if (end > 0) {
      rest.push(chunk.subarray(0, end));
      const block = length + end > keptBytes ? splitLong(rest, length) : split(Buffer.concat(rest));
      number += block.lines.length;
      yield block;
      [rest, length] = [[], 0];
    }
    length += chunk.length - end;
    if (length > maxLineBytes) throw endless(path, number);
    // Only the length of a line too long to keep matters.
    if (length <= keptBytes || rest.length === 0) rest.push(chunk.subarray(end));
  }
  if (length > 0)
    yield length > keptBytes ? { lines: [longLine], isClean: false } : split(Buffer.concat(rest));
}

/** Reads the first lines of a file: at most `count`, with about `characters` in total. */
export async function readHead(path: string, { count = 1000, characters = 1_000_000 } = {}): Promise<Head> {
  const lines: string[] = [];
  let left = characters;
  for await (const block of readLines(path)) {
    for (const line of block.lines) {
      if (lines.length >= count || left <= 0) return { lines, isWhole: false };
      lines.push(line);
      left -= line.length;
    }
  }
  return { lines, isWhole: true };
}

export interface Head {
  lines: string[];
  /** Whether the file has no more lines. */
  isWhole: boolean;
}

export const notUtf8 = 'it is not UTF-8 (save the file as UTF-8)';

/** Returns why the text of a line or record cannot be used, or undefined. */
export function problemOf(text: string): string | undefined {
  if (text.includes('\0')) return 'it contains a NUL byte';
  if (text.includes(brokenMark)) return notUtf8;
  return text.includes(longLine) ? tooLong : undefined;
}

export const tooLong = `it has a field of more than ${maxFieldLength.toLocaleString('en')} characters`;

function endless(path: string, line: number): UserError {
  return new UserError(
    `${path}, line ${line}, has more than ${maxLineBytes.toLocaleString('en')} bytes: it is not a table. Check the path.`,
  );
}

/** Returns the place after the last line end. A CR at the very end waits for the LF that may follow. */
function lastLineEnd(chunk: Buffer): number {
  return Math.max(chunk.lastIndexOf(0x0a), chunk.lastIndexOf(0x0d, -2)) + 1;
}

/** Splits blocks whose first line is too long to keep. */
function splitLong(blocks: readonly Buffer[], before: number): Block {
  const last = blocks.at(-1) as Buffer;
  const ends = [last.indexOf(0x0a), last.indexOf(0x0d)].filter((end) => end >= 0);
  const end = Math.min(...ends);
  if (before + end <= keptBytes) return split(Buffer.concat(blocks));
  const { lines } = split(last.subarray(end));
  return { lines: [longLine, ...lines.slice(1)], isClean: false };
}

function split(bytes: Buffer): Block {
  const text = decode(bytes);
  if (text !== undefined) return { lines: splitText(text), isClean: problemOf(text) === undefined };
  const lines = splitText(bytes.toString('latin1')).map((line) => decodeMarked(Buffer.from(line, 'latin1')));
  return { lines, isClean: false };
}

function splitText(text: string): string[] {
  let plain = text;
  if (plain.includes('\r')) plain = plain.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  if (plain.endsWith('\n')) plain = plain.slice(0, -1);
  const lines = plain.split('\n');
  return plain.includes('\ufeff') ? lines.map(withoutMark) : lines;
}

/** Files concatenated with `cat` have byte order marks in the middle. */
function withoutMark(line: string): string {
  return line.startsWith('\ufeff') ? line.slice(1) : line;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeMarked(line: Buffer): string {
  return withoutMark(decode(line) ?? line.toString().replaceAll('\ufffd', brokenMark));
}
