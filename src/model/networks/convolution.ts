// Convolutions over words with the largest value kept of each filter (Kim 2014), computed by what differs: a filter's
// share in a word is the same wherever the word stands, and padding has none. So each word of the rows is multiplied once
// with every filter, positions only add, and the gradient reaches no more words than a filter is long.
import type { Held, Kernels } from './kernels';

/** The different words of some rows. */
export interface DistinctWords {
  /** Their tokens, padding not among them. */
  readonly indices: Int32Array;
  /** [rows, length]: the place of each token among `indices`, -1 for padding. */
  readonly places: Int32Array;
  readonly rows: number;
  readonly length: number;
}

export function distinctWords(tokens: Int32Array, rows: number): DistinctWords {
  const known = new Map<number, number>();
  const places = Int32Array.from(tokens, (token) => {
    if (token === 0) return -1;
    const place = known.get(token) ?? known.size;
    known.set(token, place);
    return place;
  });
  return { indices: Int32Array.from(known.keys()), places, rows, length: tokens.length / rows };
}

export interface ConvolutionPass {
  /** [rows, filters]: of each filter the largest sum over all positions, or 0 where that is below 0. */
  readonly largest: Float32Array;
  /** From the gradient of `largest`; `vectors` is that of the first `inputs` numbers of the words' vectors. */
  backward(gradient: Float32Array): {
    kernel: Float32Array;
    bias: Float32Array;
    vectors(inputs: number): Float32Array;
  };
}

/** Vectors [words, size], kernel [width, size, filters], bias [filters]: Keras' Conv1D, relu, GlobalMaxPooling1D. */
export function convolve(
  kernels: Kernels,
  vectors: Held,
  words: DistinctWords,
  [kernel, bias]: readonly [kernel: Float32Array, bias: Float32Array],
): ConvolutionPass {
  const [count, size] = vectors.shape as [number, number];
  const filters = bias.length;
  const width = kernel.length / size / filters;
  const inBatch = kernels.reshape(vectors, [1, count, size]);
  const shares = kernels.read(kernels.matMul(inBatch, kernels.hold(kernel, [width, size, filters])));
  const { largest, starts } = largestSums(shares, bias, words, width);

  return {
    largest,
    backward(gradient) {
      const { ofShares, ofBias } = spread(gradient, starts, words, { width, count });
      const held = kernels.hold(ofShares, [width, count, filters]);
      return {
        kernel: kernels.read(kernels.matMul(inBatch, held, 'left')),
        bias: ofBias,
        vectors(inputs) {
          const part = firstInputs(kernel, { width, size, inputs, filters });
          const byPosition = kernels.matMul(held, kernels.hold(part, [width, inputs, filters]), 'right');
          return sumOfParts(kernels.read(byPosition), width);
        },
      };
    },
  };
}

/** No position, where the largest sum is not above 0; padding alone, of which only the bias is left. */
const [nowhere, padding] = [-2, -1];

/** `shares` [width, words, filters]. `starts` [rows, filters]: where the largest sum's first word stands. */
function largestSums(
  shares: Float32Array,
  bias: Float32Array,
  { indices, places, rows, length }: DistinctWords,
  width: number,
) {
  const filters = bias.length;
  const largest = new Float32Array(rows * filters);
  const starts = new Int32Array(rows * filters).fill(nowhere);
  const sums = new Float32Array(filters);

  const keepLargest = (row: number, start: number) => {
    const first = row * filters;
    for (let filter = 0; filter < filters; filter++) {
      if ((sums[filter] as number) <= (largest[first + filter] as number)) continue;
      largest[first + filter] = sums[filter] as number;
      starts[first + filter] = start;
    }
  };

  for (let row = 0; row < rows; row++) {
    const ofRow = places.subarray(row * length, (row + 1) * length);
    const firstWord = ofRow.findIndex((place) => place !== -1);
    const firstStart = firstWord < 0 ? length - width + 1 : Math.max(0, firstWord - width + 1);
    if (firstStart > 0) {
      sums.set(bias);
      keepLargest(row, padding);
    }
    for (let start = firstStart; start <= length - width; start++) {
      sums.set(bias);
      for (let offset = 0; offset < width; offset++) {
        const place = ofRow[start + offset] as number;
        if (place === -1) continue;
        const from = (offset * indices.length + place) * filters;
        for (let filter = 0; filter < filters; filter++) {
          sums[filter] = (sums[filter] as number) + (shares[from + filter] as number);
        }
      }
      keepLargest(row, start);
    }
  }
  return { largest, starts };
}

/** The gradient of each share and of the bias: that of the sums in which they stand. */
function spread(
  gradient: Float32Array,
  starts: Int32Array,
  { places, rows, length }: DistinctWords,
  { width, count }: { width: number; count: number },
) {
  const filters = gradient.length / rows;
  const ofShares = new Float32Array(width * count * filters);
  const ofBias = new Float32Array(filters);
  for (let at = 0; at < gradient.length; at++) {
    const [slope, start, filter] = [gradient[at] as number, starts[at] as number, at % filters];
    if (start === nowhere) continue;
    ofBias[filter] = (ofBias[filter] as number) + slope;
    if (start === padding) continue;
    const first = Math.floor(at / filters) * length + start;
    for (let offset = 0; offset < width; offset++) {
      const place = places[first + offset] as number;
      if (place === -1) continue;
      const to = (offset * count + place) * filters + filter;
      ofShares[to] = (ofShares[to] as number) + slope;
    }
  }
  return { ofShares, ofBias };
}

/** Returns the part of a kernel [width, size, filters] for the first `inputs` numbers, [width, inputs, filters]. */
function firstInputs(
  kernel: Float32Array,
  { width, size, inputs, filters }: { width: number; size: number; inputs: number; filters: number },
): Float32Array {
  if (inputs === size) return kernel;
  const part = new Float32Array(width * inputs * filters);
  for (let offset = 0; offset < width; offset++) {
    const from = offset * size * filters;
    part.set(kernel.subarray(from, from + inputs * filters), offset * inputs * filters);
  }
  return part;
}

/** The sum of that many parts of equal length that stand one after the other. */
function sumOfParts(values: Float32Array, parts: number): Float32Array {
  const sums = values.slice(0, values.length / parts);
  for (let start = sums.length; start < values.length; start += sums.length) {
    for (let at = 0; at < sums.length; at++) {
      sums[at] = (sums[at] as number) + (values[start + at] as number);
    }
  }
  return sums;
}
