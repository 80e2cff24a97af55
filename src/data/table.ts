// Reads a table of your own, one file or a folder of files, with a text and a label column.

import { UserError } from '../platform/errors';
import { joinChannels, readChannelRows } from './channelRows';
import { meansEmpty } from './emptyWords';
import type { FilePart, SkippedLine } from './files/fileRows';
import { type Columns, readTableFile, type TableRow } from './files/tableFile';
import type { LabelledTitle } from './headlines';
import { countLabels, type LabelCount, remarkOnLabels } from './labelRemarks';

/** The rows of a table, with remarks to read before you train. */
export interface Table {
  rows: LabelledTitle[];
  /** Malformed lines. In a folder, each reason ends with the file's name. */
  skipped: SkippedLine[];
  /** The most frequent label first. */
  labels: LabelCount[];
  /** Sentences about skipped files and about odd labels and groups; empty if there are none. */
  remarks: string[];
}

const labelLimits = { minimum: 2, maximum: 1000 };

/**
 * Reads a table: a file, or all data files of a folder. In each row, `title` is the text, `category` the label and
 * `story` the group; a row without a group has a story of its own. Spellings of a label that differ in capitals, spaces
 * or invisible characters become the most frequent one. Malformed lines are skipped and reported, up to one in a hundred,
 * or ten in small data. Hidden and empty files, READMEs and similar are skipped.
 * @throws `UserError` if a file or a column is missing, with fewer than 2 or more than 1,000 labels, or with too many
 * malformed lines
 * @example
 * ```ts
 * await workshop.writeExampleTable('../output/tickets.csv');
 * const columns = { text: 'message', label: 'topic', group: 'thread' };
 * const tickets = await workshop.readTable('../output/tickets.csv', columns);
 * console.log(tickets.rows.length, tickets.rows[0].category); // 1200 billing
 * ```
 */
export async function readTable(path: string, columns: Columns): Promise<Table> {
  const reader = createTableReader(columns);
  const channel = await readChannelRows(path, reader.read);
  const [rows = []] = joinChannels(channel.rows);
  const labels = reader.checkLabels(path, rows);
  return { rows, skipped: channel.skipped, labels, remarks: [...channel.remarks, ...reader.remarkOn(rows)] };
}

/** Reads files with the same columns, and counts the spellings of their labels. */
export interface TableReader {
  read(file: string): Promise<FilePart<LabelledTitle>>;
  /**
   * Counts the labels of rows.
   * @throws `UserError` with fewer than 2 or more than 1,000 labels
   */
  checkLabels(path: string, rows: readonly LabelledTitle[]): LabelCount[];
  /** Returns sentences about odd labels and groups in all rows that were read. */
  remarkOn(rows: readonly LabelledTitle[]): string[];
}

export function createTableReader(columns: Columns): TableReader {
  const spellings = new Map<string, number>();
  return {
    async read(file) {
      const found = await readTableFile(file, columns);
      // The label as the file has it.
      for (const { label, spelling = label } of found.rows) {
        spellings.set(spelling, (spellings.get(spelling) ?? 0) + 1);
      }
      const { likelyHeader: first } = found;
      const likelyHeader = first && { ...first, row: toLabelled(first.row) };
      return { ...found, rows: found.rows.map(toLabelled), likelyHeader };
    },
    checkLabels(path, rows) {
      const labels = countLabels(rows);
      const { minimum, maximum } = labelLimits;
      if (labels.length >= minimum && labels.length <= maximum) return labels;
      throw new UserError(
        `${path} has ${labels.length} label(s) in its column "${columns.label}"; expected ${minimum} to ${maximum}. ` +
          'Is it the right column?',
      );
    },
    remarkOn: (rows) => [
      ...remarkOnLabels(rows, { column: columns.label, spellings }),
      ...remarkOnGroups(rows, columns.group),
    ],
  };
}

/** Returns a sentence for each word for an empty cell that makes a group of rows. */
function remarkOnGroups(rows: readonly LabelledTitle[], column: string | undefined): string[] {
  if (column === undefined) return [];
  return countLabels(rows.map(({ story }) => ({ category: story })))
    .filter(({ label, rows }) => rows > 1 && meansEmpty(label))
    .map(
      ({ label, rows }) =>
        `${JSON.stringify(label)} in the column "${column}" may stand for an empty cell, but makes a group of ${rows} rows. ` +
        'Leave such cells empty.',
    );
}

function toLabelled({ title, label, group }: TableRow): LabelledTitle {
  return { title, category: label, story: group };
}
