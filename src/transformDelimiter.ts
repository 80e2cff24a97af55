// Batch transform, CSV that another delimiter separates: found where that one gives each line the same number of columns.
import { parseCsvLine } from './csvLine';

const delimiters = { ';': 'semicolons', '\t': 'tabs', '|': 'vertical bars' } as const;
type Delimiter = keyof typeof delimiters;

/** Watches the lines of a file for another delimiter than the comma. */
export interface DelimiterWatch {
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
