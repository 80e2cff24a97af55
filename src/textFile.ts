// Step 1, the file: a path → UTF-8 text in pieces, whatever the file was saved as (gzip, zip, UTF-16, with a byte
// order mark). Memory stays flat; what the text means is the business of records.ts.
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { UserError } from './errors';
import { readZippedTable } from './zipTable';

type Bytes = AsyncIterable<Buffer>;

/** The longest line that a text file of rows may have, in bytes. */
export const maxLineBytes = 1_000_000;

/**
 * The text of a file as UTF-8, without a byte order mark; what is appended while reading is left out.
 * Gzip and zip archives are unpacked (of a zip, its table). Throws a {@link UserError} for a file that is missing, a
 * folder or a pipe, empty, damaged, or not text.
 */
export async function* openText(path: string): AsyncGenerator<Buffer> {
  try {
    yield* toUtf8(await unpack(path), path);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, path);
  }
}

/**
 * The lines of UTF-8 text in blocks, without line ends (LF or CRLF). A line that is not UTF-8 is undefined.
 * Throws a {@link UserError} for a line above {@link maxLineBytes}.
 */
export async function* readLines(text: Bytes, path: string): AsyncGenerator<(string | undefined)[]> {
  for await (const block of wholeLines(text, path)) yield decodeLines(withoutLineFeed(block));
}

/** What stands for bytes that are not UTF-8 in {@link markBroken}: a code point that no text holds. */
export const brokenMark = '\uffff';

/**
 * The same text, valid throughout: in a line that is not UTF-8, what is wrong has become {@link brokenMark}. Throws a
 * {@link UserError} for a line above {@link maxLineBytes}.
 */
export async function* markBroken(text: Bytes, path: string): AsyncGenerator<Buffer> {
  for await (const block of wholeLines(text, path)) {
    if (isUtf8(block)) yield block;
    else yield Buffer.from(splitLines(block).map(decodeMarked).join('\n'));
  }
}

/** Pieces that end with a line; the last one may lack its line feed. */
async function* wholeLines(text: Bytes, path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of text) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = bytes.lastIndexOf(0x0a) + 1;
    rest = bytes.subarray(end);
    if (rest.length > maxLineBytes) throw tooLong(path);
    if (end > 0) yield bytes.subarray(0, end);
  }
  if (rest.length > 0) yield rest;
}

/** For a line that no file of rows would have. */
export function tooLong(path: string): UserError {
  return new UserError(
    `${path} has a line of more than ${maxLineBytes} bytes: it is no file of rows. Check the path.`,
  );
}

function withoutLineFeed(block: Buffer): Buffer {
  return block.at(-1) === 0x0a ? block.subarray(0, -1) : block;
}

function decodeLines(block: Buffer): (string | undefined)[] {
  const text = decode(block);
  if (text !== undefined) return text.split('\n').map(withoutReturn);
  return splitLines(block).map((line) => {
    const decoded = decode(line);
    return decoded === undefined ? undefined : withoutReturn(decoded);
  });
}

function splitLines(block: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start <= block.length; ) {
    const found = block.indexOf(0x0a, start);
    const end = found < 0 ? block.length : found;
    lines.push(block.subarray(start, end));
    start = end + 1;
  }
  return lines;
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
  return decode(line) ?? line.toString().replaceAll('\ufffd', brokenMark);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The file's bytes, out of the archive where it is one. */
async function unpack(path: string): Promise<Bytes> {
  const { size, head } = await look(path);
  if (head.readUInt32BE(0) === 0x504b0304) return readZippedTable(path);
  const bytes = createReadStream(path, { end: size - 1 });
  return head.readUInt16BE(0) === 0x1f8b ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
}

async function look(path: string): Promise<{ size: number; head: Buffer }> {
  // Asked before it is opened: opening a pipe waits for who writes into it.
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) {
    throw new UserError(`${path} is a pipe or a device, not a file. Save the rows in a file and name that.`);
  }
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(4);
    await file.read(head, 0, 4, 0);
    if (size === 0) throw new UserError(`${path} is empty.`);
    return { size, head };
  } finally {
    await file.close();
  }
}

/** Takes the byte order mark away and turns UTF-16 into UTF-8. */
async function* toUtf8(bytes: Bytes, path: string): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (let chunk of bytes) {
    if (isFirst) {
      const mark = chunk.subarray(0, 3).toString('hex');
      if (mark.startsWith('fffe')) decoder = new TextDecoder('utf-16le');
      else if (mark.startsWith('feff')) decoder = new TextDecoder('utf-16be');
      else if (mark === 'efbbbf') chunk = chunk.subarray(3);
      if (!decoder && chunk.subarray(0, 4096).includes(0)) {
        throw new UserError(`${path} is a binary file, not text.`);
      }
    }
    isFirst = false;
    yield decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
  }
}

function explain(error: NodeJS.ErrnoException, path: string): Error {
  const reasons: Record<string, string> = {
    ENOENT: `There is no file ${path}. Check the path, or leave it out.`,
    EISDIR: `${path} is a folder. Name the file with the rows in it.`,
    EACCES: `${path} may not be read by this user. Change its permissions.`,
    Z_DATA_ERROR: `${path} is a damaged gzip file. Get it again.`,
    Z_BUF_ERROR: `${path} is a gzip file that was cut off. Get it again.`,
  };
  const reason = reasons[error.code ?? ''];
  if (reason) return new UserError(reason);
  return error instanceof UserError ? error : new UserError(`${path} cannot be read: ${error.message}`);
}
