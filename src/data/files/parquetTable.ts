// Reads Parquet: the named columns of each row group → rows.
import { open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import type { AsyncBuffer } from 'hyparquet';
import { UserError } from '../../platform/errors';
import { checkLosses, type FileRows, RowCollector } from './fileRows';
import { MemberReader } from './members';
import { exactRows, parsers } from './parquetValues';
import { type Columns, columnNumber, findColumn, type TableRow } from './tableRow';
import { openBytes } from './textFile';

const magic = 'PAR1';

export function isParquet(head: Buffer): boolean {
  return head.toString('latin1', 0, magic.length) === magic;
}

/** Reads the rows; line numbers are row numbers. Throws a {@link UserError} for a damaged file. */
export async function readParquet(path: string, columns: Columns): Promise<FileRows<TableRow>> {
  const { parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import('hyparquet');
  const file = await openParquet(path);
  const metadata = await sound(path, () => parquetMetadataAsync(file));
  const elements = parquetSchema(metadata).children.map(({ element }) => element);
  const names = elements.map(({ name }) => name);
  const members = nameColumns(path, names, columns);
  const reader = new MemberReader(path, members);
  const toExact = exactRows(elements);
  const collector = new RowCollector<TableRow>();
  let row = 0;
  for (const { num_rows } of metadata.row_groups) {
    const range = { rowStart: row, rowEnd: row + Number(num_rows) };
    const read = {
      file,
      metadata,
      columns: Object.values(members),
      compressors,
      parsers,
      utf8: false,
      ...range,
    };
    for (const value of await sound(path, () => parquetReadObjects(read))) {
      collector.add({ line: ++row, lines: 1 }, reader.toRow(toExact(value)));
    }
  }
  return await checkLosses(path, collector.finish(Number(metadata.num_rows)));
}

const compressors = {
  GZIP: (bytes: Uint8Array) => gunzipSync(bytes),
  BROTLI: (bytes: Uint8Array) => brotliDecompressSync(bytes),
  ZSTD: (bytes: Uint8Array) => decompress(bytes),
};

/** Returns the file's names for the columns, which you may name by number. */
function nameColumns(path: string, names: readonly string[], columns: Columns): Columns {
  const find = (name: string) => {
    const number = columnNumber(name);
    const found = findColumn(names, name);
    const place = found.length === 0 && number !== undefined ? number - 1 : found[0];
    const member = place === undefined ? undefined : names[place];
    if (member !== undefined && found.length < 2) return member;
    throw new UserError(
      found.length > 1
        ? `${path} has ${found.length} columns named "${name}". Give each its own name.`
        : `${path} has no column "${name}". Its columns are: ${names.join(', ')}.`,
    );
  };
  const { text, label, group } = columns;
  return { text: find(text), label: find(label), ...(group !== undefined && { group: find(group) }) };
}

/** Provides random access to the bytes of the file, or of a member of an archive. */
async function openParquet(path: string): Promise<AsyncBuffer> {
  const plain = await open(path);
  try {
    const { size } = await plain.stat();
    const { buffer } = await plain.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    if (isParquet(buffer))
      return { byteLength: size, slice: (start, end = size) => readSlice(path, start, end) };
  } finally {
    await plain.close();
  }
  const chunks: Buffer[] = [];
  for await (const chunk of openBytes(path)) chunks.push(chunk);
  const bytes = Uint8Array.from(Buffer.concat(chunks)).buffer;
  return { byteLength: bytes.byteLength, slice: (start, end) => bytes.slice(start, end) };
}

async function readSlice(path: string, start: number, end: number): Promise<ArrayBuffer> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(new ArrayBuffer(Math.max(0, end - start)));
    await file.read(bytes, 0, bytes.length, start);
    return bytes.buffer;
  } finally {
    await file.close();
  }
}

/** Runs one step of reading. Any error that is not the file system's means damaged bytes. */
async function sound<Result>(path: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    const { message, syscall } = error as NodeJS.ErrnoException;
    if (syscall) throw error;
    const isCodec = /unsupported compression codec/i.test(message);
    throw new UserError(
      isCodec
        ? `${path} is a Parquet file with an unsupported compression (${message}). Write it with snappy.`
        : `${path} is a damaged Parquet file (${message}). Get a fresh copy.`,
      { cause: error },
    );
  }
}
