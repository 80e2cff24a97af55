// Support vector machines by dual coordinate descent, all labels of a row at a time. Every visit of a row reads its n-grams
// again, as its code units take less than a quarter of their memory. See linearSvm.ts in the folder above.
import { keepFirst, ngrams, readCharacters, readWords } from './ngrams';
import { integer } from './random';
import { labels, lanes } from './shape';

/** All titles, in the format of ngrams.ts, one after the other; and where each begins [titles + 1], uint32. */
export let titleCodes: usize = 0;
export let titleStarts: usize = 0;
/** For each bucket, the number of titles that have it; uint32. */
export let titlesOfBucket: usize = 0;
/** For each bucket, whether the title being read has it already: the marks of `keepFirst`, uint8. */
export let seenBuckets: usize = 0;
/** The place of each bucket in `machines`, with its inverse frequency in sixteenths in the highest byte; uint32. */
export let entries: usize = 0;
/** Bytes of the weights of a bucket: labels padded to a multiple of 4, float32. */
export let machineBytes: usize = 0;
/** A weight for each bucket and every label [buckets, labels], and the labels' biases; float32. */
export let machines: usize = 0;
export let machineBiases: usize = 0;
/** The dual variables [rows, labels]; float32. */
export let duals: usize = 0;
/** The label of each row, int32, and the term that its cost adds to its squared length, float32. */
export let rowLabels: usize = 0;
export let rowDiagonals: usize = 0;
/** The result of `scoreTitle` [labels]; float32. */
export let titleScores: usize = 0;
/** The rows in the order of the next visits; uint32. */
export let rowOrder: usize = 0;

/** Ends of the word n-grams and of the character n-grams of the last title read. Its buckets are distinct. */
let wordsEnd: usize = 0;
let charactersEnd: usize = 0;

function readTitle(title: usize): void {
  const start = load<u32>(titleStarts + title * 4);
  const length = load<u32>(titleStarts + title * 4, 4) - start;
  const from = titleCodes + start * 2;
  wordsEnd = keepFirst(ngrams, readWords(from, length, ngrams), seenBuckets, 1);
  charactersEnd = keepFirst(wordsEnd, readCharacters(from, length, wordsEnd), seenBuckets, 1);
}

/** Counts titles in `titlesOfBucket`. */
export function countTitles(first: usize, end: usize): void {
  for (let title = first; title < end; title++) {
    readTitle(title);
    for (let at = ngrams; at < charactersEnd; at += 4) {
      const bucket = <usize>load<u32>(at);
      const count = titlesOfBucket + bucket * 4;
      store<u32>(count, load<u32>(count) + 1);
      store<u8>(seenBuckets + bucket, 0);
    }
  }
}

/** Shuffles the order of the rows (Fisher and Yates). */
export function shuffleRows(rows: usize): void {
  for (let left = rows; left > 1; left--) {
    const place = rowOrder + (left - 1) * 4;
    const other = rowOrder + integer(left) * 4;
    const row = load<u32>(place);
    store<u32>(place, load<u32>(other));
    store<u32>(other, row);
  }
}

/** A digest of the prefetched numbers. It is exported so that the compiler keeps the loads. */
export let fetched: u32 = 0;

/** Prefetches the data of a row from uncached memory. */
function fetch(row: usize): void {
  const title = titleCodes + <usize>load<u32>(titleStarts + row * 4) * 2;
  fetched ^= load<u32>(title) ^ load<u32>(title, 64) ^ load<u32>(title, 128);
  fetched ^= load<u32>(rowLabels + row * 4) ^ load<u32>(rowDiagonals + row * 4);
  fetched ^= load<u32>(duals + row * machineBytes);
}

function rowAt(place: usize): usize {
  return load<u32>(rowOrder + place * 4);
}

/** Visits the rows at some places of the order; returns the largest violation of optimality. */
export function learnRows(first: usize, end: usize): f32 {
  let largest = f32x4.splat(0);
  for (let at = first; at < end; at++) {
    const row = rowAt(at);
    fetch(rowAt(min(at + 1, end - 1)));
    fetched ^= load<u32>(titleStarts + rowAt(min(at + 2, end - 1)) * 4);
    readTitle(row);
    const ofWords = findEntries(ngrams, wordsEnd);
    const ofCharacters = findEntries(wordsEnd, charactersEnd);
    for (let column: usize = 0; column < machineBytes; column += lanes) {
      largest = f32x4.max(largest, learnFour(row, column, ofWords, ofCharacters));
    }
  }
  return max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
}

