// newsCorpora.csv → rows, in either of the two published layouts of the News Aggregator dataset. dataset.ts finds the
// file.

import { UserError } from '../platform/errors';
import { writeWhole } from '../platform/files';
import { readDelimitedRows } from './files/delimitedRows';
import { demandReadable } from './files/encoding';
import { checkLosses, demandRow, type FileRows, headerAgain, isBlank, type Outcome } from './files/fileRows';
import { declaredDelimiter } from './files/layout';
import { readHead } from './files/lines';
import { type Dialect, splitLine } from './files/splitLine';

/** The fields of a row that training uses, in any dataset. */
export interface LabelledTitle {
  title: string;
  /** The label. */
  category: string;
  /**
   * The id shared by rows that belong together, such as articles about one event; a split by story keeps them on one
   * side.
   */
  story: string;
}

/** One row of the dataset. `category` is the full name of the label: Business, Entertainment, … */
export interface Headline extends LabelledTitle {
  id: string;
  url: string;
  publisher: string;
  hostname: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
}

/**
 * The dataset's category codes and their names. Only these layouts use them: models learn their labels from the rows.
 */
export const categories: Readonly<Record<string, string>> = {
  b: 'Business',
  t: 'Science & Technology',
  e: 'Entertainment',
  m: 'Health',
};

const columns = ['ID', 'TITLE', 'URL', 'PUBLISHER', 'CATEGORY', 'STORY', 'HOSTNAME', 'TIMESTAMP'];

const tabbed: Dialect = { delimiter: '\t', quoting: 'none' };

/**
 * Reads the dataset in its original layout (tabs, no header, no quoting) or Kaggle's (CSV with a header, in any order, with or
 * without further columns), detected from the contents; gzip and zip are unpacked. Rows are in the file's order. Malformed
 * lines are skipped and reported, up to one in a hundred, or ten in small files.
 * @throws `UserError` with lines and reasons if the file cannot be read or is not this dataset
 * @example
 * ```ts
 * await workshop.writeHeadlines('../output/some.csv', news.headlines.slice(0, 1000));
 * const some = await workshop.readNews('../output/some.csv');
 * console.log(some.rows.length, some.skipped.length); // 1000 0
 * ```
 */
export async function readNews(path: string): Promise<FileRows<Headline>> {
  const file = await readNewsFile(path);
  demandRow(path, file);
  return file;
}

/** Reads one file of a channel as {@link readNews} does, but accepts a file without rows. */
export async function readNewsFile(path: string): Promise<FileRows<Headline>> {
  const { dialect, top, order, width } = await findLayout(path);
  const toHeadline = createReader();
  const toRow = (fields: string[]): Outcome<Headline> => {
    if (isHeader(fields)) return headerAgain;
    if (!order) return toHeadline(fields);
    if (fields.length < width || !fields.slice(width).every(isBlank)) return wrongWidth(fields.length, width);
    return toHeadline(order.map((index) => fields[index] as string));
  };
  const labelOf = (fields: string[]) => {
    const row = toRow(fields);
    return typeof row === 'object' ? row.category : undefined;
  };
  const known = new Set(Object.values(categories));
  const { file } = await readDelimitedRows(path, {
    dialect,
    top,
    known,
    createReader: () => ({ toRow, labelOf }),
  });
  return await checkLosses(path, file);
}

interface NewsLayout {
  dialect: Dialect;
  /** The number of lines above the first row. */
  top: number;
  /** The position of each column, if it differs from the original. */
  order?: number[];
  /** The number of columns. */
  width: number;
}

