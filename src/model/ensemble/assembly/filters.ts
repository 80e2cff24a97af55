// The convolution's forward pass: words → answers to all filters → the largest answer to each in a title → logits.
import { answerBytes, filters, labels, lanes, pooledBytes, vectorBytes } from './shape';
import { answers, bias, kernel, output, outputBias, pooled, transposed } from './weights';

/** Call it after the kernel has changed. */
export function transposeKernel(): void {
  const rowBytes = answerBytes();
  for (let filter: usize = 0; filter < filters * 3; filter++) {
    let to = transposed + filter * 4;
    for (let from = kernel + filter * vectorBytes; from < kernel + (filter + 1) * vectorBytes; from += 4) {
      store<f32>(to, load<f32>(from));
      to += rowBytes;
    }
  }
}

/**
 * Computes the words' answers, the dot products of their vectors and the kernel's rows. Processes four words and eight
 * filters at a time, so the buffers need room for a multiple of 4 words.
 */
export function answerFilters(vectors: usize, words: usize, to: usize): void {
  const rowBytes = answerBytes();
  for (let word: usize = 0; word < words; word += 4) {
    for (let column: usize = 0; column < rowBytes; column += lanes + lanes) {
      answerFour(vectors + word * vectorBytes, column, to + word * rowBytes + column);
    }
  }
}

function answerFour(vectors: usize, column: usize, to: usize): void {
  const rowBytes = answerBytes();
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  let row = transposed + column;
  let b = vectors + vectorBytes;
  let c = b + vectorBytes;
  let d = c + vectorBytes;
  for (let a = vectors; a < vectors + vectorBytes; a += 4) {
    const kernel0 = v128.load(row);
    const kernel1 = v128.load(row, lanes);
    let value = v128.load_splat<f32>(a);
    a0 = f32x4.add(a0, f32x4.mul(value, kernel0));
    a1 = f32x4.add(a1, f32x4.mul(value, kernel1));
    value = v128.load_splat<f32>(b);
    b0 = f32x4.add(b0, f32x4.mul(value, kernel0));
    b1 = f32x4.add(b1, f32x4.mul(value, kernel1));
    value = v128.load_splat<f32>(c);
    c0 = f32x4.add(c0, f32x4.mul(value, kernel0));
    c1 = f32x4.add(c1, f32x4.mul(value, kernel1));
    value = v128.load_splat<f32>(d);
    d0 = f32x4.add(d0, f32x4.mul(value, kernel0));
    d1 = f32x4.add(d1, f32x4.mul(value, kernel1));
    b += 4;
    c += 4;
    d += 4;
    row += rowBytes;
  }
  storeTwo(to, a0, a1);
  storeTwo(to + rowBytes, b0, b1);
  storeTwo(to + rowBytes * 2, c0, c1);
  storeTwo(to + rowBytes * 3, d0, d1);
}

function storeTwo(to: usize, first: v128, second: v128): void {
  v128.store(to, first);
  v128.store(to, second, lanes);
}

/**
 * Computes the largest answer to each filter in a title, plus bias, at least 0; all 0 for a title without words.
 * @param from for each word of the title, the offset of its answers in `answers`; uint32
 */
export function pool(from: usize, words: usize): void {
  for (let column: usize = 0; column < filters * 4; column += lanes) poolFour(from, words, column);
  rectify(words);
}

function poolFour(title: usize, words: usize, column: usize): void {
  const half = filters * 4;
  let most = f32x4.splat(-Infinity);
  let mostOfPair = most;
  let before = f32x4.splat(0);
  for (let at: usize = 0; at < words; at++) {
    const from = answers + load<u32>(title + at * 4) + column;
    most = f32x4.pmax(most, v128.load(from));
    mostOfPair = f32x4.pmax(mostOfPair, f32x4.add(before, v128.load(from + half + half)));
    before = v128.load(from + half);
  }
  v128.store(pooled + column, most);
  v128.store(pooled + half + column, f32x4.pmax(mostOfPair, before));
}

/** Adds the bias to the largest answers in `pooled`, and replaces negative sums by 0. */
export function rectify(words: usize): void {
  if (words === 0) {
    memory.fill(pooled, 0, pooledBytes());
    return;
  }
  for (let column: usize = 0; column < pooledBytes(); column += lanes) {
    const value = f32x4.add(v128.load(pooled + column), v128.load(bias + column));
    v128.store(pooled + column, f32x4.max(f32x4.splat(0), value));
  }
}

/** Applies the dense layer: stores the logits [labels] of the pooled answers at `to`. */
export function toLogits(to: usize): void {
  for (let label: usize = 0; label < labels; label++) {
    const row = output + label * pooledBytes();
    let sums = f32x4.splat(0);
    for (let at: usize = 0; at < pooledBytes(); at += lanes) {
      sums = f32x4.add(sums, f32x4.mul(v128.load(row + at), v128.load(pooled + at)));
    }
    store<f32>(to + label * 4, load<f32>(outputBias + label * 4) + sumOf(sums));
  }
}

function sumOf(four: v128): f32 {
  return (
    f32x4.extract_lane(four, 0) +
    f32x4.extract_lane(four, 1) +
    (f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3))
  );
}
