// The last step of every network: logits → probabilities, and in training their cross-entropy with its gradient.

/** In place, row after row of `size` numbers. */
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

/** The index of a label that training does not have. */
export const unknownLabel = -1;

/** Loss of a row with an unknown label, whose probability is 0: Keras clips it to 1e-7. */
const unknownLoss = -Math.log(1e-7);

/** Of a batch. */
export interface Loss {
  /** Sum over the rows of the cross-entropy, each times its label's weight. */
  loss: number;
  /** Rows whose label is the most probable one. */
  right: number;
  /** Of the mean loss, by the logits [rows, size]. */
  gradient: Float32Array;
}

/**
 * Logits [rows, size] against label indices [rows]. `labelWeights` says how much rows of each label count. A row of
 * `unknownLabel` is wrong, adds a loss of 16.1 and has no gradient.
 * @param labelWeights default: 1 each
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
