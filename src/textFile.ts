// Step 1, the file: a path → UTF-8 text in pieces, whatever the file was saved as (gzip, zip, UTF-16, with a byte
// order mark). Memory stays flat; what the text means is the business of records.ts.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import yauzl from 'yauzl';
import { UserError } from './errors';

type Bytes = AsyncIterable<Buffer>;

/** The longest line that a text file of rows may have, in bytes. */
export const maxLineBytes = 1_000_000;

/**
 * The text of a file as UTF-8, without a byte order mark; what is appended while reading is left out.
 * Gzip and zip archives are unpacked (of a zip, its one .csv, .tsv or .txt file). Throws a {@link UserError} for a
 * file that is missing, a folder, empty, damaged, or not text.
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
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of text) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    const end = bytes.lastIndexOf(0x0a);
    rest = bytes.subarray(end + 1);
    if (rest.length > maxLineBytes) throw tooLong(path);
    if (end >= 0) yield decodeLines(bytes.subarray(0, end));
  }
  if (rest.length > 0) yield decodeLines(rest);
}

/** For a line that no file of rows would have. */
export function tooLong(path: string): UserError {
  return new UserError(
    `${path} has a line of more than ${maxLineBytes} bytes: it is no file of rows. Check the path.`,
  );
}

function decodeLines(block: Buffer): (string | undefined)[] {
  const text = decode(block);
  if (text !== undefined) return text.split('\n').map(withoutReturn);
  const lines: (string | undefined)[] = [];
  for (let start = 0; start <= block.length; ) {
    const found = block.indexOf(0x0a, start);
    const end = found < 0 ? block.length : found;
    const line = decode(block.subarray(start, end));
    lines.push(line === undefined ? undefined : withoutReturn(line));
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

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** The file's bytes, out of the archive where it is one. */
async function unpack(path: string): Promise<Bytes> {
  const { size, head } = await look(path);
  if (head.readUInt32BE(0) === 0x504b0304) return await openZip(path);
  const bytes = createReadStream(path, { end: size - 1 });
  return head.readUInt16BE(0) === 0x1f8b ? bytes.pipe(createGunzip()) : bytes;
}

async function look(path: string): Promise<{ size: number; head: Buffer }> {
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

/** The first entry of a zip archive that is a table. */
function openZip(path: string): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true }, (error, archive) => {
      if (error) return reject(error);
      archive.on('error', reject);
      archive.on('end', () => reject(new UserError(`${path} holds no .csv, .tsv or .txt file.`)));
      archive.on('entry', (entry) => {
        const isTable = /\.(csv|tsv|txt)$/i.test(entry.fileName) && !entry.fileName.startsWith('__MACOSX/');
        if (!isTable) return archive.readEntry();
        archive.openReadStream(entry, (failed, stream) => (failed ? reject(failed) : resolve(stream)));
      });
      archive.readEntry();
    });
  });
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