async function findLayout(path: string): Promise<NewsLayout> {
  const { lines } = await readHead(path, { count: 20 });
  const top = lines.findIndex((line) => !isBlank(line));
  const declared = declaredDelimiter(lines[top]);
  const first = declared === undefined ? top : top + 1;
  for (const delimiter of declared === undefined ? [',', ';'] : [declared]) {
    const dialect: Dialect = { delimiter, quoting: 'doubled' };
    const header = toNames(splitLine(lines[first] ?? '', dialect).fields);
    if (columns.every((name) => header.includes(name))) {
      const order = columns.map((name) => header.indexOf(name));
      return { dialect, top: first + 1, order, width: header.length };
    }
  }
  const text = lines.filter((line) => !isBlank(line));
  const fitting = text.filter((line) => line.split('\t').length === columns.length).length;
  if (fitting * 2 >= text.length && fitting > 0) {
    const names = toNames((lines[first] as string).split('\t'));
    return { dialect: tabbed, top: isHeader(names) ? first + 1 : 0, width: columns.length };
  }
  await demandReadable(path, lines[first] ?? '', first + 1);
  throw new UserError(
    `${path} is not the News Aggregator dataset; it begins with ${JSON.stringify((lines[first] ?? '').slice(0, 80))}. ` +
      `Expected one headline a line in ${columns.length} columns (${columns.join(', ')}), separated by tabs without header ` +
      'and quoting, or as CSV with a header. For data of your own, name its text and label columns.',
  );
}

function toNames(fields: readonly string[]): string[] {
  return fields.map((name) => name.trim().toUpperCase());
}

/** Whether a line is a header, as in the middle of concatenated files. */
function isHeader(fields: readonly string[]): boolean {
  return (
    fields.length >= columns.length &&
    fields.every((field) => field.length < 20) &&
    columns.every((name) => toNames(fields).includes(name))
  );
}

/**
 * Writes rows in the original layout, so that `readNews()` returns the same rows. Creates missing folders and overwrites
 * an existing file.
 * @throws `UserError` for a row that does not fit the layout: an unknown category, a tab, a line break
 * @example
 * ```ts
 * const health = news.headlines.filter(({ category }) => category === 'Health');
 * await workshop.writeHeadlines('../output/health.csv', health);
 * ```
 */
export async function writeHeadlines(path: string, headlines: readonly Headline[]): Promise<void> {
  await writeWhole(path, formatHeadlines(headlines));
}

/** Returns the text that `writeHeadlines()` writes. */
export function formatHeadlines(headlines: readonly Headline[]): string {
  return headlines.map(formatLine).join('');
}

function formatLine(row: Headline, index: number): string {
  const code = Object.keys(categories).find((key) => categories[key] === row.category);
  const { id, title, url, publisher, story, hostname, timestamp } = row;
  const fields = [id, title, url, publisher, code, story, hostname, timestamp];
  if (code === undefined) {
    throw new UserError(`Row ${index + 1}: unknown category "${row.category}". Expected one of ${known()}.`);
  }
  const broken = fields.find((field) => /[\t\r\n]/.test(String(field)));
  if (broken !== undefined) {
    throw new UserError(
      `Row ${index + 1}: ${JSON.stringify(broken)} contains a tab or a line break. Replace them with spaces.`,
    );
  }
  return `${fields.join('\t')}\n`;
}

/**
 * Returns a function that turns fields into a row or the reason why they are invalid. Rows share equal strings, which
 * makes counting fast.
 */
function createReader(): (fields: string[]) => Headline | string {
  const shared = new Map<string, string>();
  const share = (text = '') => {
    const first = shared.get(text);
    if (first === undefined) shared.set(text, text);
    return first ?? text;
  };
  return (fields) => {
    const [id = '', title = '', url = '', publisher, code = '', story, hostname = '', time = ''] = fields;
    if (fields.length !== columns.length) return wrongWidth(fields.length, columns.length);
    if (title.trim() === '') return 'the title is empty';
    const key = code.trim().toLowerCase();
    const category = Object.hasOwn(categories, key) && categories[key];
    if (!category) return `unknown category "${code}", expected one of ${known()}`;
    const timestamp = Number(time);
    if (!Number.isFinite(timestamp) || time.trim() === '') {
      return `TIMESTAMP is "${time}" instead of milliseconds since the epoch`;
    }
    return {
      id,
      title,
      url,
      publisher: share(publisher),
      category,
      story: share(story),
      hostname,
      timestamp,
    };
  };
}

function wrongWidth(found: number, expected: number): string {
  return `${found} column(s) instead of ${expected}`;
}

function known(): string {
  return Object.entries(categories)
    .map(([code, name]) => `${code} (${name})`)
    .join(', ');
}
