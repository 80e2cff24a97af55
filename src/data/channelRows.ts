// Reads a channel: the files of a folder → rows, and the rules across files and channels. Does not parse files: each
// layout has its reader.

import { basename, relative } from 'node:path';
import { dataFiles, describePassedOver } from '../platform/dataFiles';
import { UserError } from '../platform/errors';
import { tally } from '../platform/tally';
import { rejectAddress } from './files/fileKinds';
import {
  demandRow,
  type FilePart,
  type LikelyHeader,
  losesTooMuch,
  type SkippedLine,
  tooManyMalformed,
} from './files/fileRows';
import { normaliseText } from './files/labelText';
import type { LabelledTitle } from './headlines';

/** The rows of a channel's files, one file after the other. */
interface ChannelRows<Row> {
  rows: Row[];
  /** In a folder, each reason ends with the file's name. */
  skipped: SkippedLine[];
  /** Sentences about skipped files and header lines. */
  remarks: string[];
}

/**
 * Reads a file, or every data file of a folder, with `read`.
 * @param labels further labels, by which a first line is a row and not a header
 * @throws `UserError` if a folder contains no data or no row, a file cannot be read, or too many lines are malformed
 */
export async function readChannelRows<Row extends LabelledTitle>(
  path: string,
  read: (file: string) => Promise<FilePart<Row>>,
  labels: readonly string[] = [],
): Promise<ChannelRows<Row>> {
  rejectAddress(path);
  const { files, passedOver } = await dataFiles(path);
  const remarks = passedOver.length > 0 ? [`${path}: ${describePassedOver(passedOver)}`] : [];
  const parts: FilePart<Row>[] = [];
  for (const file of files) {
    const one = await read(file);
    const name = relative(path, file);
    if (one.repeatedHeaders.length > 0) remarks.push(describeHeaders(file, one.repeatedHeaders));
    parts.push(name === '' ? one : { ...one, skipped: withName(one.skipped, name) });
  }
  if (files.length === 0) throw new UserError(`${path} contains no file. Put files with rows there.`);
  const found = restoreFirstRows(parts, labels);
  remarks.push(...describeFirstLines(files, found), ...describeCopies(files, found));
  const channel = addUp(found);
  if (losesTooMuch(channel)) throw tooManyMalformed(path, channel, 'these are the right files');
  demandRow(path, channel);
  return { rows: channel.rows, skipped: channel.skipped, remarks };
}

function withName(skipped: readonly SkippedLine[], name: string): SkippedLine[] {
  return skipped.map((line) => ({ ...line, reason: `${line.reason} (${name})` }));
}

function describeHeaders(file: string, lines: readonly number[]): string {
  const [first, ...others] = lines;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `${basename(file)}: the header occurs again in line ${first}${more}; not read as a row.`;
}

/** Turns a first line that counts as a header into a row if another file has a row with its label. */
function restoreFirstRows<Row extends LabelledTitle>(
  files: readonly FilePart<Row>[],
  labels: readonly string[],
): FilePart<Row>[] {
  if (files.every(({ likelyHeader }) => likelyHeader === undefined)) return [...files];
  const known = new Set(labels.map((label) => label.toLowerCase()));
  const titles = new Map<string, string>();
  for (const { rows } of files) for (const { category } of rows) known.add(category.toLowerCase());
  // A header is the same in every file.
  for (const { likelyHeader } of files) {
    if (!likelyHeader) continue;
    const title = normaliseText(likelyHeader.row.title).toLowerCase();
    const label = likelyHeader.row.category.toLowerCase();
    if ((titles.get(label) ?? title) !== title) known.add(label);
    titles.set(label, title);
  }
  return files.map((file) =>
    file.likelyHeader && known.has(file.likelyHeader.row.category.toLowerCase())
      ? restore(file, file.likelyHeader)
      : file,
  );
}

function restore<Row>(
  { likelyHeader: _, ...file }: FilePart<Row>,
  { row, places }: LikelyHeader<Row>,
): FilePart<Row> {
  const lines = new Set(places.map(({ line }) => line));
  return {
    ...file,
    rows: [...places.map(() => row), ...file.rows],
    repeatedHeaders: file.repeatedHeaders.filter((line) => !lines.has(line)),
    header: file.header - (places[0]?.lines ?? 0),
  };
}

