// Batch transform: splits a part's bytes into blocks of whole lines, each as large as a request may be. Copies each byte a
// fixed number of times, whatever the sizes of requests and chunks.
import type { Readable } from 'node:stream';
import { UserError } from '../../../platform/errors';

/** A block of whole lines of a file. */
export interface Lines {
  bytes: Buffer;
  /** Number of the first line, from 1. */
  first: number;
}

const lineEnd = 10;

/** Yields blocks of whole lines of at most `most` bytes. Throws a {@link UserError} for a longer line. */
export async function* readLines(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Lines> {
  let pieces: Buffer[] = [];
  let length = 0;
  let first = 1;
  for await (const chunk of chunks) {
    pieces.push(chunk);
    length += chunk.length;
    if (length <= most) continue;
    let held = Buffer.concat(pieces);
    while (held.length > most) {
      const end = held.lastIndexOf(lineEnd, most - 1) + 1;
      if (end === 0) throw tooLong(held, first, most);
      const bytes = held.subarray(0, end);
      yield { bytes, first };
      first += countLines(bytes);
      held = held.subarray(end);
    }
    pieces = [held];
    length = held.length;
  }
  if (length > 0) yield { bytes: Buffer.concat(pieces), first };
}

function tooLong(held: Buffer, line: number, most: number): UserError {
  const toDo = held.includes('\r') ? 'End lines with LF or CR LF' : 'Shorten it';
  return new UserError(`line ${line} is longer than the ${most} bytes that a request may hold. ${toDo}.`);
}

/** Counts line ends. */
export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) count += 1;
  return count;
}

/** Yields a stream's lines, without their ends. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let pieces: string[] = [];
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (chunk as string).split('\n');
    const rest = lines.pop() as string;
    if (lines.length > 0) {
      yield pieces.join('') + lines[0];
      yield* lines.slice(1);
      pieces = [];
    }
    pieces.push(rest);
  }
  const last = pieces.join('');
  if (last !== '') yield last;
}
