// A job's log under a cell: its first and last lines.
import { escapeHtml } from '../display/table';

/** Number of lines kept from each end of a log. */
const keptLines = 100;
/** Number of characters kept of a line. */
const keptCharacters = 1000;

interface JobLog {
  readonly count: number;
  add(line: string): void;
  /** Returns the last lines. */
  last(count: number): readonly string[];
  /**
   * Returns all kept lines, with a line in place of the omitted ones.
   * @param whole where to find the whole log
   */
  kept(whole: string): readonly string[];
}

export function createJobLog(): JobLog {
  const head: string[] = [];
  const tail: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(line) {
      count++;
      const shown = line.length > keptCharacters ? `${line.slice(0, keptCharacters)}…` : line;
      if (head.length < keptLines) {
        head.push(shown);
        return;
      }
      tail.push(shown);
      if (tail.length > keptLines) tail.shift();
    },
    last: (wanted) => [...head, ...tail].slice(-wanted),
    kept(whole) {
      const left = count - head.length - tail.length;
      const gap = left > 0 ? [`… ${left.toLocaleString('en')} lines omitted. The whole log: ${whole}`] : [];
      return [...head, ...gap, ...tail];
    },
  };
}

/** Returns lines that scroll sideways rather than wrap. */
export function linesHtml(lines: readonly string[]): string {
  return `<pre style="overflow-x: auto; white-space: pre; margin: 0">${lines.map(escapeHtml).join('\n')}</pre>`;
}
