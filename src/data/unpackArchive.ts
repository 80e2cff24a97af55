// The archive's bytes → newsCorpora.csv, checked by CRC-32, size and line.
import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { UserError } from '../platform/errors';
import { Failure } from './archiveFailure';
import { rejectMore } from './fetchArchive';
import { problemOf, readLines } from './files/lines';
import { categories } from './headlines';

export const fileName = 'newsCorpora.csv';
/** Node has it since 20.15; before that, only sizes and rows are checked. */
const hasCrc32 = typeof crc32 === 'function';

interface UnpackOptions {
  /** The file to write. */
  path: string;
  /** The largest accepted size of that file, in bytes. */
  maxBytes: number;
  signal: AbortSignal | undefined;
}

/**
 * Writes the archive's newsCorpora.csv and returns its number of rows. Throws a {@link Failure} if the archive is damaged
 * or lacks the file.
 */
export async function unpackNews(archive: Buffer, options: UnpackOptions): Promise<number> {
  const { path, signal } = options;
  try {
    // Names as bytes: yauzl would reject the whole archive for an unsafe path, but names are not used as paths here.
    const zip = await yauzl.fromBufferPromise(archive, { decodeStrings: false });
    await writeFile(path, unzip(zip, options), { signal });
  } catch (error) {
    // Other errors come from yauzl or zlib: the bytes are damaged.
    if (error instanceof Failure || 'syscall' in (error as object) || signal?.aborted) throw error;
    throw new Failure(`the archive is damaged (${(error as Error).message})`);
  }
  return await checkRows(options);
}

async function* unzip(zip: yauzl.ZipFile, { maxBytes }: UnpackOptions): AsyncGenerator<Buffer> {
  const entry = await findFile(zip);
  let bytes = 0;
  let sum = 0;
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    rejectMore(fileName, bytes, maxBytes);
    if (hasCrc32) sum = crc32(chunk, sum);
    yield chunk;
  }
  if (hasCrc32 && sum !== entry.crc32) throw new Failure(`the CRC-32 of its ${fileName} is wrong`);
}

/** Finds the file in any folder of the archive. */
async function findFile(zip: yauzl.ZipFile): Promise<yauzl.Entry> {
  const names: string[] = [];
  for await (const entry of zip.eachEntry()) {
    const name = String(entry.fileName);
    if (name.split(/[\\/]/).at(-1) === fileName) return entry;
    names.push(name);
  }
  const found = names.slice(0, 5).join(', ') || 'nothing';
  throw new Failure(`there is no ${fileName} in the archive, but ${found}`);
}

async function checkRows({ path, signal }: UnpackOptions): Promise<number> {
  let count = 0;
  try {
    for await (const { lines } of readLines(path)) {
      signal?.throwIfAborted();
      for (const line of lines) checkRow(line, ++count);
    }
  } catch (error) {
    throw error instanceof UserError ? new Failure(error.message) : error;
  }
  return count;
}

function checkRow(text: string, line: number): void {
  const fields = text.split('\t');
  const [, , , , category = ''] = fields;
  const reason = problemOf(text) ?? (fields.length !== 8 && `it has ${fields.length} column(s) instead of 8`);
  if (reason) throw new Failure(`line ${line} of its ${fileName} is malformed: ${reason}`);
  if (!Object.hasOwn(categories, category)) {
    throw new Failure(`line ${line} of its ${fileName} has the unknown category "${category}"`);
  }
}
