// The last step of every network: logits → probabilities, and in training their cross-entropy with its gradient.

/** Applies softmax in place to each row of `size` numbers. */
export function softmax(values: Float32Array, size: number): void {
  for (let start = 0; start < values.length; start += size) {
    const end = start + size;
    let largest = values[start] as number;
    for (let at = start + 1; at < end; at++) largest = Math.max(largest, values[at] as number);
    let sum = 0;
    for (let at = start; at < end; at++) {
      values[at] = Math.exp((values[at] as number) - largest);
      sum += values[at] as number;
    }
    for (let at = start; at < end; at++) values[at] = (values[at] as number) / sum;
  }
}

/** The index of labels that are not in the training rows. */
export const unknownLabel = -1;

/** The loss of a row with an unknown label. Its probability is 0, which Keras clips to 1e-7. */
const unknownLoss = -Math.log(1e-7);

/** The loss of a batch. */
export interface Loss {
  /** The sum of the rows' cross-entropies, each times its label's weight. */
  loss: number;
  /** Rows whose label is the most probable one. */
  right: number;
  /** The gradient of the mean loss with respect to the logits [rows, size]. */
  gradient: Float32Array;
}

/**
 * Compares logits [rows, size] with label indices [rows]. A row of `unknownLabel` is wrong, adds a loss of 16.1 and has
 * no gradient.
 * @param labelWeights the weight of the rows of each label; default: 1 each
 */
export function crossEntropy(
  logits: Float32Array,
  labels: ArrayLike<number>,
  labelWeights?: readonly number[],
): Loss {
  const rows = labels.length;
  const size = logits.length / rows;
  const gradient = logits.slice();
  softmax(gradient, size);
  let [loss, right] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const label = labels[row] as number;
    const weight = labelWeights?.[label] ?? 1;
    const probabilities = gradient.subarray(row * size, (row + 1) * size);
    if (label === unknownLabel) {
      loss += unknownLoss;
      probabilities.fill(0);
      continue;
    }
    right += Number(probabilities.indexOf(Math.max(...probabilities)) === label);
    loss += weight * lossOf(logits.subarray(row * size, (row + 1) * size), label);
    probabilities[label] = (probabilities[label] as number) - 1;
    for (let at = 0; at < size; at++) probabilities[at] = ((probabilities[at] as number) * weight) / rows;
  }
  return { loss, right, gradient };
}

/** −log softmax(logits)[label] */
function lossOf(logits: Float32Array, label: number): number {
  const largest = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.log(sum) + largest - (logits[label] as number);
}