/** Returns a sentence about the first lines that count as headers. */
function describeFirstLines(names: readonly string[], files: readonly FilePart<LabelledTitle>[]): string[] {
  const found = files.flatMap(({ likelyHeader }, index) =>
    likelyHeader ? [{ index, ...likelyHeader }] : [],
  );
  const [first] = found;
  if (!first) return [];
  const more = found.length > 1 ? ` So are the first lines of ${found.length - 1} more file(s).` : '';
  return [
    `${basename(names[first.index] as string)}: line ${first.places[0]?.line} is taken for a header, because no other row ` +
      `has the label ${JSON.stringify(first.row.category)}.${more}`,
  ];
}

/** In files with fewer rows, equal rows may be chance. */
const fewestCopied = 10;

/** Returns a sentence about files with the same rows, such as `train (1).csv`, which count twice. */
function describeCopies(names: readonly string[], files: readonly FilePart<LabelledTitle>[]): string[] {
  const originals = new Map<string, number>();
  const copies: string[] = [];
  for (const [index, { rows }] of files.entries()) {
    if (rows.length < fewestCopied) continue;
    const key = JSON.stringify([rows.length, rows[0]?.title, rows.at(-1)?.title]);
    const original = originals.get(key);
    if (original === undefined) originals.set(key, index);
    else if (haveSameRows(rows, (files[original] as FilePart<LabelledTitle>).rows)) {
      copies.push(
        `${basename(names[index] as string)} has the rows of ${basename(names[original] as string)}`,
      );
    }
  }
  if (copies.length === 0) return [];
  const more = copies.length > 1 ? `, and so on for ${copies.length} files` : '';
  return [`${copies[0]}${more}: these rows count twice. Remove copies of files.`];
}

function haveSameRows(some: readonly LabelledTitle[], others: readonly LabelledTitle[]): boolean {
  return some.every(
    ({ title, category }, at) => title === others[at]?.title && category === others[at]?.category,
  );
}

/** Combines the files into one channel. */
function addUp<Row>(files: readonly FilePart<Row>[]): FilePart<Row> {
  const sum = (count: (file: FilePart<Row>) => number) => files.reduce((all, file) => all + count(file), 0);
  return {
    rows: files.flatMap(({ rows }) => rows),
    skipped: files.flatMap(({ skipped }) => skipped),
    repeatedHeaders: files.flatMap(({ repeatedHeaders }) => repeatedHeaders),
    lines: sum(({ lines }) => lines),
    blank: sum(({ blank }) => blank),
    header: sum(({ header }) => header),
  };
}

/**
 * Applies the rules across the channels of a job: spellings of a label that differ in case become the most frequent one,
 * and a row without a story gets a story of its own.
 */
export function joinChannels<Row extends LabelledTitle>(...channels: readonly (readonly Row[])[]): Row[][] {
  const spellings = frequentSpellings(channels);
  const nextStory = createStories(channels);
  return channels.map((rows) =>
    rows.map((row) => {
      const category = spellings.get(row.category) ?? row.category;
      const story = row.story.trim() === '' ? nextStory() : row.story;
      return category === row.category && story === row.story ? row : { ...row, category, story };
    }),
  );
}

/** Maps each label to its most frequent spelling; in a tie, to the first in code-unit order. */
function frequentSpellings(channels: readonly (readonly LabelledTitle[])[]): Map<string, string> {
  const counts = tally(channels.flat().map(({ category }) => category));
  const best = new Map<string, string>();
  const ordered = [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
  for (const [label] of ordered) {
    const key = label.toLowerCase();
    if (!best.has(key)) best.set(key, label);
  }
  return new Map([...counts.keys()].map((label) => [label, best.get(label.toLowerCase()) as string]));
}

/** Returns a function that names stories "row 1", "row 2" and so on, with a prefix that no story in the data has. */
function createStories(channels: readonly (readonly LabelledTitle[])[]): () => string {
  let word = 'row';
  const isTaken = () => channels.some((rows) => rows.some(({ story }) => story.startsWith(`${word} `)));
  while (isTaken()) word += "'";
  let number = 0;
  return () => {
    number += 1;
    return `${word} ${number}`;
  };
}
