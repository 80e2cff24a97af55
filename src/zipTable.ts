// Step 1, the file: a zip archive → the bytes of the table in it.
import { basename } from 'node:path';
import yauzl from 'yauzl';
import { UserError } from './errors';

/**
 * The bytes of newsCorpora.csv, whose published archive holds another table beside it, or of the archive's only .csv,
 * .tsv or .txt file. Throws a {@link UserError} where there is none or are several, and for a damaged archive.
 */
export async function* readZippedTable(path: string): AsyncGenerator<Buffer> {
  let archive: yauzl.ZipFile | undefined;
  try {
    archive = await yauzl.openPromise(path, { autoClose: false });
    const table = await findTable(archive, path);
    for await (const chunk of await archive.openReadStreamPromise(table)) yield chunk as Buffer;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // What neither we nor the file system said is yauzl or zlib complaining of the bytes.
    if (error instanceof UserError || (code && !code.startsWith('Z_'))) throw error;
    throw new UserError(`${path} is a zip archive that cannot be unpacked (${message}). Get it again.`);
  } finally {
    archive?.close();
  }
}

async function findTable(archive: yauzl.ZipFile, path: string): Promise<yauzl.Entry> {
  const tables: yauzl.Entry[] = [];
  for await (const entry of archive.eachEntry()) if (isTable(entry.fileName)) tables.push(entry);
  const news = tables.find(({ fileName }) => basename(fileName) === 'newsCorpora.csv');
  const table = news ?? tables[0];
  if (!table) throw new UserError(`${path} holds no .csv, .tsv or .txt file.`);
  if (news || tables.length === 1) return table;
  const names = tables.map(({ fileName }) => fileName).join(', ');
  throw new UserError(
    `${path} holds ${tables.length} tables: ${names}. Unpack it, and name the one that is meant.`,
  );
}

/** Macs add a second file for each, which is none; explanations are .txt files, too. */
function isTable(name: string): boolean {
  return /\.(csv|tsv|txt)$/i.test(name) && !/^__MACOSX\/|(^|\/)read[ _-]?me\.txt$/i.test(name);
}
