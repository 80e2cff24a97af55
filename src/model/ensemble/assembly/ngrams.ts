// A title's tokens → the buckets of its n-grams. The input is the tokens' UTF-16 code units, uint16, with a space before
// the first token and after every token. See ngrams.ts in the folder above.

/** The number of bits by which a hash is shifted to become a bucket: 32 − log2 of the number of buckets. */
export let hashShift: u32 = 0;
/** Buffers for the code units of one title, and for the buckets of its n-grams, uint32. */
export let codes: usize = 0;
export let ngrams: usize = 0;

export const space: u32 = 0x20;
/** The initial hashes of words and of characters. */
const wordBasis: u32 = 0x811c9dc5;
const characterBasis: u32 = 0x5bd1e995;

/** Stores the buckets of every word and every pair of neighbours at `to`, and returns where they end. */
export function readWords(from: usize, length: usize, to: usize): usize {
  const end = from + length * 2;
  let before: u32 = 0;
  let hash = wordBasis;
  for (let at = from + 2; at < end; at += 2) {
    const code: u32 = load<u16>(at);
    if (code !== space) {
      hash = step(hash, code);
      continue;
    }
    to = add(to, hash);
    if (before !== 0) to = add(to, (before * 0x9e3779b1) ^ hash);
    before = hash;
    hash = wordBasis;
  }
  return to;
}

/** Does the same for runs of three to five characters within each word and the spaces around it. */
export function readCharacters(from: usize, length: usize, to: usize): usize {
  const end = from + length * 2;
  for (let first = from; first + 4 < end; first += 2) {
    let code: u32 = load<u16>(first, 2);
    if (code === space) continue;
    let hash = step(step(characterBasis, load<u16>(first)), code);
    code = load<u16>(first, 4);
    hash = step(hash, code);
    to = add(to, hash);
    if (code === space) continue;
    code = load<u16>(first, 6);
    hash = step(hash, code);
    to = add(to, hash);
    if (code === space) continue;
    to = add(to, step(hash, load<u16>(first, 8)));
  }
  return to;
}

/**
 * Keeps the first of equal buckets and returns where those kept end, so that an n-gram that a title repeats counts once.
 * @param marks a byte for every bucket, `stride` bytes apart. Those of the kept are 1 afterwards, until their reader sets them to 0
 */
export function keepFirst(from: usize, to: usize, marks: usize, stride: usize): usize {
  let end = from;
  for (let at = from; at < to; at += 4) {
    const bucket = load<u32>(at);
    const mark = marks + <usize>bucket * stride;
    if (load<u8>(mark) !== 0) continue;
    store<u8>(mark, 1);
    store<u32>(end, bucket);
    end += 4;
  }
  return end;
}

/** Returns the hash of a word's code units, equal to that of its word n-gram. */
export function hashOf(from: usize, end: usize): u32 {
  let hash = wordBasis;
  for (let at = from; at < end; at += 2) hash = step(hash, load<u16>(at));
  return hash;
}

/** Adds a code unit to a hash (FNV-1a). */
function step(hash: u32, code: u32): u32 {
  return (hash ^ code) * 0x01000193;
}

/** Stores the bucket of a hash after mixing all of its bits (the final steps of MurmurHash3). */
function add(to: usize, hash: u32): usize {
  const half = (hash ^ (hash >> 16)) * 0x85ebca6b;
  const full = (half ^ (half >> 13)) * 0xc2b2ae35;
  store<u32>(to, (full ^ (full >> 16)) >> hashShift);
  return to + 4;
}
