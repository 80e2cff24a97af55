// Reads delimited files (CSV, TSV and similar): detects the layout and defines the rows.

import { UserError } from '../../platform/errors';
import { demandColumns } from './columnErrors';
import { type ReadRows, type RowReader, readDelimitedRows } from './delimitedRows';
import {
  checkLosses,
  type FilePart,
  headerAgain,
  linesOf,
  losesTooMuch,
  type Outcome,
  type Place,
  type RowCollector,
  type SkippedLine,
} from './fileRows';
import { normaliseText } from './labelText';
import { findLayouts, type Layout, mayLackQuoting, recurringLabels } from './layout';
import type { Head } from './lines';
import type { FileRecord } from './quotedRecords';
import { type Columns, type TableRow, toTableRow } from './tableRow';

/**
 * Reads a delimited file. If quotes are misplaced, tries the other ways of quoting too and keeps the one with the most
 * well-formed rows.
 */
export async function readDelimited(path: string, head: Head, columns: Columns): Promise<FilePart<TableRow>> {
  const layouts = findLayouts(head, columns);
  const likely = layouts.find(({ dialect }) => dialect.quoting !== 'none' || mayLackQuoting(dialect));
  const { dialect } = await demandColumns({ path, layout: likely, head, columns });
  rejectTie(path, likely, layouts);
  const [layout, ...others] = layouts
    .filter((other) => other.hasColumns && other.dialect.delimiter === dialect.delimiter)
    .sort((one, other) => Number(isUnquoted(one)) - Number(isUnquoted(other)));
  const { file } = await readBest(layout as Layout, others, (...how) => readLayout(path, columns, ...how));
  return await checkLosses(path, file);
}

/**
 * Throws a {@link UserError} if another delimiter fits a file without a header just as well. Tabs go first: they are rare in
 * texts.
 */
function rejectTie(path: string, best: Layout | undefined, layouts: readonly Layout[]): void {
  if (!best || best.names || best.dialect.delimiter === '\t') return;
  const { delimiter } = best.dialect;
  const other = layouts.find(
    ({ dialect, hasColumns, score }) => dialect.delimiter !== delimiter && hasColumns && score === best.score,
  )?.dialect.delimiter;
  if (other === undefined) return;
  throw new UserError(
    `${path} has no header, and "${delimiter}" and "${other}" both divide its lines into columns. Say which one it is in a first ` +
      `line, sep=${delimiter} or sep=${other}, or add a header.`,
  );
}

type Read = (layout: Layout, trustsQuotes?: boolean) => Promise<ReadRows<TableRow>>;

async function readBest(layout: Layout, others: readonly Layout[], read: Read): Promise<ReadRows<TableRow>> {
  let best = await read(layout);
  if (!best.hasQuotes || isPerfect(best)) return best;
  if (losesTooMuch(best.file)) {
    const trusting = await read(layout, true);
    // Do texts hold tables, or did stray quotes merge rows? Merged rows are few.
    if (isPerfect(trusting)) return trusting.spans * 2 > trusting.file.rows.length ? trusting : best;
  }
  for (const other of others) {
    if (isUnquoted(other) && !maySkipQuoting(other, best)) continue;
    const found = await read(other);
    if (isBetter(found, best)) best = found;
  }
  return best;
}

function isBetter(one: ReadRows<TableRow>, other: ReadRows<TableRow>): boolean {
  if (one.wellFormed <= other.wellFormed || losesTooMuch(one.file)) return false;
  return losesTooMuch(other.file) || linesOf(one.file.skipped) <= linesOf(other.file.skipped);
}

function isUnquoted({ dialect }: Layout): boolean {
  return dialect.quoting === 'none';
}

function isPerfect(read: ReadRows<TableRow>): boolean {
  return countMisplaced(read) === 0;
}

/** Counts the records that are not well-formed. */
function countMisplaced({ wellFormed, file }: ReadRows<TableRow>): number {
  return file.rows.length + file.skipped.length - wellFormed;
}

/** Whether all quotes of a file may be characters of its texts. */
function maySkipQuoting({ dialect }: Layout, read: ReadRows<TableRow>): boolean {
  const { file, quoted, escaped } = read;
  const skipped = file.skipped.filter(({ reason }) => reason !== inOneCell);
  return (
    losesTooMuch({ ...file, skipped }) ||
    (mayLackQuoting(dialect) && quoted * 2 <= file.rows.length && escaped <= countMisplaced(read))
  );
}

async function readLayout(
  path: string,
  columns: Columns,
  layout: Layout,
  trustsQuotes = false,
): Promise<ReadRows<TableRow>> {
  const { dialect, top } = layout;
  const known = new Set(recurringLabels(layout).map(toKey));
  const createReader = (known: Set<string>) => new TableReader(layout, columns, known);
  return await readDelimitedRows(path, { dialect, top, known, trustsQuotes, createReader });
}

function toKey(label: string): string {
  return normaliseText(label).toLowerCase();
}

const inOneCell = 'the whole line is in quotes, as if it were one cell (remove the outer quotes)';
const brokenQuoting = 'its quoting is broken (a quote inside a quoted text must be doubled)';

