// Step 1 for data of your own: a table with a text column and a label column → rows to train on.
import { UserError } from './errors';
import type { LabelledTitle } from './headlines';
import type { SkippedLine } from './records';
import { type Columns, readTableFile } from './tableFile';

/** Rows of a table, and the lines that were skipped. */
export interface Table {
  rows: LabelledTitle[];
  skipped: SkippedLine[];
}

const labelLimits = { minimum: 2, maximum: 1000 };

/**
 * Reads a CSV or TSV file whose first line names its columns, in UTF-8 or UTF-16; gzip and zip are unpacked. Of each
 * row, `title` is the text, `category` the label and `story` the group. Malformed lines are skipped and reported, up
 * to one in a hundred, or ten in small files.
 * @throws `UserError` where the file or a column is not there, with other than 2 to 1,000 labels, or too many
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
  const { rows, skipped } = await readTableFile(path, columns);
  const titles = rows.map(({ title, label, group }, index) => ({
    title,
    category: label,
    story: columns.group === undefined ? `row ${index + 1}` : group,
  }));
  return { rows: withOneSpelling(titles, path), skipped };
}

/** Spellings of one label become the most frequent of them. */
function withOneSpelling(rows: readonly LabelledTitle[], path: string): LabelledTitle[] {
  const spellings = new Map<string, Map<string, number>>();
  for (const { category } of rows) {
    const counts = spellings.get(category.toLowerCase()) ?? new Map<string, number>();
    spellings.set(category.toLowerCase(), counts.set(category, (counts.get(category) ?? 0) + 1));
  }
  if (spellings.size < labelLimits.minimum || spellings.size > labelLimits.maximum) {
    throw new UserError(
      `${path} has ${spellings.size} label(s); expected ${labelLimits.minimum} to ${labelLimits.maximum}. ` +
        'Is it the right column?',
    );
  }
  const chosen = new Map(
    [...spellings].map(([key, counts]) => [key, [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0]]),
  );
  return rows.map((row) => ({ ...row, category: chosen.get(row.category.toLowerCase()) as string }));
}
