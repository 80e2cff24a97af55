// Step 5: the optimizer Adam (Kingma and Ba, 2015), with the usual constants: beta 0.9 and 0.999, epsilon 1e-8.

/** The running means of one weight. */
export interface Moments {
  first: Float32Array;
  second: Float32Array;
}

export function newMoments(size: number): Moments {
  return { first: new Float32Array(size), second: new Float32Array(size) };
}

/** The rate of a step, 1 being the first, with the means' start at 0 corrected for. */
export function stepSize(rate: number, step: number): number {
  return (rate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
}

/** Moves numbers from `start` up to `end` of a weight, and sets their gradient to 0. @param size of `stepSize` */
export function applyAdam(
  values: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  { size, start = 0, end = values.length }: { size: number; start?: number; end?: number },
): void {
  for (let at = start; at < end; at++) {
    const slope = gradient[at] as number;
    const mean = 0.9 * (first[at] as number) + 0.1 * slope;
    const square = 0.999 * (second[at] as number) + 0.001 * slope * slope;
    first[at] = mean;
    second[at] = square;
    values[at] = (values[at] as number) - (size * mean) / (Math.sqrt(square) + 1e-8);
    gradient[at] = 0;
  }
}
