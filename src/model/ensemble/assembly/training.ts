// One training step of the convolution: forward, back, and Adam (Kingma and Ba, 2015). See wordFiltersTrainer.ts in
// the folder above.
import { answerFilters, pool, rectify, toLogits, transposeKernel } from './filters';
import { fraction } from './random';
import { answerBytes, filters, labels, lanes, maxLength, pooledBytes, vectorBytes } from './shape';
import { answers, bias, kernel, logits, output, outputBias, pooled } from './weights';

/** Word vectors [words, width], and Adam's running means of their gradients and squared gradients. */
export let embedding: usize = 0;
export let embeddingFirst: usize = 0;
export let embeddingSecond: usize = 0;
/** The gradients and running means of all other weights, which follow each other, the kernel first. */
export let denseGradient: usize = 0;
export let denseFirst: usize = 0;
export let denseSecond: usize = 0;
export let denseBytes: usize = 0;

/** The input of a step: tokens [rows, maxLength] and labels [rows], int32, and the weight of each row [rows]. */
export let tokens: usize = 0;
export let targets: usize = 0;
export let rowShares: usize = 0;

/** The result of `answerRows` [rows, labels]. */
export let rowLogits: usize = 0;

/** For every word of the embedding, its slot in this step plus 1, or 0; int32. */
export let slots: usize = 0;
/** The words in the slots, int32; their vectors, and these vectors' gradients [slots, width]. */
export let slotWords: usize = 0;
export let vectors: usize = 0;
export let vectorGradient: usize = 0;
/** The number of words of each row, and the offset of each word's answers in `answers` [rows, maxLength]; uint32. */
export let lengths: usize = 0;
export let titleWords: usize = 0;
/** The gradient of `pooled`. */
export let pooledGradient: usize = 0;

/** The position of each largest answer in the title: that of its (first) word, or −1 for a pair before the title; int32. */
export let places: usize = 0;

/** See `Regularisation`. */
export let leftOutWords: f32 = 0;
export let leftOutFilters: f32 = 0;
export let smoothing: f32 = 0;

/** Adam's decay rates of the mean and of the mean of squares. */
const keptOfFirst: f32 = 0.9;
const keptOfSecond: f32 = 0.999;

let slotCount: usize = 0;
let right: i32 = 0;

/** Returns the number of rows of the last step whose label was the most probable one. */
export function rightRows(): i32 {
  return right;
}

/** Computes the gradients of some rows. Returns the sum of their losses, without smoothing. */
export function train(rows: usize): f32 {
  answerWords(rows, leftOutWords);
  memory.fill(vectorGradient, 0, slotCount * vectorBytes);
  let loss: f32 = 0;
  right = 0;
  for (let row: usize = 0; row < rows; row++) {
    poolWithPlaces(titleOf(row), load<u32>(lengths + row * 4));
    thin();
    toLogits(logits);
    loss += learnLabel(load<i32>(targets + row * 4), load<f32>(rowShares + row * 4));
    unpool(row);
  }
  return loss;
}

/** Computes `rowLogits`. */
export function answerRows(rows: usize): void {
  answerWords(rows, 0);
  for (let row: usize = 0; row < rows; row++) {
    pool(titleOf(row), load<u32>(lengths + row * 4));
    toLogits(rowLogits + row * labels * 4);
  }
}

/** Returns the place of the words of a row's title, in the format of `pool`. */
function titleOf(row: usize): usize {
  return titleWords + row * maxLength * 4;
}

function answerWords(rows: usize, leftOut: f32): void {
  gather(rows, leftOut);
  transposeKernel();
  answerFilters(vectors, slotCount, answers);
}