/**
 * Replaces the buckets of a group by their entries. Returns the factor that scales the group's inverse frequencies to
 * length 1, or 0 for an empty group.
 */
function findEntries(from: usize, to: usize): f32 {
  let squares: u64 = 0;
  for (let at = from; at < to; at += 4) {
    const bucket = <usize>load<u32>(at);
    const entry = load<u32>(entries + bucket * 4);
    store<u32>(at, entry);
    store<u8>(seenBuckets + bucket, 0);
    const value: u64 = entry >> 24;
    squares += value * value;
  }
  return squares > 0 ? 1 / Mathf.sqrt(<f32>squares) : 0;
}

/** Does one step for four labels; returns their violations of optimality. */
function learnFour(row: usize, column: usize, ofWords: f32, ofCharacters: f32): v128 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const lane = i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(<i32>(column / 4)));
  const isOwn = i32x4.eq(lane, i32x4.splat(load<i32>(rowLabels + row * 4)));
  const sign = v128.bitselect(one, f32x4.splat(-1), isOwn);
  const diagonal = load<f32>(rowDiagonals + row * 4);
  const squares: f32 = 1 + diagonal + (ofWords > 0 ? <f32>1 : 0) + (ofCharacters > 0 ? <f32>1 : 0);
  const place = duals + row * machineBytes + column;
  const dual = v128.load(place);

  const score = scoreFour(column, ofWords, ofCharacters);
  const margin = f32x4.sub(f32x4.mul(sign, score), one);
  const gradient = f32x4.add(margin, f32x4.mul(f32x4.splat(diagonal), dual));
  const next = f32x4.max(zero, f32x4.sub(dual, f32x4.div(gradient, f32x4.splat(squares))));
  const isLabel = i32x4.lt_s(lane, i32x4.splat(<i32>labels));
  const change = v128.and(isLabel, f32x4.mul(sign, f32x4.sub(next, dual)));
  if (!v128.any_true(f32x4.ne(change, zero))) return zero;
  v128.store(place, v128.bitselect(next, dual, isLabel));
  addFour(ngrams, wordsEnd, column, f32x4.mul(change, f32x4.splat(ofWords)));
  addFour(wordsEnd, charactersEnd, column, f32x4.mul(change, f32x4.splat(ofCharacters)));
  const ofBias = machineBiases + column;
  v128.store(ofBias, f32x4.add(v128.load(ofBias), change));
  const isBound = v128.and(f32x4.eq(dual, zero), f32x4.gt(gradient, zero));
  return v128.and(isLabel, v128.andnot(f32x4.abs(gradient), isBound));
}

/** Returns the scores of the last title read, by the machines of four labels. */
function scoreFour(column: usize, ofWords: f32, ofCharacters: f32): v128 {
  const words = f32x4.mul(f32x4.splat(ofWords), sumFour(ngrams, wordsEnd, column));
  const characters = f32x4.mul(f32x4.splat(ofCharacters), sumFour(wordsEnd, charactersEnd, column));
  return f32x4.add(v128.load(machineBiases + column), f32x4.add(words, characters));
}

/** Returns the sum of the n-grams' inverse frequencies times their weights. */
function sumFour(from: usize, to: usize, column: usize): v128 {
  let sums = f32x4.splat(0);
  for (let at = from; at < to; at += 4) {
    const entry = load<u32>(at);
    sums = f32x4.add(sums, f32x4.mul(inverseOf(entry), v128.load(weightsOf(entry) + column)));
  }
  return sums;
}

/** Adds the n-grams' inverse frequencies times `factors` to their weights. */
function addFour(from: usize, to: usize, column: usize, factors: v128): void {
  for (let at = from; at < to; at += 4) {
    const entry = load<u32>(at);
    const place = weightsOf(entry) + column;
    v128.store(place, f32x4.add(v128.load(place), f32x4.mul(inverseOf(entry), factors)));
  }
}

function inverseOf(entry: u32): v128 {
  return f32x4.splat(<f32>(entry >> 24));
}

function weightsOf(entry: u32): usize {
  return machines + <usize>(entry & 0xffffff) * machineBytes;
}

/** Stores the scores of a title in `titleScores`. */
export function scoreTitle(title: usize): void {
  readTitle(title);
  const ofWords = findEntries(ngrams, wordsEnd);
  const ofCharacters = findEntries(wordsEnd, charactersEnd);
  for (let column: usize = 0; column < machineBytes; column += lanes) {
    v128.store(titleScores + column, scoreFour(column, ofWords, ofCharacters));
  }
}
