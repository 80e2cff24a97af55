// One file in any known layout → its rows. The rules across files, for labels and groups, are in
// channelRows.ts and table.ts.
import { readDelimited } from './delimitedTable';
import { isFastText, readFastText } from './fastText';
import type { FilePart } from './fileRows';
import { isJson, readJson } from './jsonTable';
import { readHead } from './lines';
import { isParquet, readParquet } from './parquetTable';
import type { Columns, TableRow } from './tableRow';
import { openHead, openText } from './textFile';

export type { Columns, TableRow } from './tableRow';

/**
 * Reads one file of rows: delimited by tabs, commas, semicolons or `|`, fastText's lines, JSON Lines, a JSON array of
 * objects, or Parquet. Throws a {@link UserError} for a file that cannot be read, that lacks a column, or that has too
 * many malformed lines.
 */
export async function readTableFile(path: string, columns: Columns): Promise<FilePart<TableRow>> {
  if (isParquet(await openHead(path))) return await readParquet(path, columns);
  const beginning = await readBeginning(path);
  if (isJson(beginning)) return await readJson(path, beginning, columns);
  const head = await readHead(path);
  if (isFastText(head)) return await readFastText(path, columns);
  return await readDelimited(path, head, columns);
}

/** The first characters of a file. */
async function readBeginning(path: string): Promise<string> {
  for await (const chunk of openText(path)) return chunk.toString('utf8', 0, 10_000);
  return '';
}
