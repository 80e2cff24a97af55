// Errors for columns that are not found: the reason, and what to do.

import { UserError } from '../../platform/errors';
import { demandReadable } from './encoding';
import { normaliseText } from './labelText';
import type { Layout } from './layout';
import type { Head } from './lines';
import type { Columns } from './tableRow';

interface Search {
  path: string;
  /** The best layout; undefined if no delimiter fits. */
  layout: Layout | undefined;
  head: Head;
  columns: Columns;
}

/** Returns the layout. Throws a {@link UserError} unless it has each column exactly once. */
export async function demandColumns({ path, layout, head, columns }: Search): Promise<Layout> {
  const [first = ''] = head.lines.filter((line) => line.trim() !== '');
  if (!layout?.hasColumns) await demandReadable(path, first, head.lines.indexOf(first) + 1);
  if (!layout) throw oneColumn(path, first, columns);
  for (const [key, places] of Object.entries(layout.places)) {
    const name = columns[key as keyof Columns] as string;
    if (places.length > 1) {
      throw new UserError(`${path} has ${places.length} columns named "${name}". Give each its own name.`);
    }
    if (places.length === 0) throw notFound(path, layout, name);
    const width = Math.max(layout.width, layout.first.length);
    if ((places[0] as number) >= width) {
      throw new UserError(`${path} has no column ${name}: it has ${width} columns.`);
    }
  }
  const { text, label } = layout.places;
  if (text?.[0] === label?.[0]) {
    throw new UserError(`The column "${columns.text}" cannot be both text and label. Name two columns.`);
  }
  return layout;
}

function oneColumn(path: string, first: string, { text, label }: Columns): UserError {
  if (first === '')
    return new UserError(`${path} contains nothing but blank lines. Check that it is the right file.`);
  if (/^\s*".*[\t,;|].*"\s*$/.test(first)) {
    return new UserError(
      `${path} has the whole of its first line in quotes, as if it were one cell. Save the table again, or remove the ` +
        'outer quotes of each line, and write "" inside them as ".',
    );
  }
  const words = first.split(/\s+/).map((word) => normaliseText(word.replaceAll('"', '')));
  if ([text, label].every((name) => words.includes(name))) {
    return new UserError(
      `${path} separates its columns by spaces, which texts contain, too. Save it with commas (CSV) or tabs (TSV).`,
    );
  }
  return new UserError(
    `${path} has no columns: no tab, comma, semicolon or | splits its lines into an equal number. It begins with ` +
      `${JSON.stringify(first.slice(0, 80))}. Check that it is the right file.`,
  );
}

function notFound(path: string, { first, rows, names }: Layout, name: string): UserError {
  const guess = names && guessColumns(first, rows);
  if (!guess) return new UserError(`${path} has no column "${name}". Its columns are: ${first.join(', ')}.`);
  const shown = first.map((cell, index) => `${index + 1}: ${JSON.stringify(cell.slice(0, 30))}`).join(', ');
  return new UserError(
    `${path} has no column "${name}". Its first line looks like a row, not like names of columns: ${shown}. If it has ` +
      `no header, name the columns by number: { text: '${guess.text}', label: '${guess.label}' }.`,
  );
}

/**
 * Returns the numbers of the likely text and label columns if the first line looks like a row: other rows share its
 * values.
 */
function guessColumns(
  first: readonly string[],
  rows: readonly string[][],
): Record<'text' | 'label', number> | undefined {
  const others = rows.filter((row) => row.join('\n') !== first.join('\n'));
  const columns = first.map((cell, index) => {
    const values = others.map((row) => row[index] ?? '');
    const recurs = cell.trim() !== '' && values.includes(cell);
    return { number: index + 1, recurs, distinct: new Set(values).size, length: values.join('').length };
  });
  const labels = columns.filter(({ recurs, distinct }) => recurs && distinct > 1);
  const label = labels.sort((a, b) => a.distinct - b.distinct)[0]?.number;
  if (label === undefined) return undefined;
  const rest = columns.filter(({ number }) => number !== label).sort((a, b) => b.length - a.length);
  return { text: rest[0]?.number ?? 1, label };
}
