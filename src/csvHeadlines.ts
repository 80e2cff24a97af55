// Step 8: text/csv → headlines. A first line that names a column "headline" is a header; without one there is one column.
import type { CsvError, parse as Parse } from 'csv-parse/sync';
import type { Headlines, Unfit } from './servingFormats';
import { cutText } from './textBlocks';

const headlineColumn = 'headline';

export function readCsv(text: string, unfit: Unfit): Headlines {
  const blocks = readRows(text, unfit);
  const first: Rows = blocks.next().value ?? [];
  const column = first[0]?.findIndex((name) => name.trim().toLowerCase() === headlineColumn) ?? -1;
  const rest = column < 0 ? pickOnly(first, blocks, unfit) : pickColumn(column, first, blocks, unfit);
  return { titles: [], rest, isSingle: false, hasHeader: column >= 0 };
}

type Rows = readonly (readonly string[])[];

function* pickOnly(first: Rows, others: Iterable<Rows>, unfit: Unfit): Generator<string[]> {
  let number = 0;
  for (const rows of inTurn(first, others)) {
    yield rows.map((row) => {
      number += 1;
      if (row.length === 1) return row[0] as string;
      throw unfit(
        `Row ${number} has ${row.length} columns, and no first line names one "headline". Put quotes around commas.`,
      );
    });
  }
}

function* pickColumn(column: number, first: Rows, others: Iterable<Rows>, unfit: Unfit): Generator<string[]> {
  let number = 1;
  for (const rows of inTurn(first.slice(1), others)) {
    yield rows.map((row) => {
      number += 1;
      const title = row[column];
      if (title !== undefined) return title;
      throw unfit(`Row ${number} has no column ${column + 1}, which the first line names "headline".`);
    });
  }
  if (number === 1) throw unfit('The body has a line with names of columns, and no headline.');
}

function* inTurn(first: Rows, others: Iterable<Rows>): Generator<Rows> {
  yield first;
  yield* others;
}

function* readRows(text: string, unfit: Unfit): Generator<string[][]> {
  let before = 0;
  for (const block of closeQuotes(cutText(text))) {
    const rows = block.includes('"') ? parseQuoted(block, before, unfit) : splitPlain(block);
    before += rows.length;
    yield rows;
  }
}

function splitPlain(block: string): string[][] {
  const lines = block.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return lines.filter((line) => line !== '').map((line) => line.split(','));
}

function parseQuoted(block: string, before: number, unfit: Unfit): string[][] {
  // Loaded when it is first needed, since most bodies do without.
  const { parse } = require('csv-parse/sync') as { parse: typeof Parse };
  try {
    return parse(block, {
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    const row = before + Number((error as CsvError).records ?? 0) + 1;
    throw unfit(`Row ${row} is not valid CSV: a quote is not closed where its column ends.`);
  }
}

/** Joins blocks until each has an even number of quotes: a line end within quotes belongs to a headline. */
function* closeQuotes(blocks: Iterable<string>): Generator<string> {
  let open = '';
  let quotes = 0;
  for (const block of blocks) {
    open += block;
    quotes += countQuotes(block);
    if (quotes % 2 === 1) continue;
    yield open;
    [open, quotes] = ['', 0];
  }
  if (open !== '') yield open;
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}
