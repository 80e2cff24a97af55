// Step 4: a small convolution over word vectors (Kim, 2014, EMNLP, with filters of one and two words): each filter's
// largest answer anywhere in the title, then one dense layer. A word's answers to all filters do not depend on its
// neighbours, so they are computed once for each word rather than once for each place.
import { glorotUniform, startWeights, zeros } from './startingWeights';

/** What fixes the shapes of its weights. */
export interface ConvolutionShape {
  /** Length of a word vector. */
  dimensions: number;
  /** Of one word, and as many of two. */
  filters: number;
  labelCount: number;
}

/** The weights behind the word vectors. */
export interface ConvolutionWeights {
  /** [3 × filters, dimensions]: filters of one word; the first and the second words of those of two. */
  kernel: Float32Array;
  /** [2 × filters] */
  bias: Float32Array;
  /** [labels, 2 × filters] */
  output: Float32Array;
  /** [labels] */
  outputBias: Float32Array;
}

/** How many answers a word gives. */
export const answersOfWord = ({ filters }: Pick<ConvolutionShape, 'filters'>) => 3 * filters;

export function convolutionSpecs({ dimensions, filters, labelCount }: ConvolutionShape) {
  return [
    { name: 'convolution/kernel', shape: [3 * filters, dimensions], start: glorotUniform },
    { name: 'convolution/bias', shape: [2 * filters], start: zeros },
    { name: 'output/kernel', shape: [labelCount, 2 * filters], start: glorotUniform },
    { name: 'output/bias', shape: [labelCount], start: zeros },
  ];
}

/** The same seed gives the same weights. */
export function startConvolution(shape: ConvolutionShape, seed: number): ConvolutionWeights {
  return toConvolution(startWeights(convolutionSpecs(shape), seed, undefined));
}

/** Weights in the order of {@link convolutionSpecs}. */
export function toConvolution(values: readonly Float32Array[]): ConvolutionWeights {
  const [kernel, bias, output, outputBias] = values as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { kernel, bias, output, outputBias };
}

/**
 * Answers of words to filters [words, filters], the scalar products of vectors [words, width] and kernel [filters, width].
 * Both numbers of rows are even, and that of filters a multiple of 4: two words and four filters at a time, each number
 * is read once for all of them. In float64, whose arithmetic JavaScript does without conversions.
 */
export function answerFilters(
  vectors: Float64Array,
  kernel: Float64Array,
  width: number,
  answers: Float64Array,
): void {
  const filters = kernel.length / width;
  for (let word = 0; word < vectors.length; word += 2 * width) {
    const next = word + width;
    for (let filter = 0; filter < filters; filter += 4) {
      const row0 = filter * width;
      const row1 = row0 + width;
      const row2 = row1 + width;
      const row3 = row2 + width;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let next0 = 0;
      let next1 = 0;
      let next2 = 0;
      let next3 = 0;
      for (let at = 0; at < width; at++) {
        const value = vectors[word + at] as number;
        const nextValue = vectors[next + at] as number;
        const k0 = kernel[row0 + at] as number;
        const k1 = kernel[row1 + at] as number;
        const k2 = kernel[row2 + at] as number;
        const k3 = kernel[row3 + at] as number;
        sum0 += value * k0;
        sum1 += value * k1;
        sum2 += value * k2;
        sum3 += value * k3;
        next0 += nextValue * k0;
        next1 += nextValue * k1;
        next2 += nextValue * k2;
        next3 += nextValue * k3;
      }
      const to = (word / width) * filters + filter;
      answers[to] = sum0;
      answers[to + 1] = sum1;
      answers[to + 2] = sum2;
      answers[to + 3] = sum3;
      answers[to + filters] = next0;
      answers[to + filters + 1] = next1;
      answers[to + filters + 2] = next2;
      answers[to + filters + 3] = next3;
    }
  }
}

/**
 * Rows of numbers as {@link answerFilters} takes them: in float64, each filled up with zeros to a multiple of 4, their
 * number even.
 */
export function toWideRows(
  values: Float32Array,
  columns: number,
  rows: ArrayLike<number> = Array.from({ length: values.length / columns }, (_, row) => row),
): Float64Array {
  const width = wideColumns(columns);
  const wide = new Float64Array((rows.length + (rows.length % 2)) * width);
  for (let to = 0; to < rows.length; to++) {
    const from = (rows[to] as number) * columns;
    for (let at = 0; at < columns; at++) wide[to * width + at] = values[from + at] as number;
  }
  return wide;
}

/** Numbers in such a row. */
export function wideColumns(columns: number): number {
  return 4 * Math.ceil(columns / 4);
}

/** A title on its way through the filters. */
export interface Pooled {
  /** [2 × filters], what goes into the dense layer. */
  values: Float32Array;
  /** The place of each one's largest answer: of its (first) word, from −1, where a pair begins before the title. */
  places: Int32Array;
}

export function newPooled(filters: number): Pooled {
  return { values: new Float32Array(2 * filters), places: new Int32Array(2 * filters) };
}

/**
 * Each filter's largest answer in the title, plus bias, at least 0; all 0 for a title without words.
 * @param words for each word where its answers begin in `answers`
 */
export function pool(
  answers: Float64Array | Float32Array,
  words: readonly number[],
  { bias }: Pick<ConvolutionWeights, 'bias'>,
  { values, places }: Pooled,
): void {
  const filters = bias.length / 2;
  values.fill(0);
  if (words.length === 0) return;
  for (let filter = 0; filter < filters; filter++) {
    let most = Number.NEGATIVE_INFINITY;
    let place = 0;
    let mostOfPair = Number.NEGATIVE_INFINITY;
    let placeOfPair = 0;
    let before = 0;
    for (let at = 0; at < words.length; at++) {
      const from = (words[at] as number) + filter;
      const alone = answers[from] as number;
      if (alone > most) {
        most = alone;
        place = at;
      }
      const pair = before + (answers[from + 2 * filters] as number);
      if (pair > mostOfPair) {
        mostOfPair = pair;
        placeOfPair = at - 1;
      }
      before = answers[from + filters] as number;
    }
    if (before > mostOfPair) {
      mostOfPair = before;
      placeOfPair = words.length - 1;
    }
    values[filter] = Math.max(0, most + (bias[filter] as number));
    values[filters + filter] = Math.max(0, mostOfPair + (bias[filters + filter] as number));
    places[filter] = place;
    places[filters + filter] = placeOfPair;
  }
}

/** The dense layer: [2 × filters] → logits [labels]. */
export function toLogits(
  values: Float32Array,
  { output, outputBias }: Pick<ConvolutionWeights, 'output' | 'outputBias'>,
  logits: Float32Array,
): void {
  for (let label = 0; label < outputBias.length; label++) {
    let sum = outputBias[label] as number;
    const from = label * values.length;
    for (let at = 0; at < values.length; at++) sum += (output[from + at] as number) * (values[at] as number);
    logits[label] = sum;
  }
}
