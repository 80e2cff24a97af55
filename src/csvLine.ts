// One line of CSV → its cells, by RFC 4180: quotes enclose a whole cell, and are doubled inside it.

/** Why a line has no cells: it ends within quotes, or a quote stands inside a cell that is not in quotes. */
export type QuoteProblem = 'open' | 'stray';

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
