// Batch transform, a header without one of the usual names: in some column, a name stands over nothing but numbers.
import { meansEmpty } from '../../../data/emptyWords';

/** With fewer rows below, that may be chance. */
const fewestRows = 2;

/** Watches the rows of a file for a header. */
interface HeaderWatch {
  see(cells: readonly string[]): void;
  /** Returns the name over the numbers; '' over row numbers, as pandas and R write them. */
  found(): string | undefined;
}

/** @param text the headlines' column, in which numbers prove nothing */
export function watchHeader(text: number): HeaderWatch {
  let left: { at: number; name: string }[] | undefined;
  let rows = 0;
  return {
    see(cells) {
      if (!left) {
        left = cells
          .map((cell, at) => ({ at, name: cell.trim() }))
          .filter(({ at, name }) => at !== text && (name === '' || isName(name)));
      } else if (left.length > 0) {
        rows += 1;
        left = left.filter(({ at, name }) => isBelow(name, (cells[at] ?? '').trim(), rows));
      }
    },
    found: () => (rows >= fewestRows ? left?.[0]?.name : undefined),
  };
}

function isName(cell: string): boolean {
  return /^[\p{L}_]/u.test(cell) && !meansEmpty(cell);
}

function isBelow(name: string, cell: string, row: number): boolean {
  if (name === '') return cell === `${row}` || cell === `${row - 1}`;
  return /^[+-]?\d+(\.\d+)?$/.test(cell);
}
