// Reads fastText's layout: lines of `__label__LABEL text`, as the columns "label" and "text".
import { UserError } from '../../platform/errors';
import { checkLosses, type FileRows, isBlank, RowCollector } from './fileRows';
import { type Head, problemOf, readLines } from './lines';
import { type Columns, findColumn, type TableRow, toTableRow } from './tableRow';

const prefix = '__label__';
const names = ['label', 'text'];

export function isFastText({ lines }: Head): boolean {
  return (
    lines
      .find((line) => line.trim() !== '')
      ?.trimStart()
      .startsWith(prefix) ?? false
  );
}

/** Reads the rows. Throws a {@link UserError} for columns other than "label" and "text", or 1 and 2. */
export async function readFastText(path: string, columns: Columns): Promise<FileRows<TableRow>> {
  if (!isColumn(columns.label, 0) || !isColumn(columns.text, 1) || columns.group !== undefined) {
    throw new UserError(
      `${path} is in fastText's layout, which has two columns: name them { text: 'text', label: 'label' }.`,
    );
  }
  const collector = new RowCollector<TableRow>();
  let count = 0;
  for await (const { lines } of readLines(path)) {
    for (const line of lines) {
      const place = { line: ++count, lines: 1 };
      if (isBlank(line)) collector.addBlank(place);
      else collector.add(place, problemOf(line) ?? toRow(line, columns));
    }
  }
  return await checkLosses(path, collector.finish(count));
}

function isColumn(name: string, index: number): boolean {
  return findColumn(names, name)[0] === index || name.trim() === String(index + 1);
}

function toRow(line: string, columns: Columns): TableRow | string {
  const [, label = '', text = ''] = /^\s*(\S+?),?(?:\s+(?:,\s+)?(.*))?$/s.exec(line) ?? [];
  if (!label.startsWith(prefix)) return `it does not begin with ${prefix}`;
  if (text.startsWith(prefix)) return 'it has several labels; expected one';
  // fastText's own scripts write a comma after the label.
  return toTableRow({ text, label: label.slice(prefix.length) }, columns);
}
