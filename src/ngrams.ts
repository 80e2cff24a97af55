// Step 3, for linear models: titles → n-grams, words and pairs of neighbours as well as runs of three to five characters,
// each as the bucket that its hash falls into. src/assembly/ngrams.ts computes; no string is made of any of them.
import { setImmediate } from 'node:timers/promises';
import { assemble, type Block } from './assembly';
import { type TokenVisitor, visitTokens, writePlainTokens } from './tokenizer';

/** The n-grams of some titles, one after the other; of each title first its words, then its characters. */
export interface Ngrams {
  /** Buckets. What stands several times in a title stands several times here. */
  buckets: Uint32Array;
  /** Where they begin, two for each title, and in the end where the last ones stop. */
  starts: Uint32Array;
}

/** Groups of n-grams, of which each counts as much as the other however many n-grams it has. */
export const ngramGroups = 2;

/** What src/assembly/ngrams.ts reads. */
export interface TitleCodes {
  /** The UTF-16 code units of the titles' tokens, a space in front of a title's first and behind each. */
  codes: Uint16Array;
  /** Where each title begins, and in the end where the last one stops. */
  starts: Uint32Array;
}

/** What src/assembly/ngrams.ts needs besides titles. @param bucketCount a power of 2 */
export function layOutNgrams(bucketCount: number, longest: number) {
  return {
    // Each code unit begins three runs at most; the space in front has room for a lone word's.
    blocks: { ngrams: [Uint32Array, 3 * longest] } satisfies Record<string, Block>,
    settings: { hashShift: 32 - Math.log2(bucketCount) },
  };
}

/** Titles written before signals and timers are let through. */
const titlesAtOnce = 10_000;

/** The code units of many titles; signals and timers are let through meanwhile. */
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

/** Writes titles as {@link TitleCodes}. @param room for so many code units, at first */
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
    /** Writes a title behind those before it; gives where it ends. */
    write(title: string): number {
      makeRoom(length + title.length + 2);
      codes[length++] = space;
      const end = writePlainTokens(title, codes, length);
      if (end < 0) visitTokens(title, put);
      else length = end;
      return length;
    },
    /** What has been written; valid until the next title. */
    codes: () => codes.subarray(0, length),
    /** Forgets what has been written. */
    clear() {
      length = 0;
    },
  };
}

/** Makes a reader of titles. @param bucketCount a power of 2 */
export function createNgramReader(bucketCount: number): (titles: readonly string[]) => Ngrams {
  const writer = createTitleWriter();
  const { blocks, settings } = layOutNgrams(bucketCount, 1024);
  const assembly = assemble({ ...blocks, codes: [Uint16Array, 1024] }, () => settings);

  return (titles) => {
    const starts = new Uint32Array(ngramGroups * titles.length + 1);
    const parts = titles.map((title, row) => {
      writer.clear();
      const length = writer.write(title);
      if (length > assembly.views.codes.length) {
        assembly.enlarge('codes', 2 * length);
        assembly.enlarge('ngrams', layOutNgrams(bucketCount, 2 * length).blocks.ngrams[1]);
      }
      const { functions, views } = assembly;
      views.codes.set(writer.codes());
      const { byteOffset: from } = views.codes;
      const { byteOffset: to, BYTES_PER_ELEMENT } = views.ngrams;
      const wordsEnd = functions.readWords(from, length, to);
      const words = (wordsEnd - to) / BYTES_PER_ELEMENT;
      const all = (functions.readCharacters(from, length, wordsEnd) - to) / BYTES_PER_ELEMENT;
      const start = starts[ngramGroups * row] as number;
      starts.set([start + words, start + all], ngramGroups * row + 1);
      return views.ngrams.slice(0, all);
    });
    const buckets = new Uint32Array(starts.at(-1) as number);
    parts.forEach((part, row) => {
      buckets.set(part, starts[ngramGroups * row]);
    });
    return { buckets, starts };
  };
}