/** Gathers the rows' words, except a share dropped at random, and their vectors. */
function gather(rows: usize, leftOut: f32): void {
  slotCount = 0;
  for (let row: usize = 0; row < rows; row++) {
    const start = row * maxLength;
    let words: usize = 0;
    for (let at = start; at < start + maxLength; at++) {
      const word = load<u32>(tokens + at * 4);
      if (word === 0 || (leftOut > 0 && fraction() < leftOut)) continue;
      store<u32>(titleWords + (start + words) * 4, slotOf(word) * <u32>answerBytes());
      words++;
    }
    store<u32>(lengths + row * 4, <u32>words);
  }
  for (let slot: usize = 0; slot < slotCount; slot++)
    store<u32>(slots + load<u32>(slotWords + slot * 4) * 4, 0);
}

function slotOf(word: usize): u32 {
  const found = load<u32>(slots + word * 4);
  if (found !== 0) return found - 1;
  store<u32>(slotWords + slotCount * 4, <u32>word);
  memory.copy(vectors + slotCount * vectorBytes, embedding + word * vectorBytes, vectorBytes);
  slotCount++;
  store<u32>(slots + word * 4, <u32>slotCount);
  return <u32>slotCount - 1;
}

/** Does the same as `pool`, and stores `places`. */
function poolWithPlaces(from: usize, words: usize): void {
  for (let column: usize = 0; column < filters * 4; column += lanes) poolFour(from, words, column);
  rectify(words);
}

function poolFour(title: usize, words: usize, column: usize): void {
  const half = filters * 4;
  const lowest = f32x4.splat(-Infinity);
  let most = lowest;
  let place = i32x4.splat(0);
  let mostOfPair = lowest;
  let placeOfPair = i32x4.splat(0);
  let before = f32x4.splat(0);
  for (let at: usize = 0; at < words; at++) {
    const from = answers + load<u32>(title + at * 4) + column;
    const alone = v128.load(from);
    const isMore = f32x4.gt(alone, most);
    most = v128.bitselect(alone, most, isMore);
    place = v128.bitselect(i32x4.splat(<i32>at), place, isMore);
    const pair = f32x4.add(before, v128.load(from + half + half));
    const isMoreOfPair = f32x4.gt(pair, mostOfPair);
    mostOfPair = v128.bitselect(pair, mostOfPair, isMoreOfPair);
    placeOfPair = v128.bitselect(i32x4.splat(<i32>at - 1), placeOfPair, isMoreOfPair);
    before = v128.load(from + half);
  }
  const isLast = f32x4.gt(before, mostOfPair);
  mostOfPair = v128.bitselect(before, mostOfPair, isLast);
  placeOfPair = v128.bitselect(i32x4.splat(<i32>words - 1), placeOfPair, isLast);
  v128.store(pooled + column, most);
  v128.store(pooled + half + column, mostOfPair);
  v128.store(places + column, place);
  v128.store(places + half + column, placeOfPair);
}

/** Drops filters at random, and scales up the rest. */
function thin(): void {
  if (leftOutFilters === 0) return;
  for (let at = pooled; at < pooled + pooledBytes(); at += 4) {
    const value = load<f32>(at);
    if (value > 0) store<f32>(at, fraction() < leftOutFilters ? 0 : value / (1 - leftOutFilters));
  }
}

/** Returns the loss of the logits, and computes `pooledGradient`. */
function learnLabel(label: usize, share: f32): f32 {
  softmax(label);
  const loss = -Mathf.log(max<f32>(load<f32>(logits + label * 4), f32.MIN_NORMAL_VALUE));
  const rowBytes = pooledBytes();
  memory.fill(pooledGradient, 0, rowBytes);
  for (let other: usize = 0; other < labels; other++) {
    const wanted = smoothing / <f32>labels + (other === label ? <f32>1 - smoothing : <f32>0);
    const slope = (load<f32>(logits + other * 4) - wanted) * share;
    const ofBias = gradientOf(outputBias) + other * 4;
    store<f32>(ofBias, load<f32>(ofBias) + slope);
    addRow(gradientOf(output) + other * rowBytes, pooled, slope, rowBytes);
    addRow(pooledGradient, output + other * rowBytes, slope, rowBytes);
  }
  return loss;
}

