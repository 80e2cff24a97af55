// Batch transform, a part's file as it is read: whole lines, as many at a time as a request may hold, in little memory.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { UserError } from './errors';

/** Some whole lines of a file. */
export interface Lines {
  bytes: Buffer;
  /** The number of the first of them, from 1. */
  first: number;
}

const lineEnd = 10;

/** Throws a {@link UserError} for a line that is longer than `most` bytes. */
export async function* readLines(path: string, most: number): AsyncGenerator<Lines> {
  let held = Buffer.alloc(0);
  let first = 1;
  const take = (length: number): Lines => {
    const lines = { bytes: held.subarray(0, length), first };
    held = held.subarray(length);
    first += countLines(lines.bytes);
    return lines;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    held = Buffer.concat([held, chunk as Buffer]);
    while (held.length > most) {
      const end = held.lastIndexOf(lineEnd, most - 1);
      if (end < 0) throw tooLong(first, most);
      yield take(end + 1);
    }
  }
  if (held.length > 0) yield take(held.length);
}

function tooLong(line: number, most: number): UserError {
  return new UserError(`line ${line} is longer than the ${most} bytes that a request may hold.`);
}

/** Line ends in some bytes. */
export function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) count += 1;
  return count;
}

/** A stream's lines, without their ends. */
export async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() as string;
    yield* lines;
  }
  if (rest !== '') yield rest;
}
