// The key of a training run, so that only the run itself continues from its checkpoint.
import { createHash } from 'node:crypto';
import type { Examples } from './examples';
import type { Hyperparameters } from './settings';

/** Everything that determines the weights a run ends with. */
interface RunParts {
  /** The weights before the first step, including the word vectors. */
  weights: readonly Float32Array[];
  examples: { training: Examples; validation: Examples };
  vocabulary: readonly string[];
  /** Titles, if the model learns more from them than their tokens. @default none */
  titles?: readonly string[];
  labels: readonly string[];
  /** Further facts about the network, as JSON. @default nothing */
  network?: unknown;
  hyperparameters: Hyperparameters;
  versions: Readonly<Record<string, string>>;
}

/** Raise it when the same input no longer leads to the same steps. */
const version = 4;

/**
 * Returns sixteen hexadecimal digits, equal for equal parts. `epochs` is not one of them, so a run can be continued for
 * more epochs.
 */
export function runKey({
  weights,
  examples,
  vocabulary,
  titles = [],
  labels,
  network,
  hyperparameters,
  versions,
}: RunParts): string {
  const { epochs: _, ...others } = hyperparameters;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([version, versions, others, labels, vocabulary, titles, network]));
  for (const { tokens, labels } of [examples.training, examples.validation]) {
    hash.update(`${labels.length} rows`).update(tokens).update(labels);
  }
  for (const values of weights) hash.update(`${values.length} numbers`).update(values);
  return hash.digest('hex').slice(0, 16);
}