/** Replaces the logits by probabilities; counts the row if that of its label is the largest. */
function softmax(label: usize): void {
  let largest: usize = 0;
  for (let other: usize = 1; other < labels; other++) {
    if (load<f32>(logits + other * 4) > load<f32>(logits + largest * 4)) largest = other;
  }
  if (largest === label) right++;
  const most = load<f32>(logits + largest * 4);
  let sum: f32 = 0;
  for (let at = logits; at < logits + labels * 4; at += 4) {
    store<f32>(at, Mathf.exp(load<f32>(at) - most));
    sum += load<f32>(at);
  }
  for (let at = logits; at < logits + labels * 4; at += 4) store<f32>(at, load<f32>(at) / sum);
}

/** Computes the gradients of bias, kernel and word vectors from `pooledGradient`. */
function unpool(row: usize): void {
  const words = load<i32>(lengths + row * 4);
  const title = titleOf(row);
  for (let unit: usize = 0; unit < filters * 2; unit++) {
    if (load<f32>(pooled + unit * 4) === 0) continue;
    const slope = load<f32>(pooledGradient + unit * 4) / (1 - leftOutFilters);
    const ofBias = gradientOf(bias) + unit * 4;
    store<f32>(ofBias, load<f32>(ofBias) + slope);
    const place = load<i32>(places + unit * 4);
    if (place >= 0) unanswer(unit, load<u32>(title + <usize>place * 4), slope);
    if (unit >= filters && place + 1 < words) {
      unanswer(unit + filters, load<u32>(title + <usize>(place + 1) * 4), slope);
    }
  }
}

/** Adds the gradient of one of a word's answers to those of the kernel's row and of the word's vector. */
function unanswer(answer: usize, word: usize, slope: f32): void {
  const row = kernel + answer * vectorBytes;
  const vector = (word / answerBytes()) * vectorBytes;
  addRow(gradientOf(row), vectors + vector, slope, vectorBytes);
  addRow(vectorGradient + vector, row, slope, vectorBytes);
}

function gradientOf(weight: usize): usize {
  return weight - kernel + denseGradient;
}

/** Adds a row times a factor to another. */
function addRow(to: usize, from: usize, factor: f32, bytes: usize): void {
  const factors = f32x4.splat(factor);
  for (let at: usize = 0; at < bytes; at += lanes) {
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.mul(factors, v128.load(from + at))));
  }
}

/** Moves all weights by the gradients of the last `train`, and resets these. @param vectorSize step size of word vectors */
export function moveWeights(size: f32, vectorSize: f32): void {
  adam(kernel, denseGradient, denseFirst, denseSecond, denseBytes, size);
  memory.fill(denseGradient, 0, denseBytes);
  for (let slot: usize = 0; slot < slotCount; slot++) {
    const from = <usize>load<u32>(slotWords + slot * 4) * vectorBytes;
    const gradient = vectorGradient + slot * vectorBytes;
    adam(embedding + from, gradient, embeddingFirst + from, embeddingSecond + from, vectorBytes, vectorSize);
  }
}

function adam(values: usize, gradient: usize, first: usize, second: usize, bytes: usize, size: f32): void {
  for (let at: usize = 0; at < bytes; at += lanes) {
    const slope = v128.load(gradient + at);
    const mean = blend(v128.load(first + at), slope, keptOfFirst);
    const square = blend(v128.load(second + at), f32x4.mul(slope, slope), keptOfSecond);
    v128.store(first + at, mean);
    v128.store(second + at, square);
    const step = f32x4.div(
      f32x4.mul(f32x4.splat(size), mean),
      f32x4.add(f32x4.sqrt(square), f32x4.splat(1e-8)),
    );
    v128.store(values + at, f32x4.sub(v128.load(values + at), step));
  }
}

function blend(old: v128, now: v128, kept: f32): v128 {
  return f32x4.add(f32x4.mul(f32x4.splat(kept), old), f32x4.mul(f32x4.splat(1 - kept), now));
}
