// A path → its unpacked bytes, or its text converted to UTF-8. Memory stays flat. Does not interpret the text.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../platform/errors';
import { rejectAddress, rejectOtherKinds } from './fileKinds';
import { toUtf8 } from './utf16';
import { readZippedTable } from './zipTable';

/**
 * Yields the text of a file as UTF-8, without a byte order mark. Ignores data appended while reading. Unpacks gzip files,
 * and the table in a zip archive. Throws a {@link UserError} for a file that is missing, a folder or a pipe, empty,
 * damaged, or not text.
 */
export async function* openText(path: string): AsyncGenerator<Buffer> {
  yield* toUtf8(onlyText(openBytes(path), path), path);
}

/** Yields the bytes of a file, unpacked. Throws a {@link UserError} for a file that cannot be read. */
export async function* openBytes(path: string): AsyncGenerator<Buffer> {
  try {
    yield* await unpack(path);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, path);
  }
}

/** Returns the first bytes of a file, unpacked. Throws as {@link openBytes} does. */
export async function openHead(path: string): Promise<Buffer> {
  for await (const chunk of openBytes(path)) return chunk;
  throw isEmpty(path);
}

async function* onlyText(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let isFirst = true;
  for await (const chunk of bytes) {
    if (isFirst) rejectOtherKinds(chunk, path);
    isFirst = false;
    yield chunk;
  }
  if (isFirst) throw isEmpty(path);
}

/** Yields the file's bytes, unpacked if it is an archive. */
async function unpack(path: string): Promise<AsyncIterable<Buffer>> {
  rejectAddress(path);
  const { size, head } = await look(path);
  if (head.readUInt32BE(0) === 0x504b0304) return readZippedTable(path);
  const bytes = createReadStream(path, { end: size - 1 });
  if (head.readUInt16BE(0) !== 0x1f8b) return bytes;
  return pipeline(bytes, createGunzip(), () => undefined);
}

async function look(path: string): Promise<{ size: number; head: Buffer }> {
  // Checked before opening, which would block on a pipe without a writer.
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) {
    throw new UserError(`${path} is a pipe or a device, not a file. Save the rows in a file and name that.`);
  }
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(4);
    await file.read(head, 0, 4, 0);
    if (size === 0) throw isEmpty(path);
    return { size, head };
  } finally {
    await file.close();
  }
}

function isEmpty(path: string): UserError {
  return new UserError(`${path} is empty.`);
}

function explain(error: NodeJS.ErrnoException, path: string): Error {
  const reasons: Record<string, string> = {
    ENOENT: `${path} does not exist. Check the path, or leave it out.`,
    EISDIR: `${path} is a folder. Name the file with the rows in it.`,
    EACCES: `${path} is not readable for this user. Change its permissions.`,
    Z_DATA_ERROR: `${path} is a damaged gzip file. Get a fresh copy.`,
    Z_BUF_ERROR: `${path} is a gzip file that was cut off. Get a fresh copy.`,
  };
  const reason = reasons[error.code ?? ''];
  if (error instanceof UserError) return error;
  return new UserError(reason ?? `${path} cannot be read: ${error.message}`, { cause: error });
}
