// Prediction of a trained ensemble: a title's code units → scores of all labels. See answerer.ts in the folder above.
import { answerFilters, pool, toLogits } from './filters';
import { codes, hashOf, keepFirst, ngrams, readCharacters, readWords, space } from './ngrams';
import { answerBytes, labels, maxLength, vectorBytes } from './shape';
import { vectors } from './training';
import { answers, logits } from './weights';

/** The known words' code units, uint16, one word after the other; where each begins [words + 1], uint32. */
export let wordCodes: usize = 0;
export let wordStarts: usize = 0;
/** A hash table: the index of the word in a slot plus 1, or 0; uint32. The number of slots is a power of 2. */
export let wordSlots: usize = 0;
export let wordSlotCount: u32 = 0;
/** The known words' vectors, quantised to bytes [words, dimensions] with scales [words]; see src/text/int8Rows.ts. */
export let wordBytes: usize = 0;
export let wordScales: usize = 0;
export let dimensions: usize = 0;
/** For each group of four known words, whether their answers are in `answers`; uint8. */
export let areAnswered: usize = 0;
/**
 * The linear part: for each bucket its inverse frequency in sixteenths, uint8; a mark for `keepFirst`, uint8; and from the
 * fourth byte on its weights, int8 with one scale, padded to a multiple of 4 labels. They lie together, so that one access
 * to uncached memory loads all three. Biases [labels] are float32.
 */
export let linearEntries: usize = 0;
export let linearScale: f32 = 0;
export let linearBias: usize = 0;

/** For each known word of the title, the offset of its answers in `answers`; uint32. */
export let title: usize = 0;

/** Enters the words into the hash table; of equal words, the first counts. */
export function indexWords(words: u32): void {
  for (let word: u32 = 0; word < words; word++) {
    const from = wordCodes + load<u32>(wordStarts + word * 4) * 2;
    const end = wordCodes + load<u32>(wordStarts + word * 4, 4) * 2;
    const slot = slotOf(from, end);
    if (load<u32>(slot) === 0) store<u32>(slot, word + 1);
  }
}

/** Computes `logits`, the sums of both parts' scores, from the code units in `codes`. */
export function answerTitle(length: usize): void {
  const words = findWords(length);
  const kept = min(words, maxLength);
  pool(title + (words - kept) * 4, kept);
  toLogits(logits);
  addLinear(length);
}

/** Stores the offset of the answers of each known word of the title; returns the number of words. */
function findWords(length: usize): usize {
  const end = codes + length * 2;
  let count: usize = 0;
  for (let start = codes + 2; start < end; ) {
    let stop = start;
    while (load<u16>(stop) !== space) stop += 2;
    const word = load<u32>(slotOf(start, stop));
    if (word !== 0) {
      store<u32>(title + count * 4, placeOf(word - 1));
      count++;
    }
    start = stop + 2;
  }
  return count;
}

/** Returns the slot of the word with these code units, or the free slot for it. */
function slotOf(from: usize, end: usize): usize {
  const hash = hashOf(from, end);
  const last = wordSlotCount - 1;
  let slot = (hash ^ (hash >> 15)) & last;
  while (isOther(load<u32>(wordSlots + slot * 4), from, end)) slot = (slot + 1) & last;
  return wordSlots + slot * 4;
}

/** Returns whether a slot holds a word other than that with these code units. */
function isOther(entry: u32, from: usize, end: usize): bool {
  if (entry === 0) return false;
  const ofWord = wordStarts + (entry - 1) * 4;
  const start = load<u32>(ofWord);
  const bytes = (load<u32>(ofWord, 4) - start) * 2;
  return bytes !== <u32>(end - from) || memory.compare(wordCodes + start * 2, from, bytes) !== 0;
}

/** Returns the offset of a word's answers. Computes them the first time, with those of the other words of its group. */
function placeOf(word: u32): u32 {
  const wordAnswerBytes = <u32>answerBytes();
  const four = word / 4;
  if (load<u8>(areAnswered + four) === 0) {
    for (let row: usize = 0; row < 4; row++) readVector(<usize>four * 4 + row, vectors + row * vectorBytes);
    answerFilters(vectors, 4, answers + four * 4 * wordAnswerBytes);
    store<u8>(areAnswered + four, 1);
  }
  return word * wordAnswerBytes;
}

function readVector(word: usize, to: usize): void {
  const scale = load<f32>(wordScales + word * 4);
  const from = wordBytes + word * dimensions;
  for (let at: usize = 0; at < dimensions; at++) store<f32>(to + at * 4, <f32>load<i8>(from + at) * scale);
}

/** Adds the linear part's scores to `logits`. */
function addLinear(length: usize): void {
  const marks = linearEntries + 1;
  const entryBytes = ((labels + 3) & ~3) + 4;
  const wordsEnd = keepFirst(ngrams, readWords(codes, length, ngrams), marks, entryBytes);
  const end = keepFirst(wordsEnd, readCharacters(codes, length, wordsEnd), marks, entryBytes);
  for (let label: usize = 0; label < labels; label += 4) {
    const words = scoreGroup(ngrams, wordsEnd, label);
    const scores = f32x4.add(words, scoreGroup(wordsEnd, end, label));
    const to = logits + label * 4;
    v128.store(to, f32x4.add(v128.load(to), f32x4.add(scores, v128.load(linearBias + label * 4))));
  }
}

/** Returns a group's scores for four labels, with its values scaled to length 1. */
function scoreGroup(from: usize, to: usize, label: usize): v128 {
  const entryBytes = ((labels + 3) & ~3) + 4;
  let squares: u64 = 0;
  let sums = f32x4.splat(0);
  for (let at = from; at < to; at += 4) {
    const entry = linearEntries + <usize>load<u32>(at) * entryBytes;
    const value = load<u8>(entry);
    const bytes = v128.load32_zero(entry + label, 4);
    const weights = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes)));
    sums = f32x4.add(sums, f32x4.mul(f32x4.splat(<f32>value), weights));
    squares += <u64>value * value;
    store<u8>(entry, 0, 1);
  }
  return f32x4.mul(sums, f32x4.splat(squares > 0 ? linearScale / Mathf.sqrt(<f32>squares) : 0));
}
