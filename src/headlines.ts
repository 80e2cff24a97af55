// Step 1: newsCorpora.csv → rows. Reads and writes the original layout of the UCI News Aggregator dataset;
// where the file comes from is the business of dataset.ts.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from './errors';

/** One row of the dataset. `category` is the label in words: Business, Entertainment, … */
export interface Headline {
  id: string;
  title: string;
  url: string;
  publisher: string;
  category: string;
  /** The cluster of articles about one story. */
  story: string;
  hostname: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
}

/** The dataset's category codes and what they stand for. Belongs to this layout alone: models learn their labels from the rows. */
export const categories: Readonly<Record<string, string>> = {
  b: 'Business',
  t: 'Science & Technology',
  e: 'Entertainment',
  m: 'Health',
};

const columns = ['ID', 'TITLE', 'URL', 'PUBLISHER', 'CATEGORY', 'STORY', 'HOSTNAME', 'TIMESTAMP'];
const expected =
  `Expected the original layout of newsCorpora.csv: UTF-8 text, one headline a line, no header, no quoting, ` +
  `${columns.length} columns separated by tabs (${columns.join(', ')}).`;

/** Reads a file in the original layout; one row for each line, in order. Throws a {@link UserError} that names file, line and reason. */
export async function readHeadlines(path: string): Promise<Headline[]> {
  return parseHeadlines(decode(await readBytes(path), path), path);
}

/** Parses text in the original layout; `source` names it in errors. A `"` is an ordinary character. */
export function parseHeadlines(text: string, source: string): Headline[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new UserError(`${source} is empty. ${expected}`);
  return lines.map((line, index) => parseLine(line, `${source}, line ${index + 1}`));
}

/**
 * Writes rows in the original layout, so that {@link readHeadlines} gives the same rows again. Throws a
 * {@link UserError} for a row that the layout cannot hold.
 */
export async function writeHeadlines(path: string, headlines: readonly Headline[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, headlines.map(formatLine).join(''));
}

function formatLine(row: Headline, index: number): string {
  const code = Object.keys(categories).find((key) => categories[key] === row.category);
  const { id, title, url, publisher, story, hostname, timestamp } = row;
  const fields = [id, title, url, publisher, code, story, hostname, timestamp];
  if (code === undefined) {
    throw new UserError(`Row ${index + 1}: unknown category "${row.category}". Expected one of ${known()}.`);
  }
  const broken = fields.find((field) => /[\t\n]/.test(String(field)));
  if (broken !== undefined) {
    throw new UserError(
      `Row ${index + 1}: ${JSON.stringify(broken)} holds a tab or a line break. Replace them with spaces.`,
    );
  }
  return `${fields.join('\t')}\n`;
}

function parseLine(line: string, where: string): Headline {
  const fields = line.split('\t');
  const [id, title, url, publisher, code, story, hostname, time] = fields;
  if (fields.length !== columns.length || time === undefined) {
    throw new UserError(`${where}: ${fields.length} column(s) instead of ${columns.length}. ${expected}`);
  }
  const category = Object.hasOwn(categories, code as string) && categories[code as string];
  if (!category) {
    throw new UserError(`${where}: unknown category "${code}". Expected one of ${known()}.`);
  }
  const timestamp = Number(time);
  if (!Number.isFinite(timestamp) || time.trim() === '') {
    throw new UserError(`${where}: TIMESTAMP is "${time}" instead of milliseconds since the epoch.`);
  }
  return { id, title, url, publisher, category, story, hostname, timestamp } as Headline;
}

function known(): string {
  return Object.entries(categories)
    .map(([code, name]) => `${code} (${name})`)
    .join(', ');
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`There is no file ${path}. Check the path, or leave it out.`);
    if (code === 'EISDIR')
      throw new UserError(`${path} is a folder. Name the file with the headlines in it.`);
    if (code === 'EACCES')
      throw new UserError(`${path} may not be read by this user. Change its permissions.`);
    throw error;
  }
}

function decode(bytes: Buffer, path: string): string {
  if (bytes.includes(0)) throw new UserError(`${path} is a binary file, not text. ${expected}`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not UTF-8 text. ${expected}`);
  }
}
