// A zip archive → the bytes of the table in it.
import { basename } from 'node:path';
import yauzl from 'yauzl';
import { reasonToPassOver } from '../../platform/dataFiles';
import { UserError } from '../../platform/errors';

/**
 * Yields the bytes of the archive's only table, or of newsCorpora.csv, whose published archive holds a second table.
 * Throws a {@link UserError} for an archive with no table or several, for a workbook, and for a damaged archive.
 */
export async function* readZippedTable(path: string): AsyncGenerator<Buffer> {
  let archive: yauzl.ZipFile | undefined;
  try {
    archive = await yauzl.openPromise(path, { autoClose: false });
    const table = await findTable(archive, path);
    for await (const chunk of await archive.openReadStreamPromise(table)) yield chunk as Buffer;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Other errors come from yauzl or zlib: the bytes are damaged.
    if (error instanceof UserError || (code && !code.startsWith('Z_'))) throw error;
    throw new UserError(`${path} is a zip archive that cannot be unpacked (${message}). Get a fresh copy.`, {
      cause: error,
    });
  } finally {
    archive?.close();
  }
}

async function findTable(archive: yauzl.ZipFile, path: string): Promise<yauzl.Entry> {
  const entries: yauzl.Entry[] = [];
  for await (const entry of archive.eachEntry()) entries.push(entry);
  const names = entries.map(({ fileName }) => fileName);
  rejectDocuments(names, path);
  const tables = entries.filter(({ fileName }) => isTable(fileName));
  const news = tables.find(({ fileName }) => basename(fileName) === 'newsCorpora.csv');
  const table = news ?? tables[0];
  if (!table) {
    const kinds = '.csv, .tsv, .txt, .json, .jsonl or .parquet';
    throw new UserError(
      `${path} contains no ${kinds} file${names[0] ? `, but ${names.slice(0, 5).join(', ')}` : ''}.`,
    );
  }
  if (news || tables.length === 1) return table;
  throw new UserError(
    `${path} contains ${tables.length} tables: ${tables.map(({ fileName }) => fileName).join(', ')}. ` +
      'Unpack it, and name the one you want.',
  );
}

/** Throws a {@link UserError} for workbooks and documents, which are zip archives too. */
function rejectDocuments(names: readonly string[], path: string): void {
  const isOffice = names.includes('[Content_Types].xml');
  if (isOffice && names.some((name) => name.startsWith('xl/'))) {
    throw new UserError(
      `${path} is an Excel workbook. In Excel, save its sheet with "Save as" as "CSV UTF-8", and name that file.`,
    );
  }
  if (isOffice || (names.includes('mimetype') && names.includes('content.xml'))) {
    throw new UserError(
      `${path} is an office document or spreadsheet. Save its table as CSV in UTF-8, and name that file.`,
    );
  }
}

function isTable(name: string): boolean {
  const isTabular = /\.(csv|tsv|tab|txt|json|jsonl|ndjson|parquet)$/i.test(name);
  return isTabular && reasonToPassOver(name, 1) === undefined;
}
