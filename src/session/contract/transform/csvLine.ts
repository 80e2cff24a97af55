// One line of CSV → its cells, by RFC 4180: quotes enclose a whole cell, and are doubled inside it. And whether a file's lines
// are separated by something else than commas.

/** Reason that a line has no cells: it ends within quotes, or a quote is inside a cell that is not in quotes. */
type QuoteProblem = 'open' | 'stray';

/** Returns a line's cells, or what is wrong with its quotes. */
export function parseCsvLine(line: string, delimiter = ','): string[] | QuoteProblem {
  if (!line.includes('"')) return line.split(delimiter);
  const cells: string[] = [];
  for (let start = 0; start <= line.length; ) {
    const isQuoted = line[start] === '"';
    const end = isQuoted ? findQuotedEnd(line, start) : findEnd(line, delimiter, start);
    if (end === undefined) return 'open';
    const cell = line.slice(start, end);
    if (isQuoted ? end < line.length && line[end] !== delimiter : cell.includes('"')) return 'stray';
    cells.push(isQuoted ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    start = end + 1;
  }
  return cells;
}

function findEnd(line: string, delimiter: string, start: number): number {
  const found = line.indexOf(delimiter, start);
  return found < 0 ? line.length : found;
}

/** Returns the position behind the closing quote. */
function findQuotedEnd(line: string, start: number): number | undefined {
  for (let at = line.indexOf('"', start + 1); at >= 0; at = line.indexOf('"', at + 2)) {
    if (line[at + 1] !== '"') return at + 1;
  }
  return undefined;
}

const delimiters = { ';': 'semicolons', '\t': 'tabs', '|': 'vertical bars' } as const;
type Delimiter = keyof typeof delimiters;

/** Watches the lines of a file for another delimiter than the comma. */
interface DelimiterWatch {
  see(line: string): void;
  /** Returns its plural, where one gives all lines seen the same number of columns, above 1. */
  found(): string | undefined;
}

export function watchDelimiters(): DelimiterWatch {
  let left = (Object.keys(delimiters) as Delimiter[]).map((delimiter) => ({ delimiter, columns: 0 }));
  return {
    see(line) {
      if (left.length === 0) return;
      left = left.flatMap(({ delimiter, columns }) => {
        const cells = parseCsvLine(line, delimiter);
        const isSame =
          Array.isArray(cells) && cells.length > 1 && (columns === 0 || columns === cells.length);
        return isSame ? [{ delimiter, columns: cells.length }] : [];
      });
    },
    found: () => left[0] && delimiters[left[0].delimiter],
  };
}
