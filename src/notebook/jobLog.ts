// A job's log as it is shown under a cell: its first and last lines, however long it is.
import { escapeHtml } from '../display/table';

/** Lines that are kept of a log's beginning, and as many of its end. */
const keptLines = 100;
/** Characters of a line that are kept. */
const keptCharacters = 1000;

export interface JobLog {
  readonly count: number;
  add(line: string): void;
  /** The last lines. */
  last(count: number): readonly string[];
  /**
   * Everything that is kept, with a line for what is not.
   * @param whole where all of the log is
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
      const gap =
        left > 0 ? [`… ${left.toLocaleString('en')} lines are left out here. The whole log: ${whole}`] : [];
      return [...head, ...gap, ...tail];
    },
  };
}

/** Lines that scroll sideways rather than wrap. */
export function linesHtml(lines: readonly string[]): string {
  return `<pre style="overflow-x: auto; white-space: pre; margin: 0">${lines.map(escapeHtml).join('\n')}</pre>`;
}