class TableReader implements RowReader<TableRow> {
  private readonly names: readonly string[] | undefined;
  private readonly width: number;
  private readonly delimiter: string;
  private readonly places: { text: number; label: number; group: number | undefined };
  /**
   * The labels of the rows. A label is known once it has occurred twice, since a damaged line may produce a false one.
   */
  private readonly labels = new Set<string>();
  /** Rows that lack cells at their end, or have a misplaced quote. */
  private readonly unsure = new Map<TableRow, SkippedLine>();
  /** The first row, and its copies, of a file whose columns are named by number: it may be a header. */
  private first: { row: TableRow; fields: readonly string[]; copies: Place[] } | undefined;
  private firstIsRow = false;
  empty = 0;

  constructor(
    { dialect, names, width, places }: Layout,
    private readonly columns: Columns,
    private readonly known: Set<string>,
  ) {
    this.names = names?.map(toKey);
    this.width = width;
    this.delimiter = dialect.delimiter === '\t' ? 'tab' : dialect.delimiter;
    this.places = { text: places.text?.[0] ?? 0, label: places.label?.[0] ?? 0, group: places.group?.[0] };
  }

  readonly toRow = (fields: string[], record: FileRecord): Outcome<TableRow> => {
    if (this.isHeader(fields)) return headerAgain;
    const isShort = fields.length < this.width && this.hasCells(fields);
    if (!isShort && !this.isWhole(fields))
      return record.isBent
        ? brokenQuoting
        : isOneCell(fields, record)
          ? inOneCell
          : this.wrongWidth(fields.length);
    const row = this.toCells(fields);
    if (typeof row === 'string') {
      this.empty += 1;
      return row;
    }
    const { line, lines } = record;
    if (record.isBent) this.unsure.set(row, { line, lines, reason: brokenQuoting });
    else if (isShort) this.unsure.set(row, { line, lines, reason: this.wrongWidth(fields.length) });
    else this.meet(row.label.toLowerCase());
    if (this.names === undefined) this.compareWithFirst(row, fields, record);
    return row;
  };

  readonly labelOf = (fields: string[]): string | undefined => {
    const row = this.isWhole(fields) ? this.toCells(fields) : '';
    return typeof row === 'string' ? undefined : row.label.toLowerCase();
  };

  readonly settle = (collector: RowCollector<TableRow>): void => {
    this.settleUnsure(collector);
    this.settleFirst(collector);
  };

  private meet(label: string): void {
    if (this.labels.has(label)) this.known.add(label);
    else this.labels.add(label);
  }

  /** Keeps such a row only if another row has its label. */
  private settleUnsure(collector: RowCollector<TableRow>): void {
    for (const [row, skipped] of this.unsure) {
      if (this.labels.has(row.label.toLowerCase())) this.unsure.delete(row);
      else {
        collector.skipped.push(skipped);
        collector.rowLines -= skipped.lines;
      }
    }
    if (this.unsure.size > 0) collector.rows = collector.rows.filter((row) => !this.unsure.has(row));
  }

  /** Treats a first line as a header if no other line has its label; so are its few copies. */
  private settleFirst(collector: RowCollector<TableRow>): void {
    if (!this.first || this.firstIsRow) return;
    const { row, copies } = this.first;
    if (copies.length > 1 && copies.length * 10 > collector.rows.length) return;
    const [header, ...repeated] = copies;
    collector.rows = collector.rows.filter(({ title, label }) => title !== row.title || label !== row.label);
    collector.rowLines -= copies.reduce((sum, { lines }) => sum + lines, 0);
    collector.header += header?.lines ?? 0;
    collector.addRepeated(repeated);
    collector.likelyHeader = { row, places: copies };
  }

  private compareWithFirst(row: TableRow, fields: readonly string[], place: Place): void {
    this.first ??= { row, fields, copies: [] };
    if (this.firstIsRow || row.label.toLowerCase() !== this.first.row.label.toLowerCase()) return;
    if (fields.join('\n') === this.first.fields.join('\n')) this.first.copies.push(place);
    else this.firstIsRow = true;
  }

  private wrongWidth(width: number): string {
    const advice =
      width > this.width ? ` (a text with "${this.delimiter}" needs double quotes around it)` : '';
    return `${width} column(s) instead of ${this.width}${advice}`;
  }

  private toCells(fields: readonly string[]): TableRow | string {
    const { text, label, group } = this.places;
    const cells = { text: fields[text] ?? '', label: fields[label] ?? '' };
    return toTableRow({ ...cells, group: group === undefined ? '' : fields[group] }, this.columns);
  }

  private hasCells({ length }: readonly string[]): boolean {
    return this.places.text < length && this.places.label < length;
  }

  /** Whether a record has all its fields, and only empty ones beyond them. */
  private isWhole(fields: readonly string[]): boolean {
    if (fields.length === this.width) return true;
    return fields.length > this.width && fields.slice(this.width).every((field) => field.trim() === '');
  }

  private isHeader(fields: readonly string[]): boolean {
    if (this.names === undefined || fields.length !== this.names.length) return false;
    return this.names.every((name, index) => sameName(fields[index] as string, name));
  }
}

function isOneCell(fields: readonly string[], { isQuoted, lines }: FileRecord): boolean {
  return fields.length === 1 && lines === 1 && isQuoted === true && /[\t,;|]/.test(fields[0] as string);
}

/** Whether a cell has a name, given in lower case. Longer cells are texts and need no normalising. */
function sameName(cell: string, name: string): boolean {
  return cell.length <= 2 * name.length + 8 && toKey(cell) === name;
}
