// For linear models: titles → their tokens' code units. From these, assembly/ngrams.ts makes n-grams: words, pairs
// of neighbours, and runs of three to five characters, each hashed to a bucket without making a string. An n-gram counts
// once in a title, however often it occurs. On inner splits by story, the linear part is right in 87.3% with presence, and
// in 87.2% with counts or their logarithms.
import { setImmediate } from 'node:timers/promises';
import { readablePart } from '../../text/normalise';
import { type TokenVisitor, visitTokens, writePlainTokens } from '../../text/tokenizer';

/** The input of assembly/ngrams.ts. */
export interface TitleCodes {
  /** The UTF-16 code units of the titles' tokens, with a space before a title's first token and after each. */
  codes: Uint16Array;
  /** Where each title begins, followed by the end of the last one. */
  starts: Uint32Array;
}

/** Returns by how many bits a hash is shifted to become a bucket. @param buckets a power of 2, at least 2 */
export function hashShift(buckets: number): number {
  return 32 - Math.log2(buckets);
}

/** Returns the most n-grams of a number of code units: a word of n code units has at most 3 n. */
export function ngramRoom(codeUnits: number): number {
  return 3 * codeUnits;
}

/** Titles written before yielding to signals and timers. */
const titlesAtOnce = 10_000;

/** Returns the code units of many titles. Yields to signals and timers meanwhile. */
export async function encodeTitles(titles: readonly string[]): Promise<TitleCodes> {
  const writer = createTitleWriter(titles.reduce((sum, { length }) => sum + length + 2, 0));
  const starts = new Uint32Array(titles.length + 1);
  for (let row = 0; row < titles.length; row++) {
    starts[row + 1] = writer.write(titles[row] as string);
    if ((row + 1) % titlesAtOnce === 0) await setImmediate();
  }
  return { codes: writer.codes(), starts };
}

const space = 0x20;

/** Writes titles as {@link TitleCodes}. @param room the initial size in code units */
export function createTitleWriter(room = 1024) {
  let codes = new Uint16Array(room);
  let length = 0;
  const makeRoom = (wanted: number) => {
    if (wanted <= codes.length) return;
    const larger = new Uint16Array(2 * wanted);
    larger.set(codes);
    codes = larger;
  };
  const put: TokenVisitor = (text, start, end) => {
    makeRoom(length + end - start + 1);
    const to = codes;
    let next = length;
    for (let at = start; at < end; at++) to[next++] = text.charCodeAt(at);
    to[next++] = space;
    length = next;
  };
  return {
    /** Appends a title and returns where it ends. */
    write(whole: string): number {
      const title = readablePart(whole);
      makeRoom(length + title.length + 2);
      codes[length++] = space;
      const end = writePlainTokens(title, codes, length);
      if (end < 0) visitTokens(title, put);
      else length = end;
      return length;
    },
    /** Returns the titles written so far; valid until the next title. */
    codes: () => codes.subarray(0, length),
    /** Deletes the titles written so far. */
    clear() {
      length = 0;
    },
  };
}
