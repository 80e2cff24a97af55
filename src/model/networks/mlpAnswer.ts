// Architecture mlp, answering without TensorFlow, which takes half a second to load and 50 µs for each of its kernels.
// Padding is a row of zeros in front of a headline, so only its words touch the first layer; where word vectors are
// trained, padding's is too, and counts.

import { softmax } from '../training/softmax';
import { paddingIsZero } from './embedding';
import type { ModelShape } from './network';

/** Tokens [rows, maxLength] → probabilities [rows, labelCount]. `weights`: word vectors, then kernel and bias of three dense layers. */
export function answerMlp(
  { maxLength, dimensions, labelCount }: ModelShape,
  weights: readonly Float32Array[],
): (tokens: Int32Array) => Float32Array {
  const [embedding, firstKernel, firstBias, secondKernel, secondBias, lastKernel, lastBias] = weights as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const perToken = dimensions * firstBias.length;
  const paddingCounts = !paddingIsZero(embedding, dimensions);
  const first = new Float32Array(firstBias.length);
  const second = new Float32Array(secondBias.length);

  return (tokens) => {
    const rows = tokens.length / maxLength;
    const answers = new Float32Array(rows * labelCount);
    for (let row = 0; row < rows; row++) {
      first.set(firstBias);
      for (let position = 0; position < maxLength; position++) {
        const token = tokens[row * maxLength + position] as number;
        if (token === 0 && !paddingCounts) continue;
        const vector = embedding.subarray(token * dimensions, (token + 1) * dimensions);
        multiplyAdd(vector, firstKernel.subarray(position * perToken, (position + 1) * perToken), first);
      }
      relu(first);
      second.set(secondBias);
      multiplyAdd(first, secondKernel, second);
      relu(second);
      const answer = answers.subarray(row * labelCount, (row + 1) * labelCount);
      answer.set(lastBias);
      multiplyAdd(second, lastKernel, answer);
      softmax(answer, labelCount);
    }
    return answers;
  };
}

/** outputs [units] += inputs [size] · kernel [size, units] */
function multiplyAdd(inputs: Float32Array, kernel: Float32Array, outputs: Float32Array): void {
  const units = outputs.length;
  for (let from = 0; from < inputs.length; from++) {
    const value = inputs[from] as number;
    if (value === 0) continue;
    const start = from * units;
    for (let to = 0; to < units; to++) {
      outputs[to] = (outputs[to] as number) + value * (kernel[start + to] as number);
    }
  }
}

function relu(values: Float32Array): void {
  for (let at = 0; at < values.length; at++) values[at] = Math.max(0, values[at] as number);
}
