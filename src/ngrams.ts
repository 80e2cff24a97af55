// Step 3, for linear models: titles → n-grams, words and pairs of neighbours as well as runs of three to five characters,
// each as the bucket that its hash falls into. No string is made of any of them.
import { setImmediate } from 'node:timers/promises';
import { visitTokens } from './tokenizer';

/** The n-grams of some titles, one after the other; of each title first its words, then its characters. */
export interface Ngrams {
  /** Buckets. What stands several times in a title stands several times here. */
  buckets: Uint32Array;
  /** Where they begin, two for each title, and in the end where the last ones stop. */
  starts: Uint32Array;
}

/** Groups of n-grams, of which each counts as much as the other however many n-grams it has. */
export const ngramGroups = 2;

const shortest = 3;
const longest = 5;
const space = 0x20;

/** Makes a reader of titles. What it gives is valid until the next call. @param bucketCount a power of 2 */
export function createNgramReader(bucketCount: number): (titles: readonly string[]) => Ngrams {
  const shift = 32 - Math.log2(bucketCount);
  let buckets = new Uint32Array(1024);
  let count = 0;

  const add = (hash: number) => {
    if (count === buckets.length) {
      const larger = new Uint32Array(2 * count);
      larger.set(buckets);
      buckets = larger;
    }
    buckets[count++] = mixed(hash) >>> shift;
  };

  /** Word n-grams: every word, and every pair of neighbours. */
  const addWords = (title: string) => {
    let before = 0;
    visitTokens(title, (text, start, end) => {
      const hash = hashOf(text, start, end);
      add(hash);
      if (before !== 0) add(Math.imul(before, 0x9e3779b1) ^ hash);
      before = hash;
    });
  };

  /** Character n-grams within each word, whose ends count as spaces. */
  const addCharacters = (title: string) => {
    visitTokens(title, (text, start, end) => {
      for (let first = start - 1; first + shortest <= end + 1; first++) {
        let hash = 0x5bd1e995;
        const last = Math.min(first + longest, end + 1);
        for (let at = first; at < last; at++) {
          hash = step(hash, at < start || at === end ? space : text.charCodeAt(at));
          if (at - first + 1 >= shortest) add(hash);
        }
      }
    });
  };

  return (titles) => {
    count = 0;
    const starts = new Uint32Array(ngramGroups * titles.length + 1);
    titles.forEach((title, row) => {
      addWords(title);
      starts[ngramGroups * row + 1] = count;
      addCharacters(title);
      starts[ngramGroups * row + 2] = count;
    });
    return { buckets: buckets.subarray(0, count), starts };
  };
}

/** Titles read before signals and timers are let through. */
const titlesAtOnce = 10_000;

/** The n-grams of many titles; signals and timers are let through meanwhile. */
export async function readNgrams(titles: readonly string[], bucketCount: number): Promise<Ngrams> {
  const read = createNgramReader(bucketCount);
  const parts: Uint32Array[] = [];
  const starts = new Uint32Array(ngramGroups * titles.length + 1);
  let count = 0;
  for (let first = 0; first < titles.length; first += titlesAtOnce) {
    const some = read(titles.slice(first, first + titlesAtOnce));
    starts.set(
      some.starts.map((start) => start + count),
      ngramGroups * first,
    );
    parts.push(some.buckets.slice());
    count += some.buckets.length;
    await setImmediate();
  }
  const buckets = new Uint32Array(count);
  let end = 0;
  for (const part of parts) {
    buckets.set(part, end);
    end += part.length;
  }
  return { buckets, starts };
}

/** FNV-1a over UTF-16 code units. */
function hashOf(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = step(hash, text.charCodeAt(at));
  return hash;
}

function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** Spreads a hash over all of its bits (the last steps of MurmurHash3). */
function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const full = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return full ^ (full >>> 16);
}
