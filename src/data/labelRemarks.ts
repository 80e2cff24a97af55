// Counts labels and reports those that look unintended. Changes no label.

import { percent } from '../platform/format';
import { tally } from '../platform/tally';
import { meansEmpty } from './emptyWords';
import { normaliseText } from './files/labelText';
import { labelLikenesses } from './labelLikenesses';

/** A label and the number of its rows. */
export interface LabelCount {
  label: string;
  rows: number;
}

/** The fields of a row that remarks use. */
interface Row {
  title: string;
  category: string;
}

/** Counts the rows of each label, the most frequent label first. */
export function countLabels(rows: Iterable<{ category: string }>): LabelCount[] {
  return toCounts(tally(Array.from(rows, ({ category }) => category)));
}

function toCounts(rowsByLabel: ReadonlyMap<string, number>): LabelCount[] {
  return [...rowsByLabel]
    .map(([label, rows]) => ({ label, rows }))
    .sort((one, other) => other.rows - one.rows || (one.label < other.label ? -1 : 1));
}

/** Lists labels with their row counts, the first twenty by name, after the number of labels. */
export function describeLabels(labels: readonly LabelCount[], shown = 20): string {
  const listed = labels.slice(0, shown).map(({ label, rows }) => `${quote(label)} ${rows}`);
  const others = labels.slice(shown);
  const rest = others.reduce((sum, { rows }) => sum + rows, 0);
  const more = others.length > 0 ? `, and ${others.length} more with ${rest} rows` : '';
  const count = `${labels.length} ${labels.length === 1 ? 'label' : 'labels'}`;
  return `${count}. Rows by label: ${listed.join(', ')}${more}.`;
}

/**
 * Returns a sentence for each problem with the labels.
 * @param options.column the label column's name, or its number
 * @param options.spellings rows by label as the files have it
 */
export function remarkOnLabels(
  rows: readonly Row[],
  { column, spellings }: { column: string; spellings: ReadonlyMap<string, number> },
): string[] {
  const labels = countLabels(rows);
  return [
    remarkOnColumn(labels, rows.length, column),
    remarkOnLargest(labels, rows.length),
    remarkOnEmpty(labels, rows),
    remarkOnHeader(labels, column),
    remarkOnSpellings(spellings),
    ...labelLikenesses.map(({ key, problem }) => remarkOnLikeness(labels, key, problem)),
  ].filter((remark) => remark !== undefined);
}

/** Whether so few rows share a label that it is probably the wrong column. */
export function seemsWrong(labels: readonly LabelCount[], rows: number): boolean {
  return labels.length * 2 > rows;
}

function remarkOnColumn(labels: readonly LabelCount[], rows: number, column: string): string | undefined {
  if (!seemsWrong(labels, rows)) return undefined;
  return `${labels.length} labels in ${rows} rows: more labels than half of the rows. Is "${column}" the right column?`;
}

const nearlyAll = 0.95;

function remarkOnLargest([largest]: readonly LabelCount[], rows: number): string | undefined {
  if (!largest || largest.rows < nearlyAll * rows) return undefined;
  const share = percent(largest.rows / rows);
  return `${quote(largest.label)} has ${share} of the rows. A model that always predicts it has that accuracy, too: look at macro F1.`;
}

function remarkOnEmpty(labels: readonly LabelCount[], rows: readonly Row[]): string | undefined {
  const empty = labels.filter(({ label }) => meansEmpty(label));
  const [first] = empty;
  if (!first) return undefined;
  const example = rows.find(({ category }) => category === first.label)?.title ?? '';
  return `${list(empty)} may stand for an empty cell, for example at ${quote(example, 60)}. Unless you mean it as a label, remove these rows or label them.`;
}

function remarkOnHeader(labels: readonly LabelCount[], column: string): string | undefined {
  const name = normaliseText(column).toLowerCase();
  const same = labels.find(({ label }) => label.toLowerCase() === name);
  if (!same || /^\d+$/.test(name)) return undefined;
  return `${list([same])} is the name of the label column. Is there a header line between the rows?`;
}

/** Reports merged spellings, which the rows no longer show. */
function remarkOnSpellings(spellings: ReadonlyMap<string, number>): string | undefined {
  const merged = alike(toCounts(spellings), (label) => normaliseText(label).toLowerCase());
  if (merged.length === 0) return undefined;
  const revealed = merged.map((group) => group.map((one) => ({ ...one, label: reveal(one.label) })));
  return `Merged into one label each: ${listGroups(revealed)}. They differ only in capitals, invisible characters or Unicode form.`;
}

function remarkOnLikeness(
  labels: readonly LabelCount[],
  key: (label: string) => string | undefined,
  problem: string,
): string | undefined {
  const groups = alike(labels, key);
  return groups.length > 0 ? `${listGroups(groups)} ${problem}` : undefined;
}

/** Returns groups of two or more labels with the same key. */
function alike(labels: readonly LabelCount[], key: (label: string) => string | undefined): LabelCount[][] {
  const groups = new Map<string, LabelCount[]>();
  for (const one of labels) {
    const same = key(one.label);
    if (same !== undefined) groups.set(same, [...(groups.get(same) ?? []), one]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

const shownGroups = 5;

function listGroups(groups: readonly LabelCount[][]): string {
  const more = groups.length > shownGroups ? `; and ${groups.length - shownGroups} more` : '';
  return groups.slice(0, shownGroups).map(list).join('; ') + more;
}

function list(labels: readonly LabelCount[]): string {
  const shown = labels
    .slice(0, shownGroups)
    .map(({ label, rows }) => `${quote(label)} (${rows} ${rows === 1 ? 'row' : 'rows'})`);
  if (labels.length > shownGroups) shown.push(`${labels.length - shownGroups} more`);
  const last = shown.pop() as string;
  return shown.length > 0 ? `${shown.join(', ')} and ${last}` : last;
}

function quote(text: string, longest = 40): string {
  const characters = [...text.replaceAll(/\s+/g, ' ')];
  return characters.length > longest
    ? `"${characters.slice(0, longest).join('')}…"`
    : `"${characters.join('')}"`;
}

/** Writes invisible characters as escapes, and combining marks if the text is not composed (NFC). */
function reveal(text: string): string {
  const hidden = text === text.normalize('NFC') ? /(?! )[\p{C}\p{Z}]/gu : /(?! )[\p{C}\p{Z}\p{M}]/gu;
  return text.replaceAll(hidden, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
