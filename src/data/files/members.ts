// Reads rows with named members (JSON, Parquet): the values of the named columns → a row.
import { UserError } from '../../platform/errors';
import { type Columns, findColumn, type TableRow, toTableRow } from './tableRow';

type Column = keyof Columns;

/** A value that has no text. */
export class Unreadable {
  constructor(readonly holds: string) {}
}

export class MemberReader {
  /** The name of each column's member, as the rows spell it. */
  private readonly members = new Map<Column, string>();
  /** Names seen, for the error that lists them. */
  private readonly names = new Set<string>();

  constructor(
    private readonly path: string,
    private readonly columns: Columns,
  ) {
    if (findColumn([columns.text], columns.label).length > 0) {
      throw new UserError(`The column "${columns.text}" cannot be both text and label. Name two columns.`);
    }
  }

  /** Returns the row of a parsed value, or the reason why it has none. */
  toRow(value: unknown): TableRow | string {
    if (value === undefined) return 'it is not valid JSON';
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return `it is ${describe(value)} instead of an object`;
    }
    const row = value as Record<string, unknown>;
    const cells = { text: '', label: '', group: '' };
    for (const column of Object.keys(this.columns) as Column[]) {
      const cell = this.find(row, column);
      if (typeof cell === 'object')
        return `the column "${this.columns[column]}" contains ${cell.holds}; expected one value`;
      cells[column] = cell;
    }
    return toTableRow(cells, this.columns);
  }

  /** Throws a {@link UserError} for a column that no row has. */
  demandColumns(): void {
    for (const column of Object.keys(this.columns) as Column[]) {
      if (this.columns[column] === undefined || this.members.has(column) || this.names.size === 0) continue;
      const names = [...this.names].slice(0, 20).join(', ');
      throw new UserError(`${this.path} has no column "${this.columns[column]}". Its columns are: ${names}.`);
    }
  }

  private find(row: Record<string, unknown>, column: Column): string | Unreadable {
    const name = this.columns[column];
    if (name === undefined) return '';
    const known = this.members.get(column) ?? name;
    const value = Object.hasOwn(row, known) ? row[known] : this.findSpelled(row, column, name);
    if (Object.hasOwn(row, known)) this.members.set(column, known);
    if (value === undefined || value === null) return '';
    if (value instanceof Unreadable) return value;
    return typeof value === 'object' ? new Unreadable(describe(value)) : String(value);
  }

  private findSpelled(row: Record<string, unknown>, column: Column, name: string): unknown {
    if (this.members.has(column)) return undefined;
    const names = Object.keys(row);
    for (const other of names) if (this.names.size < 1000) this.names.add(other);
    const [place, second] = findColumn(names, name);
    if (place === undefined) return undefined;
    if (second !== undefined) {
      throw new UserError(`${this.path} has two columns named "${name}". Give each its own name.`);
    }
    const member = names[place] as string;
    this.members.set(column, member);
    return row[member];
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
